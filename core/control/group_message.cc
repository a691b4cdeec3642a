#include "core/control/group_message.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "core/forward/inspect.h"
#include "core/wire/checksum.h"
#include "core/wire/igmp.h"
#include "core/wire/ip_protocol.h"
#include "core/wire/ipv4.h"
#include "core/wire/ipv6.h"

namespace lisper {
namespace {

constexpr Ipv4Address kAllHosts4{{224, 0, 0, 1}};
constexpr Ipv6Address kAllHosts6{{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
/// The last link-local address: it loses every election (RFC 3810 7.6.2).
constexpr Ipv6Address kQuerier6{{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

constexpr std::uint8_t kRobustness = 2;

/// RFC 3376 4.1.1 and 4.1.7.
std::uint32_t code_value(std::uint8_t code) noexcept {
  return code < 128 ? code : ((code & 0xfu) | 0x10u) << ((code >> 4 & 7u) + 3);
}
/// RFC 3810 5.1.3.
std::uint32_t long_code_value(std::uint16_t code) noexcept {
  return code < 32768 ? code : ((code & 0xfffu) | 0x1000u) << ((code >> 12 & 7u) + 3);
}

TimeNs membership_interval(const wire::QueryTail& tail, TimeNs max_response) noexcept {
  const std::uint32_t robustness = tail.flags_robustness & 7u;
  const std::uint32_t interval = code_value(tail.interval_code);
  if (robustness == 0 || interval == 0) return kMembershipInterval;
  return seconds(std::int64_t{robustness} * interval) + max_response;
}

Result<IpAddress> group_at(Bytes message, std::size_t offset, bool ipv6) {
  const IpAddress group =
      ipv6 ? IpAddress(at<Ipv6Address>(message.data(), offset)) : IpAddress(at<Ipv4Address>(message.data(), offset));
  const bool multicast = ipv6 ? group.v6().is_multicast() : group.v4().octets[0] >> 4 == 14;
  if (!multicast) return fail("not a group: " + to_string(group));
  return group;
}

/// Version 3 or 2. A membership with sources is one of the group: bridges look at MACs.
Result<GroupMessage> read_records(Bytes message, bool ipv6) {
  if (message.size() < sizeof(wire::Report)) return fail("a report is truncated");
  GroupMessage result{.ipv6 = ipv6, .records = {}};
  const std::size_t address = ipv6 ? sizeof(Ipv6Address) : sizeof(Ipv4Address);
  std::size_t offset = sizeof(wire::Report);
  for (unsigned left = at<wire::Report>(message.data()).records.value(); left > 0; --left) {
    if (message.size() - offset < sizeof(wire::GroupRecord) + address) return fail("a group record is truncated");
    const auto& record = at<wire::GroupRecord>(message.data(), offset);
    const std::size_t sources = record.sources.value();
    const std::size_t length = sizeof record + address + sources * address + record.auxiliary * 4u;
    if (message.size() - offset < length) return fail("a group record is truncated");
    const auto group = group_at(message, offset + sizeof record, ipv6);
    if (!group) return tl::unexpected(group.error());
    offset += length;
    if (record.type < wire::kModeIsInclude || record.type > wire::kBlockOldSources) continue;  // RFC 3376 4.2.12
    if (wire::is_link_scope(*group)) continue;
    const bool include = record.type == wire::kModeIsInclude || record.type == wire::kChangeToInclude;
    // Who blocks the last of its sources leaves the group by that (RFC 3376 5.1).
    const bool wanted = record.type != wire::kBlockOldSources && !(include && sources == 0);
    result.records.push_back({*group, wanted});
  }
  return result;
}

GroupMessage one_record(const IpAddress& group, bool wanted) {
  GroupMessage result{.ipv6 = !group.is_v4(), .records = {}};
  if (!wire::is_link_scope(group)) result.records.push_back({group, wanted});
  return result;
}

Result<GroupMessage> read_query(Bytes message, bool ipv6, bool from_router) {
  GroupMessage result{.kind = GroupMessage::Kind::kQuery, .ipv6 = ipv6, .from_router = from_router, .records = {}};
  result.membership_interval = kMembershipInterval;
  const std::size_t base = ipv6 ? sizeof(wire::Mld) : sizeof(wire::Igmp);
  // RFC 3376 7.1, RFC 3810 8.1: the length tells the version.
  if (message.size() == base) return result;
  if (message.size() < base + sizeof(wire::QueryTail)) return fail("a query has a length of no version");
  const TimeNs max_response = ipv6 ? milliseconds(long_code_value(at<wire::Mld>(message.data()).max_response.value()))
                                   : milliseconds(code_value(at<wire::Igmp>(message.data()).max_response) * 100);
  result.membership_interval = membership_interval(at<wire::QueryTail>(message.data(), base), max_response);
  return result;
}

Result<GroupMessage> read_igmp(Bytes message, const Ipv4Address& source) {
  if (message.size() < sizeof(wire::Igmp)) return fail("IGMP is truncated");
  if (wire::ones_sum(message) != 0xffff) return fail("IGMP's checksum is wrong");
  const auto& igmp = at<wire::Igmp>(message.data());
  switch (igmp.type) {
    case wire::kIgmpQuery:
      return read_query(message, false, source != Ipv4Address{});
    case wire::kIgmpV3Report:
      return read_records(message, false);
    case wire::kIgmpV1Report:
    case wire::kIgmpV2Report:
    case wire::kIgmpLeave: {
      const auto group = group_at(message, offsetof(wire::Igmp, group), false);
      if (!group) return tl::unexpected(group.error());
      return one_record(*group, igmp.type != wire::kIgmpLeave);
    }
    default:
      return fail("an IGMP type that says nothing of groups");
  }
}

Result<GroupMessage> read_mld(Bytes message, const wire::Ipv6& ip) {
  if (message.size() < sizeof(wire::Report)) return fail("MLD is truncated");
  // RFC 3810 6.2 and 5.2.13: a host that has no address yet reports from none.
  const std::uint8_t type = at<wire::Report>(message.data()).type;
  const bool nobody = ip.source.is_unspecified() && type != wire::kMldQuery;
  if (ip.hop_limit != 1 || !(ip.source.is_link_local() || nobody)) return fail("MLD from another link");
  const auto length = static_cast<std::uint32_t>(message.size());
  if (wire::ones_sum(message, wire::pseudo_header_sum(ip.source, ip.destination, wire::kProtocolIcmpv6, length)) !=
      0xffff)
    return fail("MLD's checksum is wrong");
  if (type == wire::kMldV2Report) return read_records(message, true);
  if (message.size() < sizeof(wire::Mld)) return fail("MLD is truncated");
  if (type == wire::kMldQuery) return read_query(message, true, ip.source != kQuerier6);
  if (type != wire::kMldV1Report && type != wire::kMldDone) return fail("an ICMPv6 type that says nothing of groups");
  const auto group = group_at(message, offsetof(wire::Mld, group), true);
  if (!group) return tl::unexpected(group.error());
  return one_record(*group, type == wire::kMldV1Report);
}

Result<GroupMessage> read_pim(Bytes message, bool ipv6) {
  if (message.empty() || std::to_integer<std::uint8_t>(message[0]) != wire::kPimHello) return fail("not a PIM hello");
  return GroupMessage{.kind = GroupMessage::Kind::kRouter, .ipv6 = ipv6, .from_router = true, .records = {}};
}

Result<GroupMessage> read_ipv4(Bytes packet) {
  if (packet.size() < sizeof(wire::Ipv4)) return fail("IPv4 is truncated");
  const auto& ip = at<wire::Ipv4>(packet.data());
  const std::size_t total = ip.total_length.value();
  if (ip.version() != 4 || ip.header_length() < sizeof ip || total < ip.header_length() || total > packet.size())
    return fail("IPv4 is malformed");
  if (ip.is_fragment()) return fail("a fragment");
  const Bytes message = packet.subspan(ip.header_length(), total - ip.header_length());
  if (ip.protocol == wire::kProtocolIgmp) return read_igmp(message, ip.source);
  if (ip.protocol == wire::kProtocolPim) return read_pim(message, false);
  return fail("neither IGMP nor PIM");
}

/// True if one of the options of a hop-by-hop header is the Router Alert of RFC 2711.
bool has_router_alert(Bytes options) noexcept {
  constexpr std::uint8_t kPad1 = 0, kRouterAlert = 5;
  for (std::size_t i = 0; i < options.size();) {
    const auto type = std::to_integer<std::uint8_t>(options[i]);
    if (type == kRouterAlert) return true;
    if (type == kPad1) {
      ++i;
      continue;
    }
    if (i + 1 == options.size()) return false;
    i += 2u + std::to_integer<std::size_t>(options[i + 1]);
  }
  return false;
}

Result<GroupMessage> read_ipv6(Bytes packet) {
  if (packet.size() < sizeof(wire::Ipv6)) return fail("IPv6 is truncated");
  const auto& ip = at<wire::Ipv6>(packet.data());
  const std::size_t length = ip.payload_length.value();
  if (ip.version() != 6 || length > packet.size() - sizeof ip) return fail("IPv6 is malformed");
  const Bytes payload = packet.subspan(sizeof ip, length);
  if (ip.next_header == wire::kProtocolPim) return read_pim(payload, true);
  // RFC 3810 5: MLD always has a hop-by-hop header with a Router Alert.
  if (ip.next_header != wire::kProtocolHopByHop || payload.size() < 8) return fail("neither MLD nor PIM");
  const std::size_t options = 8 + 8 * std::to_integer<std::size_t>(payload[1]);
  if (std::to_integer<std::uint8_t>(payload[0]) != wire::kProtocolIcmpv6 || options > payload.size() ||
      !has_router_alert(payload.subspan(2, options - 2)))
    return fail("not MLD");
  return read_mld(payload.subspan(options), ip);
}

template <typename T>
Bytes bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

constexpr std::uint8_t kQueryIntervalCode{kQueryInterval.ns / seconds(1).ns};

struct IgmpQuery {
  wire::Ethernet ethernet;
  wire::Ipv4 ip;
  std::array<std::uint8_t, 4> router_alert;
  struct Message {
    wire::Igmp igmp;
    wire::QueryTail tail;
  } message;
};

std::vector<std::byte> write_igmp_query(const wire::Ethernet& ethernet, const Ipv4Address& group, TimeNs max_response) {
  IgmpQuery query{};
  query.ethernet = ethernet;
  query.router_alert = {0x94, 4, 0, 0};  // RFC 2113
  query.ip.version_ihl = 0x46;
  query.ip.tos = 0xc0;  // RFC 3376 4: Internetwork Control
  query.ip.total_length = Be16(sizeof query - sizeof query.ethernet);
  query.ip.ttl = 1;
  query.ip.protocol = wire::kProtocolIgmp;
  query.ip.destination = group == Ipv4Address{} ? kAllHosts4 : group;
  query.ip.checksum = wire::checksum(bytes_of(query.ip), wire::ones_sum(bytes_of(query.router_alert)));
  query.message.igmp.type = wire::kIgmpQuery;
  query.message.igmp.max_response = static_cast<std::uint8_t>(max_response.ns / milliseconds(100).ns);
  query.message.igmp.group = group;
  query.message.tail = {kRobustness, kQueryIntervalCode, Be16(0)};
  query.message.igmp.checksum = wire::checksum(bytes_of(query.message));
  const Bytes bytes = bytes_of(query);
  return {bytes.begin(), bytes.end()};
}

struct MldQuery {
  wire::Ethernet ethernet;
  wire::Ipv6 ip;
  std::array<std::uint8_t, 8> hop_by_hop;
  struct Message {
    wire::Mld mld;
    wire::QueryTail tail;
  } message;
};

std::vector<std::byte> write_mld_query(const wire::Ethernet& ethernet, const Ipv6Address& group, TimeNs max_response) {
  MldQuery query{};
  query.ethernet = ethernet;
  query.hop_by_hop = {wire::kProtocolIcmpv6, 0, 5, 2, 0, 0, 1, 0};  // RFC 2711; PadN
  query.ip.version_class_label = Be32(6u << 28);
  query.ip.payload_length = Be16(sizeof query.hop_by_hop + sizeof query.message);
  query.ip.next_header = wire::kProtocolHopByHop;
  query.ip.hop_limit = 1;
  query.ip.source = kQuerier6;
  query.ip.destination = group.is_unspecified() ? kAllHosts6 : group;
  query.message.mld.type = wire::kMldQuery;
  query.message.mld.max_response = Be16(static_cast<std::uint16_t>(max_response.ns / milliseconds(1).ns));
  query.message.mld.group = group;
  query.message.tail = {kRobustness, kQueryIntervalCode, Be16(0)};
  query.message.mld.checksum = wire::checksum(
      bytes_of(query.message),
      wire::pseudo_header_sum(query.ip.source, query.ip.destination, wire::kProtocolIcmpv6, sizeof query.message));
  const Bytes bytes = bytes_of(query);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

Result<GroupMessage> read_group_message(Bytes frame) {
  if (frame.size() < sizeof(wire::Ethernet)) return fail("the frame is truncated");
  const auto [type, offset] = find_network_layer(frame.data(), static_cast<std::uint32_t>(frame.size()));
  if (type == wire::kEtherTypeIpv4) return read_ipv4(frame.subspan(offset));
  if (type == wire::kEtherTypeIpv6) return read_ipv6(frame.subspan(offset));
  return fail("not IP");
}

std::vector<std::byte> write_query(const MacAddress& source, bool ipv6, const std::optional<IpAddress>& group,
                                   TimeNs max_response) {
  const IpAddress all = ipv6 ? IpAddress(kAllHosts6) : IpAddress(kAllHosts4);
  const MacAddress destination = wire::group_mac(group.value_or(all));
  if (ipv6)
    return write_mld_query({destination, source, Be16(wire::kEtherTypeIpv6)}, group ? group->v6() : Ipv6Address{},
                           max_response);
  return write_igmp_query({destination, source, Be16(wire::kEtherTypeIpv4)}, group ? group->v4() : Ipv4Address{},
                          max_response);
}

}  // namespace lisper
