#include "sim/icmp_message.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/wire/arp.h"
#include "core/wire/checksum.h"
#include "core/wire/ethernet.h"
#include "core/wire/icmp.h"
#include "core/wire/ip_protocol.h"
#include "core/wire/ipv4.h"
#include "core/wire/ipv6.h"
#include "core/wire/ndp.h"

namespace lisper::sim {

namespace {

constexpr std::size_t kIp = sizeof(wire::Ethernet);  // where the IP header starts
constexpr std::uint8_t kTtl = 64;

void write_ipv6(std::byte* ip, const Ipv6Address& source, const Ipv6Address& destination, std::uint8_t hop_limit,
                std::size_t payload) {
  at<wire::Ipv6>(ip) = {.version_class_label = Be32(0x6000'0000),
                        .payload_length = Be16(static_cast<std::uint16_t>(payload)),
                        .next_header = wire::kProtocolIcmpv6,
                        .hop_limit = hop_limit,
                        .source = source,
                        .destination = destination};
}

/// Of the ICMPv6 message that follows the IPv6 header at `ip`.
void write_icmpv6_checksum(std::byte* ip, std::size_t payload) {
  const auto& header = at<wire::Ipv6>(ip);
  auto& checksum = at<wire::Icmp>(ip, sizeof header).checksum;
  checksum = {};
  checksum = wire::checksum(Bytes(ip + sizeof header, payload),
                            wire::pseudo_header_sum(header.source, header.destination, wire::kProtocolIcmpv6,
                                                    static_cast<std::uint32_t>(payload)));
}

FramePtr make_arp(FramePool& pool, std::uint16_t operation, const Station& self, const MacAddress& destination,
                  const Station& target) {
  FramePtr frame = pool.make(kIp + sizeof(wire::Arp));
  at<wire::Ethernet>(frame->data) = {destination, self.mac, Be16(wire::kEtherTypeArp)};
  at<wire::Arp>(frame->data, kIp) = {.hardware_type = Be16(1),
                                     .protocol_type = Be16(wire::kEtherTypeIpv4),
                                     .hardware_length = 6,
                                     .protocol_length = 4,
                                     .operation = Be16(operation),
                                     .sender_mac = self.mac,
                                     .sender_ip = self.ip.v4(),
                                     .target_mac = target.mac,
                                     .target_ip = target.ip.v4()};
  return frame;
}

FramePtr make_neighbour_message(FramePool& pool, const wire::NeighbourMessage& message, std::uint8_t option,
                                const Station& self, const Station& to) {
  constexpr std::size_t kPayload = sizeof(wire::NeighbourMessage) + sizeof(wire::LinkLayerOption);
  FramePtr frame = pool.make(kIp + sizeof(wire::Ipv6) + kPayload);
  std::byte* ip = frame->data + kIp;
  at<wire::Ethernet>(frame->data) = {to.mac, self.mac, Be16(wire::kEtherTypeIpv6)};
  write_ipv6(ip, self.ip.v6(), to.ip.v6(), wire::kNdpHopLimit, kPayload);
  at<wire::NeighbourMessage>(ip, sizeof(wire::Ipv6)) = message;
  at<wire::LinkLayerOption>(ip, sizeof(wire::Ipv6) + sizeof message) = {option, 1, self.mac};
  write_icmpv6_checksum(ip, kPayload);
  return frame;
}

bool may_be_answered_v4(Bytes packet) {
  const auto& ip = at<wire::Ipv4>(packet.data());
  if ((ip.flags_fragment.value() & wire::kIpv4OffsetMask) != 0) return false;
  if (ip.destination.octets[0] >= 224 || ip.source.octets[0] >= 224 || ip.source.to_u32() == 0) return false;
  if (ip.protocol != wire::kProtocolIcmp) return true;
  if (packet.size() < ip.header_length() + sizeof(wire::Icmp)) return false;
  const std::uint8_t type = at<wire::Icmp>(packet.data(), ip.header_length()).type;
  return type == wire::kIcmpEchoRequest || type == wire::kIcmpEchoReply;
}

bool may_be_answered_v6(Bytes packet, const IcmpError& error) {
  const auto& ip = at<wire::Ipv6>(packet.data());
  if (ip.source.is_multicast() || ip.source.is_unspecified()) return false;
  if (ip.destination.is_multicast() && error.type != wire::kIcmpv6PacketTooBig) return false;
  if (ip.next_header != wire::kProtocolIcmpv6) return true;
  return packet.size() > sizeof ip && at<wire::Icmp>(packet.data(), sizeof ip).type >= wire::kIcmpv6FirstInformational;
}

FramePtr make_error_v4(FramePool& pool, const Ipv4Address& self, Bytes packet, const IcmpError& error) {
  constexpr std::size_t kHeaders = sizeof(wire::Ipv4) + sizeof(wire::Icmp);
  constexpr std::size_t kMaximum = 576;  // RFC 1812 4.3.2.3
  const std::size_t quoted = std::min(packet.size(), kMaximum - kHeaders);
  FramePtr frame = pool.make(static_cast<std::uint32_t>(kIp + kHeaders + quoted));
  at<wire::Ethernet>(frame->data) = {{}, {}, Be16(wire::kEtherTypeIpv4)};
  auto& ip = at<wire::Ipv4>(frame->data, kIp);
  ip = {.version_ihl = 0x45,
        .tos = 0xc0,  // RFC 1812 4.3.2.5: internetwork control
        .total_length = Be16(static_cast<std::uint16_t>(kHeaders + quoted)),
        .identification = {},
        .flags_fragment = {},
        .ttl = kTtl,
        .protocol = wire::kProtocolIcmp,
        .checksum = {},
        .source = self,
        .destination = at<wire::Ipv4>(packet.data()).source};
  ip.checksum = wire::checksum(Bytes(frame->data + kIp, sizeof ip));
  std::byte* icmp = frame->data + kIp + sizeof ip;
  std::memcpy(icmp + sizeof(wire::Icmp), packet.data(), quoted);
  at<wire::Icmp>(icmp) = {error.type, error.code, {}, Be32(error.rest)};
  at<wire::Icmp>(icmp).checksum = wire::checksum(Bytes(icmp, sizeof(wire::Icmp) + quoted));
  return frame;
}

FramePtr make_error_v6(FramePool& pool, const Ipv6Address& self, Bytes packet, const IcmpError& error) {
  constexpr std::size_t kHeaders = sizeof(wire::Ipv6) + sizeof(wire::Icmp);
  const std::size_t quoted = std::min(packet.size(), wire::kIpv6MinimumMtu - kHeaders);
  FramePtr frame = pool.make(static_cast<std::uint32_t>(kIp + kHeaders + quoted));
  at<wire::Ethernet>(frame->data) = {{}, {}, Be16(wire::kEtherTypeIpv6)};
  std::byte* ip = frame->data + kIp;
  write_ipv6(ip, self, at<wire::Ipv6>(packet.data()).source, kTtl, sizeof(wire::Icmp) + quoted);
  at<wire::Icmp>(ip, sizeof(wire::Ipv6)) = {error.type, error.code, {}, Be32(error.rest)};
  std::memcpy(ip + kHeaders, packet.data(), quoted);
  write_icmpv6_checksum(ip, sizeof(wire::Icmp) + quoted);
  return frame;
}

}  // namespace

FramePtr make_solicitation(FramePool& pool, const Station& self, const IpAddress& target) {
  if (target.is_v4()) return make_arp(pool, wire::kArpRequest, self, kBroadcastMac, {{}, target});
  const Ipv6Address group = wire::solicited_node(target.v6());
  return make_neighbour_message(pool, {wire::kNeighbourSolicitation, 0, {}, {}, target.v6()},
                                wire::kSourceLinkLayerOption, self, {wire::multicast_mac(group), group});
}

FramePtr make_advertisement(FramePool& pool, const Station& self, const Station& to) {
  if (to.ip.is_v4()) return make_arp(pool, wire::kArpReply, self, to.mac, to);
  const Be32 flags(wire::kNaRouter | wire::kNaSolicited | wire::kNaOverride);
  return make_neighbour_message(pool, {wire::kNeighbourAdvertisement, 0, {}, flags, self.ip.v6()},
                                wire::kTargetLinkLayerOption, self, to);
}

FramePtr make_icmp_error(FramePool& pool, const IpAddress& self, Bytes packet, const IcmpError& error) {
  if (self.is_v4()) return may_be_answered_v4(packet) ? make_error_v4(pool, self.v4(), packet, error) : nullptr;
  return may_be_answered_v6(packet, error) ? make_error_v6(pool, self.v6(), packet, error) : nullptr;
}

void turn_into_echo_reply(Frame& frame) {
  std::byte* ip = frame.data + kIp;
  if (at<wire::Ethernet>(frame.data).ether_type == Be16(wire::kEtherTypeIpv4)) {
    auto& header = at<wire::Ipv4>(ip);
    std::swap(header.source, header.destination);
    header.ttl = kTtl;
    header.checksum = {};
    header.checksum = wire::checksum(Bytes(ip, header.header_length()));
    auto& icmp = at<wire::Icmp>(ip, header.header_length());
    icmp.type = wire::kIcmpEchoReply;
    icmp.checksum = wire::update_checksum(icmp.checksum, static_cast<std::uint16_t>(wire::kIcmpEchoRequest << 8), 0);
  } else {
    auto& header = at<wire::Ipv6>(ip);
    std::swap(header.source, header.destination);
    header.hop_limit = kTtl;
    auto& icmp = at<wire::Icmp>(ip, sizeof header);
    icmp.type = wire::kIcmpv6EchoReply;
    icmp.checksum = wire::update_checksum(icmp.checksum, static_cast<std::uint16_t>(wire::kIcmpv6EchoRequest << 8),
                                          static_cast<std::uint16_t>(wire::kIcmpv6EchoReply << 8));
  }
}

}  // namespace lisper::sim
