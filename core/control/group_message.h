#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/address.h"
#include "core/base/big_endian.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace lisper {

/// What a frame of IGMP, MLD or PIM says to a bridge that snoops (RFC 4541).
struct GroupMessage {
  enum class Kind : std::uint8_t {
    kReport,  ///< `records`: who sent it wants groups, or no longer
    kQuery,   ///< asks for reports
    kRouter,  ///< a PIM hello
  };
  struct Record {
    IpAddress group;
    /// False: a leave, or a record after which nobody may be left: others behind the same place are asked for.
    bool wanted = true;

    friend bool operator==(const Record&, const Record&) = default;
  };

  Kind kind = Kind::kReport;
  bool ipv6 = false;
  /// kQuery: from a multicast router; false: from a bridge that asks in place of one (RFC 4541 2.1.1).
  bool from_router = false;
  std::vector<Record> records;   ///< kReport; those of link scope are left out
  TimeNs membership_interval{};  ///< kQuery: how long a report lasts by what the querier says, RFC 3376 8.4
  friend bool operator==(const GroupMessage&, const GroupMessage&) = default;
};

/// Reads a bare Ethernet frame, behind at most two VLAN tags. Errors: what is none of the above, or is malformed by
/// RFC 3376, RFC 3810 and their predecessors: lengths, checksums, source addresses, hop limits.
[[nodiscard]] Result<GroupMessage> read_group_message(Bytes frame);

/// A query of IGMPv3 or MLDv2, that older hosts understand as well, from nobody who takes part in elections: 0.0.0.0,
/// or the last link-local address. Without `group` a general one; its family is `ipv6`.
[[nodiscard]] std::vector<std::byte> write_query(const MacAddress& source, bool ipv6,
                                                 const std::optional<IpAddress>& group, TimeNs max_response);

// RFC 3376 8, RFC 3810 9.
inline constexpr TimeNs kQueryInterval = seconds(125);
inline constexpr TimeNs kMembershipInterval = seconds(260);
inline constexpr TimeNs kOtherQuerierInterval = seconds(255);
inline constexpr TimeNs kLastMemberInterval = seconds(1);

}  // namespace lisper
