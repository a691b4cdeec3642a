#include "core/forward/ecn.h"

#include "core/forward/inspect.h"
#include "core/wire/checksum.h"

namespace lisper {
namespace {

enum Ecn : std::uint8_t { kNotEct = 0, kEct1 = 1, kEct0 = 2, kCe = 3 };  // RFC 3168 5
constexpr std::uint8_t kMask = 3;

/// The ECN field that leaves the tunnel, given both; kNotEct under kCe is the caller's to drop.
constexpr Ecn combine(Ecn outer, Ecn inner) noexcept {
  if (inner == kNotEct || inner == kCe) return inner;
  if (outer == kCe) return kCe;
  return outer == kEct1 ? kEct1 : inner;
}

}  // namespace

bool propagate_ecn(std::uint8_t outer_traffic_class, std::byte* frame, std::uint32_t len) noexcept {
  const auto outer = static_cast<Ecn>(outer_traffic_class & kMask);
  const auto [type, offset] = find_network_layer(frame, len);
  if (type == wire::kEtherTypeIpv4 && len - offset >= sizeof(wire::Ipv4)) {
    auto& ip = at<wire::Ipv4>(frame, offset);
    const auto inner = static_cast<Ecn>(ip.tos & kMask);
    if (outer == kCe && inner == kNotEct) return false;
    const auto old_word = static_cast<std::uint16_t>(ip.version_ihl << 8 | ip.tos);
    ip.tos = static_cast<std::uint8_t>((ip.tos & ~kMask) | combine(outer, inner));
    const auto new_word = static_cast<std::uint16_t>(ip.version_ihl << 8 | ip.tos);
    if (new_word != old_word) ip.checksum = wire::update_checksum(ip.checksum, old_word, new_word);
  } else if (type == wire::kEtherTypeIpv6 && len - offset >= sizeof(wire::Ipv6)) {
    auto& ip = at<wire::Ipv6>(frame, offset);
    const auto inner = static_cast<Ecn>(ip.traffic_class() & kMask);
    if (outer == kCe && inner == kNotEct) return false;
    constexpr unsigned kShift = 20;
    const std::uint32_t others = ip.version_class_label.value() & ~(std::uint32_t{kMask} << kShift);
    ip.version_class_label = Be32(others | std::uint32_t{combine(outer, inner)} << kShift);
  }
  return true;
}

}  // namespace lisper
