#include "core/forward/decapsulate.h"

#include <cstring>

#include "core/forward/deliver.h"
#include "core/forward/ecn.h"
#include "core/wire/checksum.h"
#include "core/wire/ethernet.h"
#include "core/wire/icmp.h"
#include "core/wire/ip_protocol.h"
#include "core/wire/l2tpv3.h"
#include "core/wire/ndp.h"
#include "core/wire/udp.h"

namespace lisper {
namespace {

constexpr std::uint32_t kEthernet = sizeof(wire::Ethernet);

/// Parsing of one packet that arrived on an exit.
class OuterParser {
 public:
  OuterParser(Packet& packet, const Tables& tables, Shard& shard, TimeNs now, Parsed& parsed) noexcept
      : packet_(packet), tables_(tables), shard_(shard), now_(now), parsed_(parsed) {}

  /// `link_header`: [bytes] before the network layer.
  void run(std::uint16_t ether_type, std::uint32_t link_header) noexcept {
    link_header_ = link_header;
    if (ether_type == wire::kEtherTypeIpv6) return parse_ipv6();
    if (ether_type == wire::kEtherTypeIpv4) return parse_ipv4();
    if (ether_type == wire::kEtherTypeArp) return hand_to_control();
    drop(packet_, shard_, Reason::kNotTunnel);
  }

 private:
  void parse_ipv6() noexcept {
    const std::uint32_t left = packet_.len - link_header_;
    if (left < sizeof(wire::Ipv6)) return drop(packet_, shard_, Reason::kOuterTruncated);
    const auto& ip = at<wire::Ipv6>(packet_.data, link_header_);
    const std::uint32_t length = ip.payload_length.value();
    if (ip.version() != 6) return drop(packet_, shard_, Reason::kOuterMalformed);
    if (length > left - sizeof ip) return drop(packet_, shard_, Reason::kOuterTruncated);
    packet_.len = link_header_ + static_cast<std::uint32_t>(sizeof ip) + length;  // without Ethernet padding
    parsed_.source = ip.source;
    parsed_.destination = ip.destination;
    parsed_.traffic_class = ip.traffic_class();
    const std::uint32_t payload = link_header_ + static_cast<std::uint32_t>(sizeof ip);
    if (ip.next_header == wire::kProtocolFragment) return hold_ipv6_fragment(payload);
    if (ip.next_header == wire::kProtocolIcmpv6) return parse_icmpv6(payload);
    parse_payload(ip.next_header, payload);
  }

  void parse_ipv4() noexcept {
    const std::uint32_t left = packet_.len - link_header_;
    if (left < sizeof(wire::Ipv4)) return drop(packet_, shard_, Reason::kOuterTruncated);
    const auto& ip = at<wire::Ipv4>(packet_.data, link_header_);
    const auto header = static_cast<std::uint32_t>(ip.header_length());
    const std::uint32_t length = ip.total_length.value();
    if (ip.version() != 4 || header < sizeof ip || length < header)
      return drop(packet_, shard_, Reason::kOuterMalformed);
    if (length > left) return drop(packet_, shard_, Reason::kOuterTruncated);
    // RFC 1122 3.2.1.2.
    if (wire::ones_sum(Bytes(packet_.data + link_header_, header)) != 0xffff)
      return drop(packet_, shard_, Reason::kOuterMalformed);
    packet_.len = link_header_ + length;
    parsed_.source = ip.source;
    parsed_.destination = ip.destination;
    parsed_.traffic_class = ip.tos;
    if (ip.is_fragment()) return hold_ipv4_fragment(ip, link_header_ + header);
    parse_payload(ip.protocol, link_header_ + header);
  }

  void parse_payload(std::uint8_t protocol, std::uint32_t offset) noexcept {
    if (protocol == wire::kProtocolL2tp) return parse_session(packet_, tables_, shard_, offset, parsed_);
    if (protocol == wire::kProtocolUdp) return parse_udp(offset);
    if (protocol == wire::kProtocolEsp) {
      parsed_.session_offset = offset;
      parsed_.kind = Parsed::Kind::kEsp;
      return;
    }
    drop(packet_, shard_, Reason::kNotTunnel);
  }

  void parse_udp(std::uint32_t offset) noexcept {
    if (packet_.len - offset < sizeof(wire::Udp) + sizeof(wire::L2tpUdpPrefix))
      return drop(packet_, shard_, Reason::kOuterTruncated);
    const auto& udp = at<wire::Udp>(packet_.data, offset);
    const std::uint32_t length = udp.length.value();
    if (length < sizeof udp + sizeof(wire::L2tpUdpPrefix)) return drop(packet_, shard_, Reason::kOuterMalformed);
    if (length > packet_.len - offset) return drop(packet_, shard_, Reason::kOuterTruncated);
    packet_.len = offset + length;
    parsed_.destination_port = udp.destination_port.value();
    parsed_.carrier = Carrier::kUdp;
    parse_udp_prefix(offset + static_cast<std::uint32_t>(sizeof udp));
  }

