#include "core/forward/process.h"

#include <algorithm>
#include <array>

#include "core/forward/admit.h"
#include "core/forward/answer.h"
#include "core/forward/decapsulate.h"
#include "core/forward/deliver.h"
#include "core/forward/inspect.h"
#include "core/forward/open.h"
#include "core/forward/replicate.h"
#include "core/forward/seal.h"
#include "core/tables/mac_prefix.h"
#include "core/wire/ethernet.h"

namespace lisper {
namespace {

constexpr std::size_t kSlice = 32;  ///< packets that go through the stages together

/// What the stages hand on for each packet of a slice.
struct Work {
  Parsed parsed;
  bool alive = false;
  FibKey source;
  FibKey destination;
};
using Slice = std::span<Packet>;
using Works = std::array<Work, kSlice>;

/// True if there is something to decrypt.
bool parse_all(Slice packets, Works& works, const Tables& tables, Shard& shard, TimeNs now) noexcept {
  bool any_esp = false;
  for (Packet& packet : packets) __builtin_prefetch(packet.data);
  for (std::size_t i = 0; i < packets.size(); ++i) {
    Packet& packet = packets[i];
    TrafficCounters& counters = shard.port(packet.port);
    ++counters.rx_packets;
    counters.rx_bytes += packet.len;
    packet.verdict = {};
    works[i].parsed.kind = Parsed::Kind::kDone;
    works[i].parsed.carrier = Carrier::kIp;
    parse(packet, tables, shard, now, works[i].parsed);
    any_esp |= works[i].parsed.kind == Parsed::Kind::kEsp;
  }
  return any_esp;
}

[[gnu::noinline]] void open_all(Slice packets, Works& works, const Tables& tables, Shard& shard) noexcept {
  std::array<EspPacket, kSlice> esp;
  std::size_t count = 0;
  for (std::size_t i = 0; i < packets.size(); ++i)
    if (works[i].parsed.kind == Parsed::Kind::kEsp) esp[count++] = {&packets[i], &works[i].parsed};
  open({esp.data(), count}, tables, shard);
}

/// Leaves bare frames, with their keys, and the table on its way into the cache.
void decapsulate_all(Slice packets, Works& works, const Tables& tables, Shard& shard) noexcept {
  for (std::size_t i = 0; i < packets.size(); ++i) {
    Packet& packet = packets[i];
    Work& work = works[i];
    work.alive = work.parsed.kind == Parsed::Kind::kFrame ||
                 (work.parsed.kind == Parsed::Kind::kTunnel && decapsulate(packet, tables, shard, work.parsed));
    if (!work.alive) continue;
    const auto& ethernet = at<wire::Ethernet>(packet.data);
    if (ethernet.source.is_group() || ethernet.source.is_zero()) [[unlikely]] {
      drop(packet, shard, Reason::kGroupSource);
      work.alive = false;
      continue;
    }
    TrafficCounters& counters = shard.network(packet.verdict.network);
    ++counters.rx_packets;
    counters.rx_bytes += packet.len;
    work.source = FibKey(packet.verdict.network, ethernet.source);
    work.destination = FibKey(packet.verdict.network, ethernet.destination);
    tables.fib().prefetch(work.source);
    tables.fib().prefetch(work.destination);
  }
}

void tell(const Packet& packet, const Work& work, Shard& shard, Event::Kind kind, Reason reason) noexcept {
  const bool told = shard.events.push(
      {kind, packet.verdict.network, packet.verdict.ingress, work.source.mac(), work.destination.mac()});
  shard.count(packet.port, packet.verdict.network, told ? reason : Reason::kPuntDropped);
}

/// The FIB does not have the host here. False: it must not be here, and the verdict is written.
[[gnu::noinline]] bool learn_new(Packet& packet, const Work& work, const Tables& tables, Shard& shard) noexcept {
  if (const Reason reason = refusal(tables, work.source, packet.verdict.ingress); reason != Reason::kNone) {
    drop(packet, shard, reason);
    return false;
  }
  tell(packet, work, shard, Event::Kind::kLearn, Reason::kPuntNewHost);
  return true;
}

/// Source learning, of local hosts only: where the others are, the controller says. False: see learn_new.
bool learn(Packet& packet, const Work& work, const Tables& tables, Shard& shard, Stamp stamp) noexcept {
  Fib::Entry* entry = tables.fib().find(work.source);
  const FibValue here{FibKind::kLocal, packet.verdict.ingress.value};
  if (entry == nullptr || entry->load() != here) [[unlikely]]
    return learn_new(packet, work, tables, shard);
  std::uint64_t word = entry->value.load(std::memory_order_relaxed);
  if (static_cast<Stamp>(word) == stamp) return true;
  // Lost to another worker, or to a new value: either is as good.
  entry->value.compare_exchange_strong(word, Fib::Entry::pack(here, stamp), std::memory_order_relaxed);
  tell(packet, work, shard, Event::Kind::kSeen, Reason::kPuntRefresh);
  return true;
}

/// Where the frame goes: kNone means to the flood list.
FibValue look_up(Packet& packet, const Work& work, const Tables& tables, Shard& shard, Stamp stamp,
                 bool from_lisper) noexcept {
  const MacAddress mac = work.destination.mac();
  if (const Fib::Entry* entry = tables.fib().find(work.destination)) {
    const FibValue value = entry->load();
    packet.verdict.eid_length = 48;
    // A host behind a dead port may have moved: look for it everywhere.
    if (value.kind != FibKind::kLocal || tables.location(LocationId(value.target)).up) return value;
  }
  if (const MacPrefix* prefix = find_prefix(tables.network(packet.verdict.network).prefixes, mac)) {
    packet.verdict.eid_length = prefix->length;
    return prefix->value;
  }
  // The broadcast entry is the flood list, which takes other frames too, that have no entry.
  packet.verdict.eid_length = mac.is_broadcast() ? 48 : Verdict::kNoEid;
  if (!mac.is_group() && !from_lisper && !shard.reported_recently(work.destination, stamp))
    tell(packet, work, shard, Event::Kind::kUnknownDestination, Reason::kPuntUnknownDestination);
  return {};
}

/// A frame to a list of which only one member may have it needs no copy.
void replicate(Packet& packet, const Tables& tables, Shard& shard, ReplicationListId list, TimeNs now) noexcept {
  packet.verdict.action = Action::kReplicate;
  packet.verdict.list = list;
  const auto members = tables.replication(list);
  LocationId only = kNoLocation;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!copy_wanted(packet.verdict, tables, i)) continue;
    if (only != kNoLocation) return;
    only = members[i];
  }
  if (only == kNoLocation) return drop(packet, shard, Reason::kNoReceiver);
  deliver(packet, tables, shard, only, now);
}

