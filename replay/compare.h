#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/forward/config.h"
#include "replay/outputs.h"
#include "report/result.h"

namespace lisper::replay {

/// Difference::port of punts.
inline constexpr const char* kPunts = "punts";

/// The first place where two bodies' outputs at a port part.
struct Difference {
  enum class Kind : std::uint8_t {
    kTime,     ///< equal bytes at different times
    kBytes,    ///< different bytes
    kMissing,  ///< only `expected` has this packet
    kExtra,    ///< only `actual` has it
  } kind = Kind::kBytes;
  std::string port;             ///< or kPunts
  std::uint64_t number = 0;     ///< of the packet there, from 1
  std::string field;            ///< of the first byte that differs; empty: a whole packet is missing or extra
  std::string text;             ///< both packets side by side
  std::uint64_t differing = 0;  ///< packets of the port that are not the same on both sides, at their number
};

/// Compares port by port and packet by packet: bytes, order and times. One difference a port.
[[nodiscard]] std::vector<Difference> compare(const Outputs& expected, const Outputs& actual,
                                              const LisperConfig& config);

/// Counters and table rows that are not the same in both, a line each.
[[nodiscard]] std::vector<std::string> compare(const report::NodeResult& expected, const report::NodeResult& actual,
                                               const std::string& expected_name, const std::string& actual_name);

}  // namespace lisper::replay
