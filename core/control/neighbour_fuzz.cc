#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "core/control/testing.h"

/// Frames to the exits' ports, each after a length byte whose top bit chooses the port; zero lets a second pass.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lisper;
  testing::Site site;
  site.start();
  auto rest = std::as_bytes(std::span(data, size));
  while (!rest.empty()) {
    const auto head = static_cast<std::uint8_t>(rest[0]);
    rest = rest.subspan(1);
    if (head == 0) {
      site.run_until(site.now + seconds(1));
      if (site.out().frames.size() > 256) std::abort();
      continue;
    }
    const Bytes frame = rest.first(std::min<std::size_t>(rest.size(), head & 0x7f));
    rest = rest.subspan(frame.size());
    static_cast<void>(site.control().hold(ExitId(head >> 7), frame, site.now));
    site.frame(head >> 7 == 0 ? 0 : 3, frame);
  }
  for (std::uint16_t exit = 0; exit < 2; ++exit)
    if (const auto& mac = site.tables().exit(ExitId(exit)).next_hop_mac; mac && (mac->is_group() || mac->is_zero()))
      std::abort();
  return 0;
}
