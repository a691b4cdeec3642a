#pragma once

#include "core/base/address.h"
#include "core/base/big_endian.h"

namespace lisper::wire {

// RFC 2236 2, RFC 3376 4.1 (whose queries go on) and RFC 1112 (whose second octet is unused):
// |      Type     | Max Resp Time |           Checksum            |
// |                         Group Address                         |
struct Igmp {
  std::uint8_t type;
  std::uint8_t max_response;  ///< [0.1 s] in version 2; of version 3 see `code_value`
  Be16 checksum;              ///< of the IP payload
  Ipv4Address group;          ///< unspecified in a general query
};
static_assert(sizeof(Igmp) == 8 && alignof(Igmp) == 1);

// RFC 2710 3, RFC 3810 5.1:
// |     Type      |     Code      |          Checksum             |
// |     Maximum Response Code     |           Reserved            |
// |                    Multicast Address (128)                    |
struct Mld {
  std::uint8_t type;
  std::uint8_t code;
  Be16 checksum;
  Be16 max_response;  ///< [ms] in version 1
  Be16 reserved;
  Ipv6Address group;  ///< unspecified in a general query
};
static_assert(sizeof(Mld) == 24 && alignof(Mld) == 1);

// How queries of IGMPv3 and MLDv2 go on, RFC 3376 4.1, RFC 3810 5.1:
// | Resv  |S| QRV |     QQIC      |     Number of Sources (N)     |
struct QueryTail {
  std::uint8_t flags_robustness;
  std::uint8_t interval_code;
  Be16 sources;
};
static_assert(sizeof(QueryTail) == 4 && alignof(QueryTail) == 1);

// How reports of IGMPv3 and MLDv2 begin, RFC 3376 4.2, RFC 3810 5.2:
// |     Type      |    Reserved   |           Checksum            |
// |           Reserved            |  Number of Group Records (M)  |
struct Report {
  std::uint8_t type;
  std::uint8_t reserved;
  Be16 checksum;
  Be16 flags;
  Be16 records;
};
static_assert(sizeof(Report) == 8 && alignof(Report) == 1);

// Their records, RFC 3376 4.2.4, RFC 3810 5.2.4; the group and the sources follow.
// |  Record Type  |  Aux Data Len |     Number of Sources (N)     |
struct GroupRecord {
  std::uint8_t type;
  std::uint8_t auxiliary;  ///< [32-bit words] behind the sources
  Be16 sources;
};
static_assert(sizeof(GroupRecord) == 4 && alignof(GroupRecord) == 1);

inline constexpr std::uint8_t kIgmpQuery = 0x11;
inline constexpr std::uint8_t kIgmpV1Report = 0x12;
inline constexpr std::uint8_t kIgmpV2Report = 0x16;
inline constexpr std::uint8_t kIgmpLeave = 0x17;
inline constexpr std::uint8_t kIgmpV3Report = 0x22;

inline constexpr std::uint8_t kMldQuery = 130;
inline constexpr std::uint8_t kMldV1Report = 131;
inline constexpr std::uint8_t kMldDone = 132;
inline constexpr std::uint8_t kMldV2Report = 143;

// RFC 3376 4.2.12, RFC 3810 5.2.12.
inline constexpr std::uint8_t kModeIsInclude = 1;
inline constexpr std::uint8_t kModeIsExclude = 2;
inline constexpr std::uint8_t kChangeToInclude = 3;
inline constexpr std::uint8_t kChangeToExclude = 4;
inline constexpr std::uint8_t kAllowNewSources = 5;
inline constexpr std::uint8_t kBlockOldSources = 6;

inline constexpr std::uint8_t kProtocolIgmp = 2;
inline constexpr std::uint8_t kProtocolPim = 103;
inline constexpr std::uint8_t kPimHello = 0x20;  ///< version 2, type 0: RFC 7761 4.9

/// The MAC of a group: RFC 1112 6.4, which leaves 32 groups to one MAC, and RFC 2464 7.
[[nodiscard]] constexpr MacAddress group_mac(const IpAddress& group) noexcept {
  const auto& ip = group.v6().octets;
  if (group.is_v4()) return {{0x01, 0x00, 0x5e, static_cast<std::uint8_t>(ip[13] & 0x7f), ip[14], ip[15]}};
  return {{0x33, 0x33, ip[12], ip[13], ip[14], ip[15]}};
}

/// Groups of one link, which everybody gets: 224.0.0.0/24 (RFC 4541 2.1.2) and ff02::/16, where hosts that know no MLD
/// are looked for by neighbour discovery; and what never leaves a node (ff00::/15, RFC 4541 3).
[[nodiscard]] constexpr bool is_link_scope(const Ipv4Address& group) noexcept {
  return group.octets[0] == 224 && group.octets[1] == 0 && group.octets[2] == 0;
}
[[nodiscard]] constexpr bool is_link_scope(const Ipv6Address& group) noexcept {
  return group.octets[0] == 0xff && group.octets[1] <= 2;
}
[[nodiscard]] constexpr bool is_link_scope(const IpAddress& group) noexcept {
  return group.is_v4() ? is_link_scope(group.v4()) : is_link_scope(group.v6());
}

}  // namespace lisper::wire
