#pragma once

#include "core/base/big_endian.h"

namespace lisper::wire {

// L2TPv3 data message over IP, RFC 3931 4.1.1 (keyed IPv6 tunnel: RFC 8159 3):
// |                           Session ID                          |
// |               Cookie (0, 32 or 64 bits)...                    |
// |  [counter (32), as a virtual machine's tunnel backend has it] |
// |  Ethernet frame without FCS ...                               |
//
// Over UDP (RFC 3931 4.1.2) the session ID is preceded by
// |T|x|x|x|x|x|x|x|x|x|x|x|  Ver  |          Reserved             |
// with T = 0 for data and Ver = 3.
struct L2tpUdpPrefix {
  Be16 flags_version;
  Be16 reserved;
};
static_assert(sizeof(L2tpUdpPrefix) == 4 && alignof(L2tpUdpPrefix) == 1);

inline constexpr std::uint16_t kL2tpUdpData = 0x0003;
inline constexpr std::uint16_t kL2tpControlBit = 0x8000;
inline constexpr std::uint16_t kL2tpVersionMask = 0x000f;

}  // namespace lisper::wire
