#pragma once

#include "core/base/address.h"
#include "core/base/big_endian.h"

namespace lisper::wire {

// RFC 8200 3:
// |Version| Traffic Class |           Flow Label                  |
// |         Payload Length        |  Next Header  |   Hop Limit   |
// |                 Source Address (128)                          |
// |                 Destination Address (128)                     |
struct Ipv6 {
  Be32 version_class_label;
  Be16 payload_length;
  std::uint8_t next_header;
  std::uint8_t hop_limit;
  Ipv6Address source;
  Ipv6Address destination;

  [[nodiscard]] constexpr std::uint8_t version() const noexcept {
    return static_cast<std::uint8_t>(version_class_label.value() >> 28);
  }
  [[nodiscard]] constexpr std::uint8_t traffic_class() const noexcept {
    return static_cast<std::uint8_t>(version_class_label.value() >> 20);
  }
  [[nodiscard]] constexpr std::uint32_t flow_label() const noexcept { return version_class_label.value() & 0xfffff; }
};
static_assert(sizeof(Ipv6) == 40 && alignof(Ipv6) == 1);

// RFC 8200 4.5:
// |  Next Header  |   Reserved    |      Fragment Offset    |Res|M|
// |                         Identification                        |
struct Ipv6Fragment {
  std::uint8_t next_header;
  std::uint8_t reserved;
  Be16 offset_more;  ///< offset in 8-octet units in the upper 13 bits, M in bit 0
  Be32 identification;
};
static_assert(sizeof(Ipv6Fragment) == 8 && alignof(Ipv6Fragment) == 1);

inline constexpr std::size_t kIpv6MinimumMtu = 1280;  // RFC 8200 5

}  // namespace lisper::wire
