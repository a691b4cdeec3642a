#include "core/forward/spread.h"

#include "core/forward/inspect.h"
#include "core/wire/esp.h"
#include "core/wire/ethernet.h"
#include "core/wire/l2tpv3.h"
#include "core/wire/udp.h"

namespace lisper {
namespace {

struct Outer {
  IpAddress source;
  std::uint32_t fragment = 0;  ///< not 0: a fragment, and this tells its train from others
  std::uint8_t protocol = 0;
  std::uint32_t payload = 0;  ///< [bytes] from the frame's start
};

/// Payload 0: not an IP packet.
Outer outer_ip(const std::byte* frame, std::uint32_t len, std::uint16_t ether_type, std::uint32_t offset) noexcept {
  Outer outer;
  if (ether_type == wire::kEtherTypeIpv6 && len >= offset + sizeof(wire::Ipv6)) {
    const auto& ip = at<wire::Ipv6>(frame, offset);
    outer.source = ip.source;
    outer.protocol = ip.next_header;
    outer.payload = offset + static_cast<std::uint32_t>(sizeof ip);
    if (ip.next_header == wire::kProtocolFragment && len >= outer.payload + sizeof(wire::Ipv6Fragment))
      outer.fragment = at<wire::Ipv6Fragment>(frame, outer.payload).identification.value() | 1;
  } else if (ether_type == wire::kEtherTypeIpv4 && len >= offset + sizeof(wire::Ipv4)) {
    const auto& ip = at<wire::Ipv4>(frame, offset);
    outer.source = ip.source;
    outer.protocol = ip.protocol;
    outer.payload = offset + static_cast<std::uint32_t>(ip.header_length());
    if (ip.is_fragment()) outer.fragment = ip.identification.value() | 1u << 16;
  }
  return outer;
}

std::uint32_t hash_behind(const std::byte* frame, std::uint32_t len, std::uint32_t offset) noexcept {
  return len >= offset + sizeof(wire::Ethernet) ? inspect(frame + offset, len - offset).hash : 0;
}

std::uint32_t hash_of_tunnelled(const Packet& packet, const Tables& tables, std::uint16_t ether_type,
                                std::uint32_t link_header) noexcept {
  const Outer outer = outer_ip(packet.data, packet.len, ether_type, link_header);
  if (outer.payload == 0) return 0;
  if (outer.fragment != 0) return static_cast<std::uint32_t>(SessionTable::hash(outer.source, outer.fragment) >> 32);
  // Its flows cannot be told apart before it is decrypted, and its replay window is best left to one worker.
  if (outer.protocol == wire::kProtocolEsp && packet.len >= outer.payload + sizeof(wire::Esp)) {
    const std::uint32_t spi = at<wire::Esp>(packet.data, outer.payload).spi.value();
    return static_cast<std::uint32_t>(SessionTable::hash(outer.source, spi) >> 32);
  }
  std::uint32_t session_offset = outer.payload;
  if (outer.protocol == wire::kProtocolUdp) {
    session_offset += static_cast<std::uint32_t>(sizeof(wire::Udp) + sizeof(wire::L2tpUdpPrefix));
  } else if (outer.protocol != wire::kProtocolL2tp) {
    return 0;
  }
  if (packet.len < session_offset + sizeof(Be32)) return 0;
  const std::uint32_t id = at<Be32>(packet.data, session_offset).value();
  const Session* session = tables.sessions().find(SessionTable::hash(outer.source, id), outer.source, id);
  if (session == nullptr) return 0;
  return hash_behind(packet.data, packet.len, session_offset + session->header_length);
}

}  // namespace

std::uint32_t spread_hash(const Packet& packet, const Tables& tables) noexcept {
  if (packet.len < sizeof(wire::Ethernet)) return 0;
  const PortTable& port = tables.port(packet.port);
  std::uint16_t ether_type = at<wire::Ethernet>(packet.data).ether_type.value();
  std::uint32_t link_header = sizeof(wire::Ethernet);
  const InterfaceRole* role = &port.untagged;
  if (ether_type == wire::kEtherTypeVlan && packet.len >= link_header + sizeof(wire::VlanTag)) {
    const std::uint16_t vlan = at<Be16>(packet.data, link_header).value() & wire::kVlanIdMask;
    if (!port.by_vlan.empty() && port.by_vlan[vlan].kind != InterfaceRole::Kind::kUnused) role = &port.by_vlan[vlan];
    ether_type = at<Be16>(packet.data, link_header + 2).value();
    link_header += static_cast<std::uint32_t>(sizeof(wire::VlanTag));
  }
  switch (role->kind) {
    case InterfaceRole::Kind::kEthernet:
      return hash_behind(packet.data, packet.len, 0);  // sees through tags
    case InterfaceRole::Kind::kExit:
      return hash_of_tunnelled(packet, tables, ether_type, link_header);
    case InterfaceRole::Kind::kUnused:
      return 0;
  }
  return 0;
}

}  // namespace lisper
