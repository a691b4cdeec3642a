#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/forward/config.h"
#include "replay/frames.h"

namespace lisper::replay {

/// A capture file, and where its frames come in.
struct InputSpec {
  PortId port;
  std::filesystem::path file;
  std::string filter;  ///< pcap-filter(7); empty: all
};

/// What became of a file's frames.
struct InputSummary {
  std::string port;
  std::string file;
  std::uint64_t replayed = 0;
  std::uint64_t own = 0;  ///< left out: the node itself had sent them
  std::uint64_t filtered = 0;
  std::uint64_t cut_short = 0;
  std::uint64_t too_long = 0;  ///< left out: a NIC with the node's MTU would not have taken them
};

struct Inputs {
  std::vector<PortFrame> frames;  ///< by time; of one time by port, then as in the file
  std::vector<InputSummary> files;
};

/// [ns] Captures further apart are not of one event, and ageing in between would run for long.
inline constexpr TimeNs kMaxSpan = seconds(24 * 3600);

/// The port of this name; or the one that the interface (VLAN) of this name is on.
[[nodiscard]] Result<PortId> find_port(const LisperConfig& config, const std::string& name);

/// Merges captures. The first frame of all comes in at `start`, the others as much later as they were captured.
/// A capture of a port holds both directions as a rule: frames from a MAC of the node's own on that port are left
/// out. Refuses what read_capture() refuses, and a time between first and last frame of more than kMaxSpan.
[[nodiscard]] Result<Inputs> read_inputs(const LisperConfig& config, const std::vector<InputSpec>& specs, TimeNs start);

/// Puts frames in the order that Inputs::frames has.
void sort_frames(std::vector<PortFrame>& frames);

}  // namespace lisper::replay
