#include "core/wire/neighbour_message.h"

#include <algorithm>
#include <initializer_list>

#include "core/wire/arp.h"
#include "core/wire/checksum.h"
#include "core/wire/ethernet.h"
#include "core/wire/ip_protocol.h"
#include "core/wire/ipv6.h"
#include "core/wire/ndp.h"

namespace lisper {
namespace {

using Kind = NeighbourMessage::Kind;
using Parsed = tl::expected<NeighbourMessage, NeighbourProblem>;

constexpr auto other() { return tl::unexpected(NeighbourProblem::kOther); }
constexpr auto malformed() { return tl::unexpected(NeighbourProblem::kMalformed); }

bool is_station(const MacAddress& mac) noexcept { return !mac.is_group() && !mac.is_zero(); }

bool is_solicited_node(const Ipv6Address& ip) noexcept {
  constexpr Ipv6Address kAny = wire::solicited_node({});
  return std::equal(kAny.octets.begin(), kAny.octets.end() - 3, ip.octets.begin());
}

/// Takes the link-layer address out of the options. False if they are malformed. RFC 4861 4.6: what
/// we do not know we pass over.
bool read_options(Bytes options, std::uint8_t wanted, std::optional<MacAddress>& mac) {
  while (!options.empty()) {
    if (options.size() < 2) return false;
    const auto type = static_cast<std::uint8_t>(options[0]);
    const std::size_t length = static_cast<std::size_t>(options[1]) * 8;
    if (length == 0 || length > options.size()) return false;
    if (type == wanted) {
      const auto& option = at<wire::LinkLayerOption>(options.data());
      if (length != sizeof option || !is_station(option.mac)) return false;
      mac = option.mac;
    }
    options = options.subspan(length);
  }
  return true;
}

/// What of a packet RFC 4861 6.1.2, 7.1.1 and 7.1.2 have in common. It has a type and a code at least.
tl::expected<Bytes, NeighbourProblem> icmpv6_message(Bytes packet, std::initializer_list<std::uint8_t> types) {
  if (packet.size() < sizeof(wire::Ipv6)) return other();
  const auto& ip = at<wire::Ipv6>(packet.data());
  const std::size_t length = ip.payload_length.value();
  if (ip.version() != 6 || ip.next_header != wire::kProtocolIcmpv6) return other();
  packet = packet.subspan(sizeof ip);
  if (length > packet.size() || length == 0) return malformed();
  packet = packet.first(length);  // without Ethernet padding
  if (std::ranges::find(types, static_cast<std::uint8_t>(packet[0])) == types.end()) return other();
  if (ip.hop_limit != wire::kNdpHopLimit) return malformed();
  const auto pseudo = wire::pseudo_header_sum(ip.source, ip.destination, ip.next_header, ip.payload_length.value());
  if (wire::ones_sum(packet, pseudo) != 0xffff) return malformed();
  if (length < 2 || packet[1] != std::byte{0}) return malformed();
  // RFC 4291 2.5.5.2: it stands for an IPv4 node, and there is none that speaks this.
  if (IpAddress(ip.source).is_v4()) return malformed();
  return packet;
}

Parsed decode_ndp(Bytes packet, NeighbourMessage message) {
  const auto icmp = icmpv6_message(packet, {wire::kNeighbourSolicitation, wire::kNeighbourAdvertisement});
  if (!icmp) return tl::unexpected(icmp.error());
  if (icmp->size() < sizeof(wire::NeighbourMessage)) return malformed();
  const auto& ip = at<wire::Ipv6>(packet.data());
  const auto& ndp = at<wire::NeighbourMessage>(icmp->data());
  if (ndp.target.is_multicast() || IpAddress(ndp.target).is_v4()) return malformed();
  const bool solicitation = ndp.type == wire::kNeighbourSolicitation;
  const auto option = solicitation ? wire::kSourceLinkLayerOption : wire::kTargetLinkLayerOption;
  if (!read_options(icmp->subspan(sizeof ndp), option, message.mac)) return malformed();
  if (solicitation && ip.source.is_unspecified() && (message.mac || !is_solicited_node(ip.destination)))
    return malformed();
  const std::uint32_t flags = ndp.flags.value();
  if (!solicitation && ip.destination.is_multicast() && (flags & wire::kNaSolicited) != 0) return malformed();

  message.kind = solicitation ? Kind::kSolicitation : Kind::kAdvertisement;
  message.sender = ip.source;
  message.target = ndp.target;
  message.solicited = !solicitation && (flags & wire::kNaSolicited) != 0;
  message.overrides = !solicitation && (flags & wire::kNaOverride) != 0;
  if (!solicitation) message.router = (flags & wire::kNaRouter) != 0;
  return message;
}

Parsed decode_router(Bytes packet, NeighbourMessage message) {
  const auto icmp = icmpv6_message(packet, {wire::kRouterAdvertisement});
  if (!icmp) return tl::unexpected(icmp.error());
  const auto& ip = at<wire::Ipv6>(packet.data());
  if (icmp->size() < wire::kRouterAdvertisementSize || !ip.source.is_link_local()) return malformed();
  if (!read_options(icmp->subspan(wire::kRouterAdvertisementSize), wire::kSourceLinkLayerOption, message.mac))
    return malformed();
  message.kind = Kind::kAdvertisement;
  message.sender = message.target = ip.source;
  message.overrides = message.mac.has_value();
  message.router = true;
  return message;
}

Parsed decode_arp(Bytes packet, NeighbourMessage message) {
  if (packet.size() < sizeof(wire::Arp)) return malformed();
  const auto& arp = at<wire::Arp>(packet.data());
  if (arp.hardware_type.value() != wire::kArpEthernet || arp.protocol_type.value() != wire::kEtherTypeIpv4)
    return other();
  if (arp.hardware_length != 6 || arp.protocol_length != 4 || !is_station(arp.sender_mac)) return malformed();
  const std::uint16_t operation = arp.operation.value();
  if (operation != wire::kArpRequest && operation != wire::kArpReply) return other();
  const bool reply = operation == wire::kArpReply;
  message.kind = reply ? Kind::kAdvertisement : Kind::kSolicitation;
  message.sender = arp.sender_ip;
  message.target = reply ? arp.sender_ip : arp.target_ip;
  message.mac = arp.sender_mac;
  message.solicited = reply && arp.target_ip != arp.sender_ip;  // else gratuitous, RFC 5227 3
  message.overrides = reply;
  return message;
}

/// The network layer of a frame, with what stands before it already in `message`.
struct Layer {
  std::uint16_t ether_type = 0;
  Bytes packet;
};

tl::expected<Layer, NeighbourProblem> network_layer(Bytes frame, NeighbourMessage& message) {
  if (frame.size() < sizeof(wire::Ethernet)) return other();
  message.frame_source = at<wire::Ethernet>(frame.data()).source;
  std::uint16_t type = at<wire::Ethernet>(frame.data()).ether_type.value();
  frame = frame.subspan(sizeof(wire::Ethernet));
  if (type == wire::kEtherTypeVlan) {
    if (frame.size() < 2 * sizeof(Be16)) return other();
    const auto vlan_id = static_cast<std::uint16_t>(at<Be16>(frame.data()).value() & wire::kVlanIdMask);
    if (vlan_id != 0) message.vlan_id = vlan_id;
    type = at<Be16>(frame.data(), sizeof(Be16)).value();
    frame = frame.subspan(2 * sizeof(Be16));
  }
  return Layer{type, frame};
}

}  // namespace

Parsed decode_neighbour_message(Bytes frame) {
  NeighbourMessage message;
  const auto layer = network_layer(frame, message);
  if (!layer) return tl::unexpected(layer.error());
  if (layer->ether_type == wire::kEtherTypeIpv6) return decode_ndp(layer->packet, message);
  if (layer->ether_type == wire::kEtherTypeArp) return decode_arp(layer->packet, message);
  return other();
}

Parsed decode_router_advertisement(Bytes frame) {
  NeighbourMessage message;
  const auto layer = network_layer(frame, message);
  if (!layer) return tl::unexpected(layer.error());
  return layer->ether_type == wire::kEtherTypeIpv6 ? decode_router(layer->packet, message) : other();
}

}  // namespace lisper
