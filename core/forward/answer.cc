#include "core/forward/answer.h"

#include "core/forward/deliver.h"
#include "core/forward/inspect.h"
#include "core/wire/arp.h"
#include "core/wire/checksum.h"
#include "core/wire/ethernet.h"
#include "core/wire/ip_protocol.h"
#include "core/wire/ipv6.h"
#include "core/wire/ndp.h"
#include "core/wire/neighbour_message.h"

namespace lisper {
namespace {

constexpr std::size_t kNetworkLayer =
    sizeof(wire::Ethernet);  // a frame with a tag is of a LAN that is not ours to know
constexpr std::size_t kIcmpv6 = kNetworkLayer + sizeof(wire::Ipv6);

bool may_be_neighbour_message(const Packet& packet) noexcept {
  const std::uint16_t type = at<wire::Ethernet>(packet.data).ether_type.value();
  if (type == wire::kEtherTypeArp) return true;
  if (type != wire::kEtherTypeIpv6 || packet.len <= kIcmpv6) return false;
  const auto icmp_type = static_cast<std::uint8_t>(packet.data[kIcmpv6]);
  return at<wire::Ipv6>(packet.data, kNetworkLayer).next_header == wire::kProtocolIcmpv6 &&
         icmp_type >= wire::kRouterAdvertisement && icmp_type <= wire::kNeighbourAdvertisement;
}

/// What a message says about the host that sent it.
struct Announcement {
  IpAddress ip;
  MacAddress mac;
  std::optional<bool> router;
};

std::optional<Announcement> announcement(const NeighbourMessage& message) noexcept {
  const bool advertisement = message.kind == NeighbourMessage::Kind::kAdvertisement;
  const IpAddress& ip = advertisement ? message.target : message.sender;
  if (!message.mac || !ip.is_host()) return std::nullopt;
  // RFC 4861 7.2.7: others have an anycast address, too. Who answers first is not ours to decide.
  if (advertisement && !message.overrides) return std::nullopt;
  return Announcement{ip, *message.mac, message.router};
}

/// Tells the control plane, if it is news. True if it is known already.
bool tell(const Announcement& said, const Packet& packet, const Tables& tables, Shard& shard, Stamp stamp) noexcept {
  const Binding* known = tables.bindings().find({packet.verdict.network, said.ip});
  const bool same = known != nullptr && known->mac == said.mac && (!said.router || known->router == said.router);
  if (same && static_cast<std::int16_t>(stamp - known->renew) < 0) return true;
  const auto& ethernet = at<wire::Ethernet>(packet.data);
  const Event event{.kind = Event::Kind::kBinding,
                    .network = packet.verdict.network,
                    .location = packet.verdict.ingress,
                    .source = ethernet.source,
                    .destination = said.mac,
                    .ip = said.ip,
                    .router = said.router};
  if (!shard.events.push(event)) shard.count(packet.port, packet.verdict.network, Reason::kPuntDropped);
  return same;
}

/// True if frames to `mac` have somewhere to go that is not `ingress`.
bool is_elsewhere(const Tables& tables, NetworkId network, const MacAddress& mac, LocationId ingress) noexcept {
  const Fib::Entry* entry = tables.fib().find(FibKey(network, mac));
  if (entry == nullptr) return false;
  const FibValue value = entry->load();
  switch (value.kind) {
    case FibKind::kLocal:
    case FibKind::kMapped:
      return LocationId(value.target) != ingress && tables.location(LocationId(value.target)).up;
    case FibKind::kSet:
    case FibKind::kReplicate:
      return true;
    case FibKind::kNone:
    case FibKind::kNoLocator:
      break;
  }
  return false;
}

/// The answer to a question that may be answered for another, or null.
const Binding* find_answer(const NeighbourMessage& question, const Packet& packet, const Tables& tables) noexcept {
  const NetworkId network = packet.verdict.network;
  if (tables.location(packet.verdict.ingress).kind == LocationKind::kLisper) return nullptr;
  if (question.sender == question.target || *question.mac != question.frame_source) return nullptr;
  const Binding* binding = tables.bindings().find({network, question.target});
  if (binding == nullptr || binding->mac == *question.mac) return nullptr;
  // RFC 4861 7.2.5: an answer without the flag would cost a router its place among the default routers.
  if (!question.target.is_v4() && !binding->router) return nullptr;
  return is_elsewhere(tables, network, binding->mac, packet.verdict.ingress) ? binding : nullptr;
}

/// RFC 826, "Packet Reception". Padding stays.
void write_arp(Packet& packet, const MacAddress& mac) noexcept {
  auto& arp = at<wire::Arp>(packet.data, kNetworkLayer);
  const Ipv4Address target = arp.target_ip;
  arp.operation = Be16(wire::kArpReply);
  arp.target_mac = arp.sender_mac;
  arp.target_ip = arp.sender_ip;
  arp.sender_mac = mac;
  arp.sender_ip = target;
}

/// RFC 4861 7.2.4, with the flags that the target itself sets (RFC 9161 3.2.1). There is room, because the question has
/// a link-layer address.
void write_advertisement(Packet& packet, const Binding& binding) noexcept {
  struct Advertisement {
    wire::NeighbourMessage message;
    wire::LinkLayerOption option;
  };
  static_assert(sizeof(Advertisement) == 32 && alignof(Advertisement) == 1);
  auto& ip = at<wire::Ipv6>(packet.data, kNetworkLayer);
  auto& icmp = at<Advertisement>(packet.data, kIcmpv6);
  const std::uint32_t router = binding.router == true ? wire::kNaRouter : 0;
  icmp.message.type = wire::kNeighbourAdvertisement;
  icmp.message.code = 0;
  icmp.message.checksum = Be16(0);
  icmp.message.flags = Be32(router | wire::kNaSolicited | wire::kNaOverride);
  icmp.option = {wire::kTargetLinkLayerOption, 1, binding.mac};
  ip.version_class_label = Be32(6u << 28);
  ip.payload_length = Be16(sizeof icmp);
  ip.hop_limit = wire::kNdpHopLimit;
  ip.destination = ip.source;
  ip.source = icmp.message.target;
  icmp.message.checksum =
      wire::checksum(Bytes(packet.data + kIcmpv6, sizeof icmp),
                     wire::pseudo_header_sum(ip.source, ip.destination, wire::kProtocolIcmpv6, sizeof icmp));
  packet.len = static_cast<std::uint32_t>(kIcmpv6 + sizeof icmp);
}

void send_back(Packet& packet, const Binding& binding, bool v4, const Tables& tables, Shard& shard,
               TimeNs now) noexcept {
  shard.count(packet.port, packet.verdict.network, Reason::kAnsweredHere);
  auto& ethernet = at<wire::Ethernet>(packet.data);
  ethernet.destination = ethernet.source;
  ethernet.source = binding.mac;  // RFC 9161 3.3 (a)
  if (v4) {
    write_arp(packet, binding.mac);
  } else {
    write_advertisement(packet, binding);
  }
  const InnerFlow flow = inspect(packet.data, packet.len);
  packet.verdict.flow_hash = flow.hash;
  packet.verdict.traffic_class = flow.traffic_class;
  deliver(packet, tables, shard, packet.verdict.ingress, now);
}

}  // namespace

bool answer(Packet& packet, const Tables& tables, Shard& shard, TimeNs now) noexcept {
  if (!tables.network(packet.verdict.network).policy.suppress_arp || !may_be_neighbour_message(packet)) return false;
  const Bytes frame(packet.data, packet.len);
  auto message = decode_neighbour_message(frame);
  if (!message) message = decode_router_advertisement(frame);
  if (!message) return false;
  const auto said = announcement(*message);
  const bool known = said && tell(*said, packet, tables, shard, stamp_of(now));
  if (!known || message->kind != NeighbourMessage::Kind::kSolicitation ||
      !at<wire::Ethernet>(packet.data).destination.is_group())
    return false;
  const Binding* binding = find_answer(*message, packet, tables);
  if (binding == nullptr) return false;
  const Binding copy = *binding;
  send_back(packet, copy, message->target.is_v4(), tables, shard, now);
  return true;
}

}  // namespace lisper
