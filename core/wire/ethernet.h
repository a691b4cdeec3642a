#pragma once

#include "core/base/address.h"
#include "core/base/big_endian.h"

namespace lisper::wire {

// IEEE 802.3 3.2:
// +-------------+-------------+-----------+----------
// | destination |   source    | EtherType | payload
// |   6 octets  |  6 octets   | 2 octets  |
// +-------------+-------------+-----------+----------
struct Ethernet {
  MacAddress destination;
  MacAddress source;
  Be16 ether_type;
};
static_assert(sizeof(Ethernet) == 14 && alignof(Ethernet) == 1);

// IEEE 802.1Q 9.6: the tag that follows the source address; `ether_type` is that of the payload.
struct VlanTag {
  Be16 tpid;
  Be16 tci;  ///< priority 3 bits, DEI 1 bit, VLAN ID 12 bits
};
static_assert(sizeof(VlanTag) == 4 && alignof(VlanTag) == 1);

inline constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEtherTypeArp = 0x0806;
inline constexpr std::uint16_t kEtherTypeVlan = 0x8100;
inline constexpr std::uint16_t kEtherTypeServiceVlan = 0x88a8;
inline constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;
inline constexpr std::uint16_t kVlanIdMask = 0x0fff;

}  // namespace lisper::wire