void forward(Packet& packet, FibValue value, const Tables& tables, Shard& shard, TimeNs now) noexcept {
  const InnerFlow flow = inspect(packet.data, packet.len);
  packet.verdict.flow_hash = flow.hash;
  packet.verdict.traffic_class = flow.traffic_class;
  LocationId to(value.target);
  switch (value.kind) {
    case FibKind::kNone:
      if (tables.is_own_mac(at<wire::Ethernet>(packet.data).destination)) [[unlikely]]
        return drop(packet, shard, Reason::kOwnDestination);
      return replicate(packet, tables, shard, Tables::flood_list(packet.verdict.network), now);
    case FibKind::kReplicate:
      return replicate(packet, tables, shard, ReplicationListId(value.target), now);
    case FibKind::kNoLocator:
      return drop(packet, shard, Reason::kNoLocator);
    case FibKind::kSet:
      to = tables.locator_set(LocatorSetId(value.target)).pick(flow.hash);
      if (to == kNoLocation) return drop(packet, shard, Reason::kNoLocator);
      break;
    case FibKind::kLocal:
    case FibKind::kMapped:
      break;
  }
  Reason reason = Reason::kNone;
  if (!may_send(tables, packet.verdict.ingress, to, reason)) return drop(packet, shard, reason);
  deliver(packet, tables, shard, to, now);
}

void process_slice(Slice packets, const Tables& tables, Shard& shard, TimeNs now) noexcept {
  Works works;  // written by each stage before the next reads it
  if (parse_all(packets, works, tables, shard, now)) [[unlikely]]
    open_all(packets, works, tables, shard);
  decapsulate_all(packets, works, tables, shard);
  const Stamp stamp = stamp_of(now);
  const bool suppresses_arp = tables.suppresses_arp();
  bool any_to_seal = false;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    Packet& packet = packets[i];
    if (!works[i].alive) continue;
    const bool from_lisper = tables.location(packet.verdict.ingress).kind == LocationKind::kLisper;
    if (from_lisper)
      shard.usage.count_received(packet.len, now);
    else if (!learn(packet, works[i], tables, shard, stamp)) [[unlikely]]
      continue;
    if (suppresses_arp && answer(packet, tables, shard, now)) continue;
    const FibValue value = look_up(packet, works[i], tables, shard, stamp, from_lisper);
    forward(packet, value, tables, shard, now);
    any_to_seal |= packet.verdict.seal != kNoLocation;
  }
  if (any_to_seal) seal(packets, tables, shard);
}

}  // namespace

void process(std::span<Packet> batch, const Tables& tables, Shard& shard, TimeNs now) noexcept {
  while (!batch.empty()) {
    const auto slice = batch.first(std::min(kSlice, batch.size()));
    process_slice(slice, tables, shard, now);
    batch = batch.subspan(slice.size());
  }
}

}  // namespace lisper
