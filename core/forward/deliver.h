#pragma once

#include "core/forward/packet.h"
#include "core/forward/shard.h"
#include "core/tables/tables.h"

namespace lisper {

/// Counts and writes a drop.
inline void drop(Packet& packet, Shard& shard, Reason reason) noexcept {
  packet.verdict.action = Action::kDrop;
  packet.verdict.reason = reason;
  shard.count(packet.port, packet.verdict.network, reason);
}

/// True if a frame that came in at `ingress` may be sent to `location`: not back, and not from a LISPER to
/// a LISPER. Otherwise `reason` says why not.
[[nodiscard]] inline bool may_send(const Tables& tables, LocationId ingress, LocationId to, Reason& reason) noexcept {
  if (tables.location(to).kind == LocationKind::kLisper && tables.location(ingress).kind == LocationKind::kLisper) {
    reason = Reason::kSplitHorizon;
    return false;
  }
  if (to == ingress) {
    reason = Reason::kSameLocation;
    return false;
  }
  return true;
}

/// Encapsulates a bare frame towards `to`, or drops it, or turns it into an ICMP error back to where it
/// came from. `verdict.ingress`, `flow_hash` and `traffic_class` are set.
void deliver(Packet& packet, const Tables& tables, Shard& shard, LocationId to, TimeNs now) noexcept;

}  // namespace lisper
