#include "core/forward/group.h"

#include "core/forward/deliver.h"
#include "core/forward/inspect.h"
#include "core/wire/ethernet.h"
#include "core/wire/igmp.h"

namespace lisper {
namespace {

/// What a frame to a group is to a bridge that snoops.
enum class Traffic {
  kReport,     ///< to routers, and to LISPERs: not to hosts, which would keep theirs back (RFC 4541 2.1.1)
  kQuery,      ///< or a PIM hello: to all
  kLinkScope,  ///< RFC 4541 2.1.2: to all
  kData,       ///< to who wants it
  kOther,      ///< nobody can say that he wants it: to all, unless the controller knows better
};

Traffic classify_igmp(std::uint8_t type) noexcept {
  switch (type) {
    case wire::kIgmpQuery:
      return Traffic::kQuery;
    case wire::kIgmpV1Report:
    case wire::kIgmpV2Report:
    case wire::kIgmpV3Report:
    case wire::kIgmpLeave:
      return Traffic::kReport;
    default:
      return Traffic::kLinkScope;  // RFC 4541 2.1.1: what is not known goes everywhere
  }
}

Traffic classify_ipv4(const std::byte* packet, std::uint32_t len) noexcept {
  const auto& ip = at<wire::Ipv4>(packet);
  if (!ip.is_fragment() && ip.protocol == wire::kProtocolIgmp && len > ip.header_length())
    return classify_igmp(at<std::uint8_t>(packet, ip.header_length()));
  if (!wire::is_link_scope(ip.destination)) return Traffic::kData;
  return ip.protocol == wire::kProtocolPim ? Traffic::kQuery : Traffic::kLinkScope;
}

Traffic classify_ipv6(const std::byte* packet, std::uint32_t len) noexcept {
  const auto& ip = at<wire::Ipv6>(packet);
  if (ip.next_header == wire::kProtocolHopByHop && len > sizeof ip + 1) {
    const std::uint8_t next = at<std::uint8_t>(packet, sizeof ip);
    const std::size_t payload = sizeof ip + 8 + 8u * at<std::uint8_t>(packet, sizeof ip + 1);
    const std::uint8_t type = next == wire::kProtocolIcmpv6 && len > payload ? at<std::uint8_t>(packet, payload) : 0;
    if (type == wire::kMldQuery) return Traffic::kQuery;
    if (type == wire::kMldV1Report || type == wire::kMldDone || type == wire::kMldV2Report) return Traffic::kReport;
  }
  if (!wire::is_link_scope(ip.destination)) return Traffic::kData;
  return ip.next_header == wire::kProtocolPim ? Traffic::kQuery : Traffic::kLinkScope;
}

Traffic classify(const Packet& packet) noexcept {
  const auto [type, offset] = find_network_layer(packet.data, packet.len);
  const std::uint32_t left = packet.len - offset;
  if (type == wire::kEtherTypeIpv4 && left >= sizeof(wire::Ipv4)) return classify_ipv4(packet.data + offset, left);
  if (type == wire::kEtherTypeIpv6 && left >= sizeof(wire::Ipv6)) return classify_ipv6(packet.data + offset, left);
  return Traffic::kOther;
}

/// Also without receivers: the control plane is one.
GroupPath replicate_snooped(Packet& packet, ReplicationListId list) noexcept {
  packet.verdict.action = Action::kReplicate;
  packet.verdict.list = list;
  packet.verdict.snooped = true;
  const InnerFlow flow = inspect(packet.data, packet.len);
  packet.verdict.flow_hash = flow.hash;
  packet.verdict.traffic_class = flow.traffic_class;
  return GroupPath::kDone;
}

GroupPath snoop(Packet& packet, const Network& network) noexcept {
  switch (classify(packet)) {
    case Traffic::kReport:
      return replicate_snooped(packet, network.reports);
    case Traffic::kQuery:
      return replicate_snooped(packet, network.queries);
    case Traffic::kLinkScope:
      return GroupPath::kFlood;
    case Traffic::kData:
      return GroupPath::kRegistered;
    case Traffic::kOther:
      break;
  }
  return GroupPath::kLookUp;
}

}  // namespace

GroupPath group_path(Packet& packet, const Tables& tables, Shard& shard, TimeNs now) noexcept {
  const PortTable& port = tables.port(packet.port);
  const Network& network = tables.network(packet.verdict.network);
  const auto refuse = [&](Reason reason) {
    drop(packet, shard, reason);
    return GroupPath::kDone;
  };
  if (at<wire::Ethernet>(packet.data).destination.is_broadcast()) {
    if (network.policy.broadcast == Broadcast::kDrop) return refuse(Reason::kBroadcastPolicy);
    return port.broadcast.allow(now) ? GroupPath::kLookUp : refuse(Reason::kBroadcastStorm);
  }
  if (!port.multicast.allow(now)) return refuse(Reason::kMulticastStorm);
  return network.policy.multicast == Multicast::kSnoop ? snoop(packet, network) : GroupPath::kLookUp;
}

const SourceEntry* find_source_entry(Packet& packet, const Tables& tables) noexcept {
  Verdict& verdict = packet.verdict;
  if (tables.network(verdict.network).source_entries == 0) return nullptr;
  const auto& ethernet = at<wire::Ethernet>(packet.data);
  const SourceEntry* entry =
      tables.sources().find({FibKey(verdict.network, ethernet.source), FibKey(verdict.network, ethernet.destination)});
  if (entry == nullptr) return nullptr;
  verdict.source_entry = entry->id;
  if (entry->id == kNoSourceEntry) verdict.eid_length = Verdict::kNoEid;
  return entry;
}

}  // namespace lisper
