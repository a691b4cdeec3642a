#include "core/forward/too_big.h"

#include <algorithm>
#include <cstring>

#include "core/forward/inspect.h"
#include "core/wire/checksum.h"
#include "core/wire/icmp.h"

namespace lisper {
namespace {

constexpr std::uint8_t kHopLimit = 64;
constexpr std::uint32_t kIpv4ErrorSize = 576;  // RFC 1812 4.3.2.3: no longer than this

bool is_error(const std::byte* payload, std::uint32_t left, bool v6) noexcept {
  if (left < 1) return false;
  const auto type = static_cast<std::uint8_t>(payload[0]);
  if (v6) return type < wire::kIcmpv6FirstInformational;
  return type != wire::kIcmpEchoRequest && type != wire::kIcmpEchoReply;
}

/// Makes room for `growth` bytes before the network layer by moving it, cut short, within the frame's own
/// length; swaps the MACs. Returns how many bytes of it are left, to be quoted.
std::uint32_t make_room(Packet& packet, std::uint32_t offset, std::uint32_t growth, std::uint32_t limit) noexcept {
  const std::uint32_t quoted = std::min(packet.len - offset, limit) - growth;
  std::memmove(packet.data + offset + growth, packet.data + offset, quoted);
  packet.len = offset + growth + quoted;
  auto& ethernet = at<wire::Ethernet>(packet.data);
  std::swap(ethernet.destination, ethernet.source);
  return quoted;
}

bool make_v6(Packet& packet, std::uint32_t offset, std::uint32_t mtu) noexcept {
  const auto original = at<wire::Ipv6>(packet.data, offset);
  const std::uint32_t left = packet.len - offset;
  // RFC 4443 2.4 (e): never in answer to an error, nor to a source that is not one node.
  if (original.source.is_multicast() || original.source.is_unspecified()) return false;
  if (original.next_header == wire::kProtocolIcmpv6 &&
      is_error(packet.data + offset + sizeof original, left - static_cast<std::uint32_t>(sizeof original), true))
    return false;

  constexpr std::uint32_t kGrowth = sizeof(wire::Ipv6) + sizeof(wire::Icmp);
  if (left < 2 * kGrowth) return false;
  const std::uint32_t quoted = make_room(packet, offset, kGrowth, wire::kIpv6MinimumMtu);
  auto& ip = at<wire::Ipv6>(packet.data, offset);
  ip.version_class_label = Be32(6u << 28);
  ip.payload_length = Be16(static_cast<std::uint16_t>(sizeof(wire::Icmp) + quoted));
  ip.next_header = wire::kProtocolIcmpv6;
  ip.hop_limit = kHopLimit;
  ip.source = original.destination;
  ip.destination = original.source;
  std::byte* const message = packet.data + offset + sizeof ip;
  auto& icmp = at<wire::Icmp>(message);
  // RFC 8200 5: no link has less than 1280; a smaller figure would not be believed.
  icmp = {wire::kIcmpv6PacketTooBig, 0, Be16(0), Be32(std::max<std::uint32_t>(mtu, wire::kIpv6MinimumMtu))};
  const auto length = static_cast<std::uint32_t>(sizeof icmp + quoted);
  icmp.checksum = wire::checksum(Bytes(message, length),
                                 wire::pseudo_header_sum(ip.source, ip.destination, wire::kProtocolIcmpv6, length));
  return true;
}

bool make_v4(Packet& packet, std::uint32_t offset, std::uint32_t mtu) noexcept {
  const auto original = at<wire::Ipv4>(packet.data, offset);
  const std::uint32_t left = packet.len - offset;
  const auto header = static_cast<std::uint32_t>(original.header_length());
  // RFC 1122 3.2.2: never in answer to an error, a later fragment, or a source that is not one host.
  const std::uint32_t source = original.source.to_u32();
  if (source == 0 || source >> 28 >= 0xe || header < sizeof original || left < header) return false;
  if ((original.flags_fragment.value() & wire::kIpv4OffsetMask) != 0) return false;
  if (original.protocol == wire::kProtocolIcmp && is_error(packet.data + offset + header, left - header, false))
    return false;

  constexpr std::uint32_t kGrowth = sizeof(wire::Ipv4) + sizeof(wire::Icmp);
  if (left < 2 * kGrowth) return false;
  const std::uint32_t quoted = make_room(packet, offset, kGrowth, kIpv4ErrorSize);
  auto& ip = at<wire::Ipv4>(packet.data, offset);
  ip = {};
  ip.version_ihl = 0x45;
  ip.total_length = Be16(static_cast<std::uint16_t>(kGrowth + quoted));
  ip.ttl = kHopLimit;
  ip.protocol = wire::kProtocolIcmp;
  ip.source = original.destination;
  ip.destination = original.source;
  ip.checksum = wire::checksum(Bytes(packet.data + offset, sizeof ip));
  std::byte* const message = packet.data + offset + sizeof ip;
  auto& icmp = at<wire::Icmp>(message);
  icmp = {wire::kIcmpUnreachable, wire::kIcmpFragmentationNeeded, Be16(0), Be32(std::min<std::uint32_t>(mtu, 0xffff))};
  icmp.checksum = wire::checksum(Bytes(message, sizeof icmp + quoted));
  return true;
}

}  // namespace

bool make_too_big(Packet& packet, std::uint32_t mtu) noexcept {
  if (at<wire::Ethernet>(packet.data).destination.is_group()) return false;
  const auto [type, offset] = find_network_layer(packet.data, packet.len);
  const std::uint32_t left = packet.len - offset;
  if (type == wire::kEtherTypeIpv6 && left >= sizeof(wire::Ipv6)) return make_v6(packet, offset, mtu);
  if (type == wire::kEtherTypeIpv4 && left >= sizeof(wire::Ipv4)) return make_v4(packet, offset, mtu);
  return false;
}

}  // namespace lisper