  void parse_udp_prefix(std::uint32_t offset) noexcept {
    if (packet_.len - offset < sizeof(wire::L2tpUdpPrefix) + sizeof(Be32))
      return drop(packet_, shard_, Reason::kOuterTruncated);
    const std::uint16_t flags = at<wire::L2tpUdpPrefix>(packet_.data, offset).flags_version.value();
    if ((flags & (wire::kL2tpControlBit | wire::kL2tpVersionMask)) != wire::kL2tpUdpData)
      return drop(packet_, shard_, Reason::kL2tpControl);
    parse_session(packet_, tables_, shard_, offset + static_cast<std::uint32_t>(sizeof(wire::L2tpUdpPrefix)), parsed_);
  }

  void parse_icmpv6(std::uint32_t offset) noexcept {
    if (packet_.len - offset >= sizeof(wire::Icmp)) {
      const std::uint8_t type = at<wire::Icmp>(packet_.data, offset).type;
      if (type == wire::kNeighbourSolicitation || type == wire::kNeighbourAdvertisement) return hand_to_control();
    }
    drop(packet_, shard_, Reason::kNotTunnel);
  }

  void hand_to_control() noexcept { packet_.verdict.action = Action::kControl; }

  void hold_ipv6_fragment(std::uint32_t offset) noexcept {
    if (packet_.len - offset < sizeof(wire::Ipv6Fragment)) return drop(packet_, shard_, Reason::kOuterTruncated);
    const auto& header = at<wire::Ipv6Fragment>(packet_.data, offset);
    Reassembler::Fragment fragment;
    fragment.identification = header.identification.value();
    fragment.protocol = header.next_header;
    fragment.offset = header.offset_more.value() & 0xfff8u;
    fragment.more = (header.offset_more.value() & 1) != 0;
    hold_fragment(fragment, offset + static_cast<std::uint32_t>(sizeof header));
  }

  void hold_ipv4_fragment(const wire::Ipv4& ip, std::uint32_t payload) noexcept {
    Reassembler::Fragment fragment;
    fragment.identification = ip.identification.value();
    fragment.protocol = ip.protocol;
    fragment.offset = (ip.flags_fragment.value() & wire::kIpv4OffsetMask) * 8u;
    fragment.more = (ip.flags_fragment.value() & wire::kIpv4MoreFragments) != 0;
    hold_fragment(fragment, payload);
  }

  void hold_fragment(Reassembler::Fragment& fragment, std::uint32_t payload) noexcept {
    // Strangers get no memory.
    if (!tables_.is_own_address(parsed_.destination)) return drop(packet_, shard_, Reason::kNotOurAddress);
    if (!tables_.is_peer(parsed_.source)) return drop(packet_, shard_, Reason::kUnknownPeer);
    fragment.port = packet_.port;
    fragment.link_header = Bytes(packet_.data, link_header_);
    fragment.source = parsed_.source;
    fragment.destination = parsed_.destination;
    fragment.traffic_class = parsed_.traffic_class;
    fragment.payload = Bytes(packet_.data + payload, packet_.len - payload);
    drop(packet_, shard_, shard_.reassembler.add(fragment, now_));
  }

