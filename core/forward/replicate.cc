#include "core/forward/replicate.h"

#include <algorithm>

#include "core/forward/deliver.h"
#include "core/forward/encapsulate.h"
#include "core/wire/ethernet.h"

namespace lisper {

bool copy_wanted(const Verdict& verdict, const Tables& tables, std::size_t index) noexcept {
  const LocationId to = tables.replication(verdict.list)[index];
  Reason reason = Reason::kNone;
  return may_send(tables, verdict.ingress, to, reason) ||
         (reason == Reason::kSplitHorizon && relayed(tables.relays(verdict.list), verdict.ingress, to));
}

std::uint32_t bytes_touched(const Packet& frame, const Tables& tables, std::size_t index) noexcept {
  const Location& location = tables.location(tables.replication(frame.verdict.list)[index]);
  // A checksum over all of it; encryption; an ICMP error that quotes it.
  if (location.udp || location.sealed || too_big(location, frame.len)) return frame.len;
  // A VLAN tag goes between its MACs; what is sent to a LISPER is counted by its destination.
  return location.kind == LocationKind::kTunnel ? 0 : std::min<std::uint32_t>(frame.len, sizeof(wire::Ethernet));
}

void encapsulate_copy(Packet& copy, const Tables& tables, Shard& shard, std::size_t index, TimeNs now) noexcept {
  deliver(copy, tables, shard, tables.replication(copy.verdict.list)[index], now);
  count_sent({&copy, 1}, shard);
}

}  // namespace lisper
