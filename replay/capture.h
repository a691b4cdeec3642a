#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "replay/frames.h"

namespace lisper::replay {

struct CapturedFrame {
  TimeNs at;  ///< since 1970 as a rule; never earlier than the frame before it
  FrameBytes bytes;
};

struct Capture {
  std::vector<CapturedFrame> frames;
  std::uint64_t filtered = 0;   ///< left out: the filter does not match
  std::uint64_t cut_short = 0;  ///< left out: the capture does not hold all their bytes (snap length)
};

/// Reads a pcap or pcapng file of Ethernet frames. `filter` is pcap-filter(7)'s; empty matches all. Refuses other
/// link types, filters that libpcap does not understand, and damaged or truncated files, of which it names the packet.
[[nodiscard]] Result<Capture> read_capture(const std::filesystem::path& path, const std::string& filter);

}  // namespace lisper::replay
