#include "sim/group_member.h"

#include <ns3/nstime.h>
#include <ns3/simulator.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/wire/checksum.h"
#include "core/wire/ethernet.h"
#include "core/wire/igmp.h"
#include "core/wire/ip_protocol.h"

namespace lisper::sim {
namespace {

constexpr TimeNs kUnsolicitedReportInterval = seconds(1);  // RFC 3376 8.11

struct Report4 {
  wire::Ipv4 ip;
  std::array<std::uint8_t, 4> router_alert;
  struct Message {
    wire::Report report;
    wire::GroupRecord record;
    Ipv4Address group;
  } message;
};

struct Report6 {
  wire::Ipv6 ip;
  std::array<std::uint8_t, 8> hop_by_hop;
  struct Message {
    wire::Report report;
    wire::GroupRecord record;
    Ipv6Address group;
  } message;
};

template <typename T>
Bytes bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

Report4 make_report(const Ipv4Address& own, const Ipv4Address& group, std::uint8_t record_type) {
  Report4 packet{};
  packet.router_alert = {0x94, 4, 0, 0};  // RFC 2113
  packet.ip.version_ihl = 0x46;
  packet.ip.tos = 0xc0;
  packet.ip.total_length = Be16(sizeof packet);
  packet.ip.ttl = 1;
  packet.ip.protocol = wire::kProtocolIgmp;
  packet.ip.source = own;
  packet.ip.destination = {{224, 0, 0, 22}};
  packet.ip.checksum = wire::checksum(bytes_of(packet.ip), wire::ones_sum(bytes_of(packet.router_alert)));
  packet.message = {{wire::kIgmpV3Report, 0, {}, {}, Be16(1)}, {record_type, 0, Be16(0)}, group};
  packet.message.report.checksum = wire::checksum(bytes_of(packet.message));
  return packet;
}

Report6 make_report(const Ipv6Address& own, const Ipv6Address& group, std::uint8_t record_type) {
  Report6 packet{};
  packet.hop_by_hop = {wire::kProtocolIcmpv6, 0, 5, 2, 0, 0, 1, 0};  // RFC 2711; PadN
  packet.ip.version_class_label = Be32(6u << 28);
  packet.ip.payload_length = Be16(sizeof packet - sizeof packet.ip);
  packet.ip.next_header = wire::kProtocolHopByHop;
  packet.ip.hop_limit = 1;
  packet.ip.source = own;
  packet.ip.destination = {{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x16}};
  packet.message = {{wire::kMldV2Report, 0, {}, {}, Be16(1)}, {record_type, 0, Be16(0)}, group};
  packet.message.report.checksum =
      wire::checksum(bytes_of(packet.message),
                     wire::pseudo_header_sum(own, packet.ip.destination, wire::kProtocolIcmpv6, sizeof packet.message));
  return packet;
}

ns3::Ptr<ns3::Packet> to_packet(Bytes bytes) {
  return ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                  static_cast<std::uint32_t>(bytes.size()));
}

/// RFC 4291 2.5.1 and 2.5.6, from the MAC.
Ipv6Address link_local(const MacAddress& mac) {
  const auto& m = mac.octets;
  return {
      {0xfe, 0x80, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(m[0] ^ 2), m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]}};
}

}  // namespace

GroupMember::GroupMember(const ns3::Ptr<FrameNetDevice>& device, const model::Port& port)
    : device_(device), own6_(link_local(port.mac)) {
  for (const model::InterfaceAddress& address : port.addresses)
    if (address.ip.is_v4()) own4_ = address.ip.v4();
  device_->GetNode()->RegisterProtocolHandler(ns3::MakeCallback(&GroupMember::on_packet, this), 0, device_);
}

void GroupMember::join(const IpAddress& group) {
  if (groups_.insert(group).second) report_change(group, true);
}

void GroupMember::leave(const IpAddress& group) {
  if (groups_.erase(group) != 0) report_change(group, false);
}

void GroupMember::report_change(const IpAddress& group, bool joined) {
  const std::uint8_t record_type = joined ? wire::kChangeToExclude : wire::kChangeToInclude;
  report(group, record_type);
  ns3::Simulator::Schedule(ns3::NanoSeconds(static_cast<std::uint64_t>(kUnsolicitedReportInterval.ns)),
                           [this, group, joined, record_type] {
                             if (groups_.contains(group) == joined) report(group, record_type);
                           });
}

void GroupMember::report(const IpAddress& group, std::uint8_t record_type) {
  if (group.is_v4()) {
    const Report4 packet = make_report(own4_, group.v4(), record_type);
    device_->Send(to_packet(bytes_of(packet)), to_ns3(wire::group_mac(IpAddress(packet.ip.destination))),
                  wire::kEtherTypeIpv4);
  } else {
    const Report6 packet = make_report(own6_, group.v6(), record_type);
    device_->Send(to_packet(bytes_of(packet)), to_ns3(wire::group_mac(IpAddress(packet.ip.destination))),
                  wire::kEtherTypeIpv6);
  }
}

/// At a fixed part of the time to answer, where RFC 3376 5.2 has a random one: nobody else's answers are awaited.
void GroupMember::report_later(const IpAddress& group, TimeNs max_response) {
  ns3::Simulator::Schedule(ns3::NanoSeconds(static_cast<std::uint64_t>(max_response.ns / 4)), [this, group] {
    if (groups_.contains(group)) report(group, wire::kModeIsExclude);
  });
}

void GroupMember::on_packet(ns3::Ptr<ns3::NetDevice>, ns3::Ptr<const ns3::Packet> packet, std::uint16_t ether_type,
                            const ns3::Address&, const ns3::Address&, ns3::NetDevice::PacketType) {
  std::vector<std::byte> bytes(packet->GetSize());
  packet->CopyData(reinterpret_cast<std::uint8_t*>(bytes.data()), packet->GetSize());
  std::optional<IpAddress> asked;
  TimeNs max_response;
  if (ether_type == wire::kEtherTypeIpv4 && bytes.size() >= sizeof(wire::Ipv4)) {
    const auto& ip = at<wire::Ipv4>(bytes.data());
    if (ip.protocol != wire::kProtocolIgmp || bytes.size() < ip.header_length() + sizeof(wire::Igmp)) return;
    const auto& query = at<wire::Igmp>(bytes.data(), ip.header_length());
    if (query.type != wire::kIgmpQuery) return;
    asked = query.group;
    max_response = milliseconds(100) * query.max_response;
  } else if (ether_type == wire::kEtherTypeIpv6 && bytes.size() >= sizeof(wire::Ipv6) + 8 + sizeof(wire::Mld)) {
    const auto& query = at<wire::Mld>(bytes.data(), sizeof(wire::Ipv6) + 8);
    if (at<wire::Ipv6>(bytes.data()).next_header != wire::kProtocolHopByHop || query.type != wire::kMldQuery) return;
    asked = query.group;
    max_response = milliseconds(query.max_response.value());
  }
  if (!asked) return;
  const bool general = *asked == IpAddress(Ipv4Address{}) || *asked == IpAddress(Ipv6Address{});
  for (const IpAddress& group : groups_)
    if (group == *asked || (general && group.is_v4() == asked->is_v4())) report_later(group, max_response);
}

}  // namespace lisper::sim
