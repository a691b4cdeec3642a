#pragma once

#include <cstring>

#include "core/forward/encapsulate.h"
#include "core/forward/packet.h"
#include "core/tables/tables.h"
#include "core/wire/esp.h"
#include "core/wire/ethernet.h"
#include "core/wire/ip_protocol.h"
#include "core/wire/ipv6.h"

// What nearly all packets are, L2TPv3 right behind IPv6, without a thing to be decided: the same as `parse` and
// `decapsulate`, or `deliver`, do with them, but short. Whatever is not so simple is left to those, untouched.
namespace lisper {

/// [bytes] of the headers before L2TPv3 of an untagged packet.
inline constexpr std::uint32_t kPlainHeaders = sizeof(wire::Ethernet) + sizeof(wire::Ipv6);

/// The outer header of an untagged packet, if it is IPv6.
[[nodiscard]] inline const wire::Ipv6& plain_ip(const Packet& packet) noexcept {
  return at<wire::Ipv6>(packet.data, sizeof(wire::Ethernet));
}

/// True if an untagged packet could be plain. All that its session's image is compared with is there then.
[[nodiscard]] inline bool may_be_plain(const Packet& packet) noexcept {
  constexpr std::uint32_t kLeast = kPlainHeaders + sizeof(Be32) + sizeof(wire::Ethernet);
  static_assert(kLeast >= sizeof(wire::Ethernet) + SessionImage::kOffset + sizeof(SessionImage::Bytes));
  constexpr std::uint32_t kVersionAndEcn = 0xf0300000;
  return packet.len >= kLeast && at<wire::Ethernet>(packet.data).ether_type == Be16(wire::kEtherTypeIpv6) &&
         (at<Be32>(packet.data, sizeof(wire::Ethernet)).value() & kVersionAndEcn) == 6u << 28;
}

/// True if such a packet belongs to a session that has an image.
[[nodiscard]] inline bool is_of(const Packet& packet, const Session& session) noexcept {
  return session.image.matches(packet.data + sizeof(wire::Ethernet) + SessionImage::kOffset);
}

/// Strips the outer headers of a packet that is as its session wants it. False if its lengths are not.
[[nodiscard]] inline bool strip_plain(Packet& packet, const Session& session) noexcept {
  const std::uint32_t end = kPlainHeaders + plain_ip(packet).payload_length.value();
  const std::uint32_t header = kPlainHeaders + session.header_length;
  if (end > packet.len || end < header + sizeof(wire::Ethernet)) [[unlikely]]
    return false;
  packet.data += header;
  packet.len = end - header;
  packet.verdict.ingress = session.location;
  packet.verdict.network = session.network;
  return true;
}

/// True if all of such a packet is there.
[[nodiscard]] inline bool is_whole(const Packet& packet) noexcept {
  return kPlainHeaders + plain_ip(packet).payload_length.value() <= packet.len;
}

/// Strips the headers of such a packet, decrypted, and cut down to the end of L2TPv3. False, and nothing is changed: it
/// is not as `session`, of ESP, wants it.
[[nodiscard]] inline bool strip_sealed(Packet& packet, const Session& session) noexcept {
  constexpr std::uint32_t kOffset = kPlainHeaders + sizeof(wire::Esp);
  const auto& ip = plain_ip(packet);
  const std::uint32_t frame = kOffset + session.header_length;
  // The frame behind it makes eight bytes readable whatever the cookie's length.
  if (packet.len < frame + sizeof(wire::Ethernet) || at<Be32>(packet.data, kOffset).value() != session.session_id ||
      (load<std::uint64_t>(packet.data + kOffset + sizeof(Be32)) & session.cookie_mask) != session.cookie ||
      ip.source != session.peer || ip.destination != session.own) [[unlikely]]
    return false;
  packet.data += frame;
  packet.len -= frame;
  packet.verdict.ingress = session.location;
  packet.verdict.network = session.network;
  return true;
}

/// `encapsulate` for a frame within the location's `plain_limit`.
inline void encapsulate_plain(Packet& packet, const Location& location, std::uint32_t flow_hash,
                              std::uint8_t traffic_class) noexcept {
  // Two overlapping copies of fixed size cover every length; nothing before the header is touched.
  constexpr std::size_t kPart = 48;
  static_assert(kPart <= kPlainHeaders && 2 * kPart >= Location::kMaxHeader);
  const std::uint32_t length = location.header_length;
  std::byte* const data = packet.data - length;
  const std::uint32_t ip_length = packet.len + length - location.ip_offset;
  packet.data = data;
  packet.len += length;
  std::memcpy(data, location.header.data() + Location::kMaxHeader - length, kPart);
  std::memcpy(data + length - kPart, location.header.data() + Location::kMaxHeader - kPart, kPart);
  complete(at<wire::Ipv6>(data, location.ip_offset), ip_length, flow_hash, traffic_class);
}

}  // namespace lisper
