#include "replay/mutate.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/wire/ethernet.h"
#include "replay/packets.h"

namespace lisper::replay {

namespace {

// What most decisions depend on: a VLAN tag, an IPv6 header, L2TPv3, and the inner frame's header.
constexpr std::size_t kHeaders = 100;
constexpr std::size_t kMaxTail = 64;  // [bytes] added

void change_byte(FrameBytes& bytes, Random& random) {
  if (bytes.empty()) return;
  const std::size_t end = random.below(4) == 0 ? bytes.size() : std::min(bytes.size(), kHeaders);
  bytes[random.below(end)] ^= static_cast<std::byte>(1 + random.below(255));
}

/// IPv4's total length, or IPv6's payload length, of an untagged frame.
void change_length(FrameBytes& bytes, Random& random) {
  constexpr std::size_t kIpv4Length = sizeof(wire::Ethernet) + 2, kIpv6Length = sizeof(wire::Ethernet) + 4;
  if (bytes.size() < kIpv6Length + sizeof(Be16)) return;
  const bool v4 = at<wire::Ethernet>(bytes.data()).ether_type.value() == wire::kEtherTypeIpv4;
  Be16& length = at<Be16>(bytes.data(), v4 ? kIpv4Length : kIpv6Length);
  length = Be16(static_cast<std::uint16_t>(length.value() + random.below(9) - 4));
}

void add_tail(FrameBytes& bytes, Random& random) {
  for (std::size_t i = random.below(kMaxTail); i-- > 0;) bytes.push_back(static_cast<std::byte>(random.next()));
}

}  // namespace

void mutate(std::vector<PortFrame>& frames, double share, Random random) {
  std::vector<PortFrame> result;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (random.uniform() < share) {
      FrameBytes& bytes = frames[i].bytes;
      switch (random.below(8)) {
        case 0:
        case 1:
          change_byte(bytes, random);
          break;
        case 2:
          for (int n = 0; n < 8; ++n) change_byte(bytes, random);
          break;
        case 3:
          bytes.resize(random.below(bytes.size() + 1));
          break;
        case 4:
          add_tail(bytes, random);
          break;
        case 5:
          if (bytes.size() >= sizeof(wire::Ethernet))
            insert_vlan(bytes, static_cast<std::uint16_t>(random.below(4096)));
          break;
        case 6:
          change_length(bytes, random);
          break;
        default:
          if (random.below(2) == 0) {
            result.push_back(frames[i]);
          } else if (i + 1 < frames.size()) {
            std::swap(frames[i].port, frames[i + 1].port);
            std::swap(frames[i].bytes, frames[i + 1].bytes);
          }
          break;
      }
    }
    result.push_back(std::move(frames[i]));
  }
  frames = std::move(result);
}

}  // namespace lisper::replay
