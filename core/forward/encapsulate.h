#pragma once

#include <cstring>

#include "core/forward/inspect.h"
#include "core/forward/packet.h"
#include "core/tables/location.h"
#include "core/wire/checksum.h"
#include "core/wire/esp.h"
#include "core/wire/udp.h"

namespace lisper {

/// [bytes] that ESP puts behind a frame for a sealed location.
[[nodiscard]] inline std::uint32_t tail_length(const Location& location, std::uint32_t len) noexcept {
  const auto before_l2tp = location.esp_offset + static_cast<std::uint32_t>(sizeof(wire::Esp));
  return wire::esp_tail(location.header_length - before_l2tp + len);
}

/// [bytes] The largest IP packet that fits into a frame for `location`, in which it begins at `network_offset`. 0:
/// none.
[[nodiscard]] inline std::uint32_t network_mtu(const Location& location, std::uint32_t network_offset) noexcept {
  std::uint32_t mtu = location.mtu;
  if (location.kind == LocationKind::kEthernet) return mtu;
  if (location.sealed) {
    const std::uint32_t ip = location.ipv6 ? sizeof(wire::Ipv6) : sizeof(wire::Ipv4);
    constexpr std::uint32_t kLeastTail = sizeof(wire::EspTrailer) + wire::kEspIcv;  // without padding
    mtu = ip + (mtu - ip) / wire::kEspAlignment * wire::kEspAlignment - kLeastTail;
  }
  const std::uint32_t taken = location.header_length - location.ip_offset + network_offset;
  return mtu > taken ? mtu - taken : 0;
}

/// True if the frame (of a sealed location, with its tail), encapsulated, exceeds the MTU of the interface it would
/// leave through.
[[nodiscard]] inline bool too_big(const Location& location, std::uint32_t len) noexcept {
  return location.kind == LocationKind::kEthernet ? len > location.mtu + Location::kEthernetHeader
                                                  : len + location.header_length - location.ip_offset > location.mtu;
}

/// RFC 768: the checksum of what follows the outer IP header at `ip`.
inline void write_udp_checksum(const Location& location, std::byte* ip, std::byte* udp, std::uint16_t length) noexcept {
  auto& header = at<wire::Udp>(udp);
  const std::uint32_t pseudo = location.ipv6
                                   ? wire::pseudo_header_sum(at<wire::Ipv6>(ip).source, at<wire::Ipv6>(ip).destination,
                                                             wire::kProtocolUdp, length)
                                   : wire::pseudo_header_sum(at<wire::Ipv4>(ip).source, at<wire::Ipv4>(ip).destination,
                                                             wire::kProtocolUdp, length);
  header.checksum = wire::checksum(Bytes(udp, length), pseudo);
  if (header.checksum.value() == 0) header.checksum = Be16(0xffff);
}

/// RFC 4303 2.4 to 2.7: what follows the bare frame; the ICV is still to come. Padding is 1, 2, 3.
inline void write_tail(Packet& packet, const Location& location) noexcept {
  const std::uint32_t tail = tail_length(location, packet.len);
  std::byte* const end = packet.data + packet.len;
  const auto padding = static_cast<std::uint8_t>(tail - sizeof(wire::EspTrailer) - wire::kEspIcv);
  const std::uint32_t default_padding = 0x00030201;
  std::memcpy(end, &default_padding, sizeof default_padding);
  at<wire::EspTrailer>(end, padding) = {padding, wire::kProtocolL2tp};
  packet.len += tail;
}

/// Fills in what differs from packet to packet. `ip_length`: [bytes] of the whole IP packet.
inline void complete(wire::Ipv6& header, std::uint32_t ip_length, std::uint32_t flow_hash,
                     std::uint8_t traffic_class) noexcept {
  // RFC 6437 3: the flow label carries the inner flow's entropy.
  header.version_class_label = Be32(6u << 28 | std::uint32_t{traffic_class} << 20 | (flow_hash & 0xfffff));
  header.payload_length = Be16(static_cast<std::uint16_t>(ip_length - sizeof header));
}

/// Puts the headers of `location` in front of a bare frame: the VLAN tag of an Ethernet location into it.
/// The caller has checked `too_big`, and written the tail of a sealed location.
inline void encapsulate(Packet& packet, const Location& location, std::uint32_t flow_hash,
                        std::uint8_t traffic_class) noexcept {
  if (location.kind == LocationKind::kEthernet) {
    if (location.header_length == 0) return;
    constexpr std::size_t kMacs = 12;
    std::memmove(packet.data - sizeof(wire::VlanTag), packet.data, kMacs);
    packet.data -= sizeof(wire::VlanTag);
    packet.len += sizeof(wire::VlanTag);
    std::memcpy(packet.data + kMacs, location.header.data() + Location::kMaxHeader - sizeof(wire::VlanTag),
                sizeof(wire::VlanTag));
    return;
  }
  const std::uint32_t inner_length = packet.len;
  std::memcpy(packet.data - Location::kMaxHeader, location.header.data(), Location::kMaxHeader);
  packet.data -= location.header_length;
  packet.len += location.header_length;
  std::byte* const ip = packet.data + location.ip_offset;
  const std::uint32_t ip_length = packet.len - location.ip_offset;
  if (location.counter) {
    const std::uint32_t number = location.sent->fetch_add(1, std::memory_order_relaxed) + 1;
    at<Be32>(packet.data, location.header_length - sizeof(Be32)) = Be32(number);
  }
  std::byte* payload = nullptr;
  if (location.ipv6) {
    complete(at<wire::Ipv6>(ip), ip_length, flow_hash, traffic_class);
    payload = ip + sizeof(wire::Ipv6);
  } else {
    auto& header = at<wire::Ipv4>(ip);
    const auto length = static_cast<std::uint16_t>(ip_length);
    header.tos = traffic_class;
    header.total_length = Be16(length);
    header.checksum = wire::update_checksum(header.checksum, 0, length);
    header.checksum =
        wire::update_checksum(header.checksum, 0x4500, static_cast<std::uint16_t>(0x4500 | traffic_class));
    payload = ip + sizeof(wire::Ipv4);
  }
  if (!location.udp) return;
  auto& udp = at<wire::Udp>(payload);
  const auto length = static_cast<std::uint16_t>(packet.data + location.header_length + inner_length - payload);
  // RFC 6335 6: the dynamic ports.
  if (location.entropy_port) udp.source_port = Be16(static_cast<std::uint16_t>(0xc000 | (flow_hash & 0x3fff)));
  udp.length = Be16(length);
  write_udp_checksum(location, ip, payload, length);
}

}  // namespace lisper
