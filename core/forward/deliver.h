#pragma once

#include "core/forward/packet.h"
#include "core/forward/plain.h"
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

/// What `deliver` does where there is something to decide.
void deliver_special(Packet& packet, const Tables& tables, Shard& shard, LocationId to, TimeNs now) noexcept;
/// What it does with a frame within the location's `sealed_limit`.
void deliver_plain_sealed(Packet& packet, const Tables& tables, Shard& shard, LocationId to, TimeNs now) noexcept;

/// Counts a bare frame for the controller's statistics.
inline void count_usage(const Packet& packet, const Location& location, LocationId to, Shard& shard,
                        TimeNs now) noexcept {
  if (location.kind == LocationKind::kLisper && packet.verdict.eid_length != Verdict::kNoEid)
    shard.usage.count_sent(packet.verdict.network, at<wire::Ethernet>(packet.data).destination,
                           packet.verdict.eid_length, to, packet.len, now, packet.verdict.source_entry);
}

/// Encapsulates a bare frame towards `to`, or drops it, or turns it into an ICMP error back to where it
/// came from. `verdict.ingress`, `flow_hash` and `traffic_class` are set. What is to be sent is not counted, see
/// `count_sent`.
inline void deliver(Packet& packet, const Tables& tables, Shard& shard, LocationId to, TimeNs now) noexcept {
  const Location& location = tables.location(to);
  if (packet.len <= location.plain_limit) {
    count_usage(packet, location, to, shard, now);
    encapsulate_plain(packet, location, packet.verdict.flow_hash, packet.verdict.traffic_class);
  } else if (packet.len > location.bare_limit) {
    if (packet.len <= location.sealed_limit) return deliver_plain_sealed(packet, tables, shard, to, now);
    return deliver_special(packet, tables, shard, to, now);
  }
  packet.verdict.action = Action::kForward;
  packet.verdict.port = location.port;
}

/// Counts those of `packets` that are to be sent.
inline void count_sent(std::span<const Packet> packets, Shard& shard) noexcept {
  for (std::size_t i = 0; i < packets.size();) {
    const Verdict& first = packets[i].verdict;
    Run run;
    for (; i < packets.size(); ++i) {
      const Verdict& verdict = packets[i].verdict;
      if (verdict.action != Action::kForward || verdict.port != first.port || verdict.network != first.network) break;
      run.add(packets[i].len);
    }
    if (run.packets == 0) {
      ++i;
      continue;
    }
    shard.port(first.port).count_sent(run);
    shard.network(first.network).count_sent(run);
  }
}

}  // namespace lisper
