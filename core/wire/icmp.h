#pragma once

#include "core/base/big_endian.h"

namespace lisper::wire {

// RFC 792 and RFC 4443 2.1 share the first word; the second depends on the type.
// |     Type      |     Code      |          Checksum             |
// |              unused, MTU, or identifier + sequence            |
struct Icmp {
  std::uint8_t type;
  std::uint8_t code;
  Be16 checksum;
  Be32 rest;
};
static_assert(sizeof(Icmp) == 8 && alignof(Icmp) == 1);

inline constexpr std::uint8_t kIcmpEchoReply = 0;
inline constexpr std::uint8_t kIcmpUnreachable = 3;
inline constexpr std::uint8_t kIcmpFragmentationNeeded =
    4;  ///< code of kIcmpUnreachable; MTU in the low 16 bits, RFC 1191 4
inline constexpr std::uint8_t kIcmpEchoRequest = 8;
inline constexpr std::uint8_t kIcmpTimeExceeded = 11;

inline constexpr std::uint8_t kIcmpv6Unreachable = 1;
inline constexpr std::uint8_t kIcmpv6PacketTooBig = 2;  ///< RFC 4443 3.2
inline constexpr std::uint8_t kIcmpv6TimeExceeded = 3;
inline constexpr std::uint8_t kIcmpv6EchoRequest = 128;
inline constexpr std::uint8_t kIcmpv6EchoReply = 129;

/// Types below this are errors, which must not be answered with errors (RFC 4443 2.4 e).
inline constexpr std::uint8_t kIcmpv6FirstInformational = 128;

}  // namespace lisper::wire
