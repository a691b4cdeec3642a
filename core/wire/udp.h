#pragma once

#include "core/base/big_endian.h"

namespace lisper::wire {

// RFC 768:
// |          Source Port          |        Destination Port       |
// |            Length             |           Checksum            |
struct Udp {
  Be16 source_port;
  Be16 destination_port;
  Be16 length;
  Be16 checksum;
};
static_assert(sizeof(Udp) == 8 && alignof(Udp) == 1);

inline constexpr std::uint16_t kPortL2tp = 1701;

}  // namespace lisper::wire
