#include "core/control/neighbour_message.h"

#include <algorithm>
#include <span>
#include <utility>

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

constexpr std::uint16_t kArpEthernet = 1;

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

Parsed decode_ndp(Bytes packet, NeighbourMessage message) {
  if (packet.size() < sizeof(wire::Ipv6)) return other();
  const auto& ip = at<wire::Ipv6>(packet.data());
  const std::size_t length = ip.payload_length.value();
  if (ip.version() != 6 || ip.next_header != wire::kProtocolIcmpv6) return other();
  packet = packet.subspan(sizeof ip);
  if (length > packet.size() || length == 0) return malformed();
  packet = packet.first(length);  // without Ethernet padding
  const auto type = static_cast<std::uint8_t>(packet[0]);
  if (type != wire::kNeighbourSolicitation && type != wire::kNeighbourAdvertisement) return other();

  // RFC 4861 7.1.1 and 7.1.2, in their order.
  if (ip.hop_limit != wire::kNdpHopLimit) return malformed();
  const auto pseudo = wire::pseudo_header_sum(ip.source, ip.destination, ip.next_header, ip.payload_length.value());
  if (wire::ones_sum(packet, pseudo) != 0xffff) return malformed();
  if (packet.size() < sizeof(wire::NeighbourMessage)) return malformed();
  const auto& ndp = at<wire::NeighbourMessage>(packet.data());
  if (ndp.code != 0 || ndp.target.is_multicast()) return malformed();
  const bool solicitation = type == wire::kNeighbourSolicitation;
  const auto option = solicitation ? wire::kSourceLinkLayerOption : wire::kTargetLinkLayerOption;
  if (!read_options(packet.subspan(sizeof ndp), option, message.mac)) return malformed();
  if (solicitation && ip.source.is_unspecified() && (message.mac || !is_solicited_node(ip.destination)))
    return malformed();
  const std::uint32_t flags = ndp.flags.value();
  if (!solicitation && ip.destination.is_multicast() && (flags & wire::kNaSolicited) != 0) return malformed();

  message.kind = solicitation ? Kind::kSolicitation : Kind::kAdvertisement;
  message.sender = ip.source;
  message.target = ndp.target;
  message.solicited = !solicitation && (flags & wire::kNaSolicited) != 0;
  message.overrides = !solicitation && (flags & wire::kNaOverride) != 0;
  return message;
}

Parsed decode_arp(Bytes packet, NeighbourMessage message) {
  if (packet.size() < sizeof(wire::Arp)) return malformed();
  const auto& arp = at<wire::Arp>(packet.data());
  if (arp.hardware_type.value() != kArpEthernet || arp.protocol_type.value() != wire::kEtherTypeIpv4) return other();
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

/// A frame under construction.
class FrameWriter {
 public:
  FrameWriter(const NeighbourSelf& self, const MacAddress& destination, std::uint16_t ether_type) {
    put(destination);
    put(self.mac);
    if (self.vlan_id) put(wire::VlanTag{Be16(wire::kEtherTypeVlan), Be16(*self.vlan_id)});
    put(Be16(ether_type));
  }

  template <typename T>
  void put(const T& header) {
    const auto bytes = std::as_bytes(std::span(&header, 1));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

struct NdpMessage {
  wire::NeighbourMessage message;
  wire::LinkLayerOption option;
};
static_assert(sizeof(NdpMessage) == 32 && alignof(NdpMessage) == 1);

std::vector<std::byte> ndp_frame(const NeighbourSelf& self, const MacAddress& to_mac, const Ipv6Address& to,
                                 NdpMessage ndp) {
  wire::Ipv6 ip{};
  ip.version_class_label = Be32(0x6000'0000);
  ip.payload_length = Be16(sizeof ndp);
  ip.next_header = wire::kProtocolIcmpv6;
  ip.hop_limit = wire::kNdpHopLimit;
  ip.source = self.ip.v6();
  ip.destination = to;
  ndp.option.length = 1;
  ndp.option.mac = self.mac;
  ndp.message.checksum = wire::checksum(std::as_bytes(std::span(&ndp, 1)),
                                        wire::pseudo_header_sum(ip.source, to, ip.next_header, sizeof ndp));
  FrameWriter frame(self, to_mac, wire::kEtherTypeIpv6);
  frame.put(ip);
  frame.put(ndp);
  return frame.take();
}

std::vector<std::byte> arp_frame(const NeighbourSelf& self, const MacAddress& to_mac, std::uint16_t operation,
                                 const MacAddress& target_mac, const Ipv4Address& target_ip) {
  FrameWriter frame(self, to_mac, wire::kEtherTypeArp);
  frame.put(wire::Arp{Be16(kArpEthernet), Be16(wire::kEtherTypeIpv4), 6, 4, Be16(operation), self.mac, self.ip.v4(),
                      target_mac, target_ip});
  return frame.take();
}

}  // namespace

Parsed decode_neighbour_message(Bytes frame) {
  if (frame.size() < sizeof(wire::Ethernet)) return other();
  NeighbourMessage message;
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
  if (type == wire::kEtherTypeIpv6) return decode_ndp(frame, message);
  if (type == wire::kEtherTypeArp) return decode_arp(frame, message);
  return other();
}

std::vector<std::byte> encode_solicitation(const NeighbourSelf& self, const IpAddress& target,
                                           const std::optional<MacAddress>& known_mac) {
  if (target.is_v4()) {
    // RFC 826: the target's hardware address is what we ask for, so it is left zero. A question to a
    // known neighbour alone is RFC 1122 2.3.2.1 (2).
    return arp_frame(self, known_mac.value_or(kBroadcastMac), wire::kArpRequest, MacAddress{}, target.v4());
  }
  const Ipv6Address to = known_mac ? target.v6() : wire::solicited_node(target.v6());
  NdpMessage ndp{};
  ndp.message.type = wire::kNeighbourSolicitation;
  ndp.message.target = target.v6();
  ndp.option.type = wire::kSourceLinkLayerOption;
  return ndp_frame(self, known_mac.value_or(wire::multicast_mac(to)), to, ndp);
}

std::vector<std::byte> encode_advertisement(const NeighbourSelf& self, const NeighbourMessage& solicitation) {
  const MacAddress asker = solicitation.mac.value_or(solicitation.frame_source);
  if (self.ip.is_v4()) return arp_frame(self, asker, wire::kArpReply, asker, solicitation.sender.v4());

  // RFC 4861 7.2.4: who has no address yet is answered through all nodes, and not as "solicited".
  const bool nameless = solicitation.sender.is_unspecified();
  constexpr Ipv6Address kAllNodes{{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  NdpMessage ndp{};
  ndp.message.type = wire::kNeighbourAdvertisement;
  ndp.message.flags = Be32(nameless ? wire::kNaOverride : wire::kNaOverride | wire::kNaSolicited);
  ndp.message.target = self.ip.v6();
  ndp.option.type = wire::kTargetLinkLayerOption;
  return nameless ? ndp_frame(self, wire::multicast_mac(kAllNodes), kAllNodes, ndp)
                  : ndp_frame(self, asker, solicitation.sender.v6(), ndp);
}

}  // namespace lisper
