#pragma once

#include "core/base/address.h"
#include "core/base/big_endian.h"

namespace lisper::wire {

// RFC 4861 4.3 and 4.4: Neighbour Solicitation and Advertisement without options.
// |     Type      |     Code      |          Checksum             |
// |R|S|O|                     Reserved                            |   (flags in advertisements only)
// |                       Target Address (128)                    |
struct NeighbourMessage {
  std::uint8_t type;
  std::uint8_t code;
  Be16 checksum;
  Be32 flags;
  Ipv6Address target;
};
static_assert(sizeof(NeighbourMessage) == 24 && alignof(NeighbourMessage) == 1);

// RFC 4861 4.6.1: source (1) or target (2) link-layer address.
struct LinkLayerOption {
  std::uint8_t type;
  std::uint8_t length;  ///< in units of 8 octets: 1
  MacAddress mac;
};
static_assert(sizeof(LinkLayerOption) == 8 && alignof(LinkLayerOption) == 1);

inline constexpr std::uint8_t kRouterAdvertisement = 134;
inline constexpr std::size_t kRouterAdvertisementSize = 16;  ///< [bytes] without options, RFC 4861 4.2
inline constexpr std::uint8_t kNeighbourSolicitation = 135;
inline constexpr std::uint8_t kNeighbourAdvertisement = 136;
inline constexpr std::uint8_t kSourceLinkLayerOption = 1;
inline constexpr std::uint8_t kTargetLinkLayerOption = 2;
inline constexpr std::uint32_t kNaRouter = 0x8000'0000;
inline constexpr std::uint32_t kNaSolicited = 0x4000'0000;
inline constexpr std::uint32_t kNaOverride = 0x2000'0000;
inline constexpr std::uint8_t kNdpHopLimit = 255;  ///< RFC 4861 7.1: anything else is from off-link

/// ff02::1:ffXX:XXXX, RFC 4291 2.7.1.
[[nodiscard]] constexpr Ipv6Address solicited_node(const Ipv6Address& ip) noexcept {
  return {{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, ip.octets[13], ip.octets[14], ip.octets[15]}};
}
/// 33:33 and the last four octets, RFC 2464 7.
[[nodiscard]] constexpr MacAddress multicast_mac(const Ipv6Address& group) noexcept {
  return {{0x33, 0x33, group.octets[12], group.octets[13], group.octets[14], group.octets[15]}};
}

}  // namespace lisper::wire
