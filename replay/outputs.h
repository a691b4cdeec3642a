#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/forward/config.h"
#include "replay/frames.h"

namespace lisper::replay {

/// What a body put out, by where it came out.
struct Outputs {
  std::string name;                           ///< "sim", "hw", or a folder
  std::vector<std::vector<PortFrame>> ports;  ///< by PortId
  std::vector<Punt> punts;
};

[[nodiscard]] Outputs to_outputs(std::string name, std::size_t ports, std::vector<PortFrame> sent,
                                 std::vector<Punt> punts);

/// Makes `folder` anew, with PORT.pcap for each port (nanoseconds, Ethernet, the replay's time) and punts.jsonl.
[[nodiscard]] Result<void> write_outputs(const std::filesystem::path& folder, const Outputs& outputs,
                                         const LisperConfig& config);

/// What write_outputs() wrote. A port's file may be absent: nothing came out there.
[[nodiscard]] Result<Outputs> read_outputs(const std::filesystem::path& folder, std::string name,
                                           const LisperConfig& config);

}  // namespace lisper::replay
