#pragma once

#include "core/base/address.h"
#include "core/base/big_endian.h"

namespace lisper::wire {

// RFC 791 3.1:
// |Version|  IHL  |DSCP (6) |ECN|          Total Length         |
// |         Identification        |Flags|      Fragment Offset  |
// |  Time to Live |    Protocol   |         Header Checksum       |
// |                       Source Address                          |
// |                    Destination Address                        |
struct Ipv4 {
  std::uint8_t version_ihl;
  std::uint8_t tos;
  Be16 total_length;
  Be16 identification;
  Be16 flags_fragment;
  std::uint8_t ttl;
  std::uint8_t protocol;
  Be16 checksum;
  Ipv4Address source;
  Ipv4Address destination;

  [[nodiscard]] constexpr std::uint8_t version() const noexcept { return version_ihl >> 4; }
  [[nodiscard]] constexpr std::size_t header_length() const noexcept { return (version_ihl & 15u) * 4u; }
  [[nodiscard]] constexpr bool is_fragment() const noexcept { return (flags_fragment.value() & 0x3fff) != 0; }
};
static_assert(sizeof(Ipv4) == 20 && alignof(Ipv4) == 1);

inline constexpr std::uint16_t kIpv4DontFragment = 0x4000;
inline constexpr std::uint16_t kIpv4MoreFragments = 0x2000;
inline constexpr std::uint16_t kIpv4OffsetMask = 0x1fff;

}  // namespace lisper::wire
