#pragma once

#include "core/base/address.h"
#include "core/base/big_endian.h"

namespace lisper::wire {

// RFC 826, for Ethernet and IPv4.
struct Arp {
  Be16 hardware_type;  ///< 1, Ethernet
  Be16 protocol_type;  ///< 0x0800
  std::uint8_t hardware_length;
  std::uint8_t protocol_length;
  Be16 operation;
  MacAddress sender_mac;
  Ipv4Address sender_ip;
  MacAddress target_mac;
  Ipv4Address target_ip;
};
static_assert(sizeof(Arp) == 28 && alignof(Arp) == 1);

inline constexpr std::uint16_t kArpEthernet = 1;  ///< hardware_type
inline constexpr std::uint16_t kArpRequest = 1;
inline constexpr std::uint16_t kArpReply = 2;

}  // namespace lisper::wire
