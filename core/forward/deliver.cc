#include "core/forward/deliver.h"

#include "core/forward/encapsulate.h"
#include "core/forward/too_big.h"
#include "core/wire/ethernet.h"

namespace lisper {
namespace {

/// True also where none is needed.
bool has_key(const Location& location, const Shard& shard) noexcept {
  return !location.sealed || (location.sa != nullptr && shard.crypto != nullptr);
}

void send(Packet& packet, const Location& location, LocationId to, Shard& shard) noexcept {
  encapsulate(packet, location, packet.verdict.flow_hash, packet.verdict.traffic_class);
  if (location.sealed) packet.verdict.seal = to;
  if (!location.resolved) {
    packet.verdict.action = Action::kHold;
    packet.verdict.exit = location.exit;
    return;
  }
  packet.verdict.action = Action::kForward;
  packet.verdict.port = location.port;
  for (TrafficCounters* counters : {&shard.port(location.port), &shard.network(packet.verdict.network)}) {
    ++counters->tx_packets;
    counters->tx_bytes += packet.len;
  }
}

/// The frame is lost; its sender may be told why.
[[gnu::noinline]] void answer_too_big(Packet& packet, const Tables& tables, Shard& shard, const Location& location,
                                      TimeNs now) noexcept {
  drop(packet, shard, Reason::kMtuExceeded);
  const std::uint32_t mtu = network_mtu(location, find_network_layer(packet.data, packet.len).offset);
  if (mtu == 0 || !shard.errors.allow(now) || !make_too_big(packet, mtu)) return;
  const Location& back = tables.location(packet.verdict.ingress);
  if (!back.up || too_big(back, packet.len) || !has_key(back, shard)) return;
  packet.verdict.reason = Reason::kNone;
  const InnerFlow flow = inspect(packet.data, packet.len);
  packet.verdict.flow_hash = flow.hash;
  packet.verdict.traffic_class = flow.traffic_class;
  send(packet, back, packet.verdict.ingress, shard);
}

}  // namespace

void deliver(Packet& packet, const Tables& tables, Shard& shard, LocationId to, TimeNs now) noexcept {
  const Location& location = tables.location(to);
  if (!location.up) [[unlikely]]
    return drop(packet, shard, tables.port(location.port).up ? Reason::kNextHopUnresolved : Reason::kPortDown);
  // RFC 4301 5.1: what cannot be protected as it has to be is discarded.
  if (!has_key(location, shard)) [[unlikely]]
    return drop(packet, shard, Reason::kNoKey);
  if (too_big(location, packet.len)) [[unlikely]]
    return answer_too_big(packet, tables, shard, location, now);
  if (location.kind == LocationKind::kLisper && packet.verdict.eid_length != Verdict::kNoEid)
    shard.usage.count_sent(packet.verdict.network, at<wire::Ethernet>(packet.data).destination,
                           packet.verdict.eid_length, to, packet.len, now);
  send(packet, location, to, shard);
}

}  // namespace lisper