  Packet& packet_;
  const Tables& tables_;
  Shard& shard_;
  TimeNs now_;
  Parsed& parsed_;
  std::uint32_t link_header_ = 0;
};

/// Takes the tag off a frame of an Ethernet sub-interface.
void strip_tag(Packet& packet) noexcept {
  constexpr std::size_t kMacs = 12;
  std::memmove(packet.data + sizeof(wire::VlanTag), packet.data, kMacs);
  packet.data += sizeof(wire::VlanTag);
  packet.len -= static_cast<std::uint32_t>(sizeof(wire::VlanTag));
}

bool udp_checksum_ok(const Packet& packet, const Parsed& parsed) noexcept {
  const std::size_t offset = parsed.session_offset - sizeof(wire::L2tpUdpPrefix) - sizeof(wire::Udp);
  const Bytes datagram(packet.data + offset, packet.len - offset);
  const std::uint16_t checksum = at<wire::Udp>(datagram.data()).checksum.value();
  // RFC 768: zero means none; not so in IPv6, RFC 8200 8.1.
  if (checksum == 0) return parsed.source.is_v4();
  const auto length = static_cast<std::uint32_t>(datagram.size());
  const std::uint32_t pseudo =
      parsed.source.is_v4()
          ? wire::pseudo_header_sum(parsed.source.v4(), parsed.destination.v4(), wire::kProtocolUdp, length)
          : wire::pseudo_header_sum(parsed.source.v6(), parsed.destination.v6(), wire::kProtocolUdp, length);
  // A sender on this machine leaves the rest to a NIC; a virtual one (veth, TAP) never does it.
  if (checksum == pseudo) return true;
  return wire::ones_sum(datagram, pseudo) == 0xffff;
}

/// Why no session was found.
[[gnu::noinline]] Reason why_no_session(const Tables& tables, const Parsed& parsed) noexcept {
  if (!tables.is_own_address(parsed.destination)) return Reason::kNotOurAddress;
  bool known = false;
  for (const Session& session : tables.sessions().all()) {
    if (session.peer != parsed.source) continue;
    if (session.from_lisper) return Reason::kUnknownIid;
    known = true;
  }
  return known ? Reason::kUnknownSession : Reason::kUnknownPeer;
}

}  // namespace

void parse(Packet& packet, const Tables& tables, Shard& shard, TimeNs now, Parsed& parsed) noexcept {
  if (packet.len < kEthernet) return drop(packet, shard, Reason::kRuntFrame);
  const PortTable& port = tables.port(packet.port);
  std::uint16_t ether_type = at<wire::Ethernet>(packet.data).ether_type.value();
  std::uint32_t link_header = kEthernet;
  const InterfaceRole* role = &port.untagged;
  bool tagged = false;
  // A port without sub-interfaces carries tags transparently, as part of the frame.
  if (ether_type == wire::kEtherTypeVlan && (!port.by_vlan.empty() || role->kind == InterfaceRole::Kind::kExit)) {
    if (packet.len < kEthernet + sizeof(wire::VlanTag)) return drop(packet, shard, Reason::kRuntFrame);
    const std::uint16_t vlan = at<Be16>(packet.data, kEthernet).value() & wire::kVlanIdMask;
    const bool known = !port.by_vlan.empty() && port.by_vlan[vlan].kind != InterfaceRole::Kind::kUnused;
    if (known) {
      role = &port.by_vlan[vlan];
      tagged = true;
    } else if (vlan != 0 && role->kind != InterfaceRole::Kind::kEthernet) {
      return drop(packet, shard, Reason::kUnknownVlan);
    }
    // VLAN 0 is a mere priority tag (IEEE 802.1Q 6.9) of untagged traffic.
    if (known || vlan == 0) {
      ether_type = at<Be16>(packet.data, kEthernet + 2).value();
      link_header += static_cast<std::uint32_t>(sizeof(wire::VlanTag));
    }
  }
  switch (role->kind) {
    case InterfaceRole::Kind::kEthernet:
      if (tagged) strip_tag(packet);
      packet.verdict.ingress = role->location;
      packet.verdict.network = role->network;
      parsed.kind = Parsed::Kind::kFrame;
      return;
    case InterfaceRole::Kind::kExit:
      return OuterParser(packet, tables, shard, now, parsed).run(ether_type, link_header);
    case InterfaceRole::Kind::kUnused:
      return drop(packet, shard, Reason::kNoInterface);
  }
}

void parse_session(Packet& packet, const Tables& tables, Shard& shard, std::uint32_t offset, Parsed& parsed) noexcept {
  if (packet.len - offset < sizeof(Be32)) return drop(packet, shard, Reason::kOuterTruncated);
  parsed.session_offset = offset;
  parsed.session_id = at<Be32>(packet.data, offset).value();
  if (parsed.session_id == 0) return drop(packet, shard, Reason::kL2tpControl);  // RFC 3931 3.2.2
  parsed.session_hash = SessionTable::hash(parsed.source, parsed.session_id);
  tables.sessions().prefetch(parsed.session_hash);
  parsed.kind = Parsed::Kind::kTunnel;
}

bool decapsulate(Packet& packet, const Tables& tables, Shard& shard, const Parsed& parsed) noexcept {
  const auto refuse = [&](Reason reason) {
    drop(packet, shard, reason);
    return false;
  };
  const Session* session = tables.sessions().find(parsed.session_hash, parsed.source, parsed.session_id);
  if (session == nullptr) [[unlikely]]
    return refuse(why_no_session(tables, parsed));
  packet.verdict.network = session->network;
  if (parsed.destination != session->own) [[unlikely]] {
    // A LISPER may choose any of our locators.
    if (!session->from_lisper || !tables.is_own_address(parsed.destination)) return refuse(Reason::kNotOurAddress);
  }
  const bool udp = parsed.carrier == Carrier::kUdp;
  if (parsed.carrier != session->carrier || (udp && parsed.destination_port != session->local_port)) [[unlikely]]
    return refuse(session->carrier == Carrier::kEsp ? Reason::kClearText : Reason::kUnknownSession);

  const std::uint32_t header = session->header_length;
  if (packet.len < parsed.session_offset + header + kEthernet) [[unlikely]]
    return refuse(Reason::kInnerTruncated);
  // The frame behind it makes eight bytes readable whatever the cookie's length.
  const auto cookie = load<std::uint64_t>(packet.data + parsed.session_offset + sizeof(Be32));
  if ((cookie & session->cookie_mask) != session->cookie) [[unlikely]]
    return refuse(Reason::kBadCookie);
  if (udp && !udp_checksum_ok(packet, parsed)) [[unlikely]]
    return refuse(Reason::kBadUdpChecksum);

  packet.data += parsed.session_offset + header;
  packet.len -= parsed.session_offset + header;
  packet.verdict.ingress = session->location;
  if (parsed.carrier == Carrier::kEsp) shard.likely_sealed_session = tables.sessions().index(*session);
  if ((parsed.traffic_class & kEcnMask) != 0 && !propagate_ecn(parsed.traffic_class, packet.data, packet.len))
      [[unlikely]]
    return refuse(Reason::kEcnCongestion);
  return true;
}

}  // namespace lisper
