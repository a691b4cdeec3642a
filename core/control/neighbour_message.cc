#include "core/control/neighbour_message.h"

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
  frame.put(wire::Arp{Be16(wire::kArpEthernet), Be16(wire::kEtherTypeIpv4), 6, 4, Be16(operation), self.mac,
                      self.ip.v4(), target_mac, target_ip});
  return frame.take();
}

}  // namespace

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
