#include "core/forward/deliver.h"

#include "core/forward/encapsulate.h"
#include "core/forward/too_big.h"
#include "core/wire/ethernet.h"

namespace lisper {
namespace {

void encapsulate_and_send(Packet& packet, const Location& location) noexcept {
  encapsulate(packet, location, packet.verdict.flow_hash, packet.verdict.traffic_class);
  if (!location.resolved) {
    packet.verdict.action = Action::kHold;
    packet.verdict.exit = location.exit;
    return;
  }
  packet.verdict.action = Action::kForward;
  packet.verdict.port = location.port;
}

void send_sealed(Packet& packet, const Location& location, LocationId to) noexcept {
  write_tail(packet, location);
  encapsulate_and_send(packet, location);
  packet.verdict.seal = to;
}

bool has_key(const Location& location, const Shard& shard) noexcept {
  return location.sa != nullptr && shard.crypto != nullptr;
}

/// The frame is lost; its sender may be told why.
[[gnu::noinline]] void answer_too_big(Packet& packet, const Tables& tables, Shard& shard, const Location& location,
                                      TimeNs now) noexcept {
  drop(packet, shard, Reason::kMtuExceeded);
  const std::uint32_t mtu = network_mtu(location, find_network_layer(packet.data, packet.len).offset);
  if (mtu == 0 || !shard.errors.allow(now) || !make_too_big(packet, mtu)) return;
  const Location& back = tables.location(packet.verdict.ingress);
  if (!back.up || (back.sealed && !has_key(back, shard))) return;
  if (too_big(back, packet.len + (back.sealed ? tail_length(back, packet.len) : 0))) return;
  packet.verdict.reason = Reason::kNone;
  const InnerFlow flow = inspect(packet.data, packet.len);
  packet.verdict.flow_hash = flow.hash;
  packet.verdict.traffic_class = flow.traffic_class;
  if (back.sealed) return send_sealed(packet, back, packet.verdict.ingress);
  encapsulate_and_send(packet, back);
}

[[gnu::noinline]] void deliver_sealed(Packet& packet, const Tables& tables, Shard& shard, const Location& location,
                                      LocationId to, TimeNs now) noexcept {
  // RFC 4301 5.1: what cannot be protected as it has to be is discarded.
  if (!has_key(location, shard)) return drop(packet, shard, Reason::kNoKey);
  if (too_big(location, packet.len + tail_length(location, packet.len)))
    return answer_too_big(packet, tables, shard, location, now);
  count_usage(packet, location, to, shard, now);
  send_sealed(packet, location, to);
}

}  // namespace

void deliver_plain_sealed(Packet& packet, const Tables& tables, Shard& shard, LocationId to, TimeNs now) noexcept {
  const Location& location = tables.location(to);
  if (!has_key(location, shard)) [[unlikely]]
    return drop(packet, shard, Reason::kNoKey);
  count_usage(packet, location, to, shard, now);
  write_tail(packet, location);
  encapsulate_plain(packet, location, packet.verdict.flow_hash, packet.verdict.traffic_class);
  packet.verdict.action = Action::kForward;
  packet.verdict.port = location.port;
  packet.verdict.seal = to;
}

void deliver_special(Packet& packet, const Tables& tables, Shard& shard, LocationId to, TimeNs now) noexcept {
  const Location& location = tables.location(to);
  if (!location.up) [[unlikely]]
    return drop(packet, shard, tables.port(location.port).up ? Reason::kNextHopUnresolved : Reason::kPortDown);
  if (location.sealed) [[unlikely]]
    return deliver_sealed(packet, tables, shard, location, to, now);
  if (too_big(location, packet.len)) [[unlikely]]
    return answer_too_big(packet, tables, shard, location, now);
  count_usage(packet, location, to, shard, now);
  encapsulate_and_send(packet, location);
}

}  // namespace lisper
