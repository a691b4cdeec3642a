#include "core/forward/process.h"

#include <algorithm>
#include <optional>

#include "core/forward/admit.h"
#include "core/forward/answer.h"
#include "core/forward/deliver.h"
#include "core/forward/group.h"
#include "core/forward/inspect.h"
#include "core/forward/receive.h"
#include "core/forward/replicate.h"
#include "core/forward/seal.h"
#include "core/tables/mac_prefix.h"
#include "core/wire/ethernet.h"

namespace lisper {
namespace {

/// Counts frames of networks; those of one network that follow each other, at once.
class FrameCount {
 public:
  explicit FrameCount(Shard& shard) noexcept : shard_(shard) {}
  ~FrameCount() { shard_.network(network_).count_received(run_); }
  void add(NetworkId network, std::uint32_t len) noexcept {
    if (network != network_) [[unlikely]] {
      shard_.network(network_).count_received(run_);
      run_ = {};
      network_ = network;
    }
    run_.add(len);
  }

 private:
  Shard& shard_;
  NetworkId network_ = kNoNetwork;
  Run run_;
};

void tell(const Packet& packet, const Work& work, Shard& shard, Event::Kind kind, Reason reason) noexcept {
  Event event;
  event.kind = kind;
  event.network = packet.verdict.network;
  event.location = packet.verdict.ingress;
  event.source = FibKey(work.source).mac();
  event.destination = FibKey(work.destination).mac();
  const bool told = shard.events.push(event);
  shard.count(packet.port, packet.verdict.network, told ? reason : Reason::kPuntDropped);
}

/// A local host whose entry does not say that it is here, and active. False: it must not be here, and the verdict is
/// written.
[[gnu::noinline]] bool learn(Packet& packet, const Work& work, const Tables& tables, Shard& shard, Fib::Entry* entry,
                             Stamp stamp) noexcept {
  const FibValue here{FibKind::kLocal, packet.verdict.ingress.value};
  std::uint64_t word = entry == nullptr ? 0 : entry->value.load(std::memory_order_relaxed);
  if (Fib::Entry::unpack(word) != here) {
    if (const Reason why = refusal(tables, FibKey(work.source), packet.verdict.ingress); why != Reason::kNone) {
      drop(packet, shard, why);
      return false;
    }
    tell(packet, work, shard, Event::Kind::kLearn, Reason::kPuntNewHost);
    return true;
  }
  // Lost to another worker, or to a new value: either is as good.
  entry->value.compare_exchange_strong(word, Fib::Entry::pack(here, stamp), std::memory_order_relaxed);
  tell(packet, work, shard, Event::Kind::kSeen, Reason::kPuntRefresh);
  return true;
}

/// What a port's limit and a network's policy make of a frame for a MAC that nothing is known of. True: it is flooded.
bool may_flood_unknown(Packet& packet, const Work& work, const Tables& tables, Shard& shard, TimeNs now) noexcept {
  if (!tables.port(packet.port).unknown_unicast.allow(now)) {
    drop(packet, shard, Reason::kUnknownStorm);
    return false;
  }
  // What a LISPER sends here is for one of the local hosts.
  const UnknownUnicast policy = tables.network(packet.verdict.network).policy.unknown_unicast;
  if (work.from_lisper || policy == UnknownUnicast::kFlood) return true;
  if (policy == UnknownUnicast::kDrop) {
    drop(packet, shard, Reason::kUnknownPolicy);
  } else {
    packet.verdict.action = Action::kQueue;
  }
  return false;
}

/// Where a frame goes that the entry of its destination does not suffice for: a group's, or one whose destination has
/// no entry that can be used. kNone means to the flood list. nullopt: its verdict is written.
[[gnu::noinline]] std::optional<FibValue> resolve(Packet& packet, const Work& work, const Tables& tables, Shard& shard,
                                                  TimeNs now) noexcept {
  const FibKey key(work.destination);
  const MacAddress mac = key.mac();
  GroupPath path = GroupPath::kLookUp;
  if (mac.is_group()) {
    path = group_path(packet, tables, shard, now);
    if (path == GroupPath::kDone) return std::nullopt;
    if (path == GroupPath::kFlood) {
      packet.verdict.eid_length = Verdict::kNoEid;
      return FibValue{};
    }
    // What is snooped is no entry that the controller could be told of.
    if (path == GroupPath::kRegistered) packet.verdict.eid_length = Verdict::kNoEid;
    if (const SourceEntry* entry = find_source_entry(packet, tables))
      return FibValue{FibKind::kReplicate, entry->list.value};
    if (const FibValue value = Fib::Entry::unpack(work.entry); value.kind != FibKind::kNone) return value;
  }
  const Network& network = tables.network(packet.verdict.network);
  if (const MacPrefix* prefix = find_prefix(network.prefixes, mac)) {
    packet.verdict.eid_length = prefix->length;
    return prefix->value;
  }
  // The broadcast entry is the flood list, which takes other frames too, that have no entry.
  packet.verdict.eid_length = mac.is_broadcast() ? 48 : Verdict::kNoEid;
  if (path == GroupPath::kRegistered) return FibValue{FibKind::kReplicate, network.unregistered.value};
  if (mac.is_group()) return FibValue{};
  if (!work.from_lisper && !shard.reported_recently(key, stamp_of(now)))
    tell(packet, work, shard, Event::Kind::kUnknownDestination, Reason::kPuntUnknownDestination);
  if (!may_flood_unknown(packet, work, tables, shard, now)) return std::nullopt;
  return FibValue{};
}

/// Source learning, of local hosts only (where the others are, the controller says), and where the frame goes. False:
/// the verdict is written.
bool look_up(Packet& packet, Work& work, const Tables& tables, Shard& shard, FrameCount& frames, TimeNs now) noexcept {
  if (!FibKey(work.source).is_of_a_host()) [[unlikely]] {
    drop(packet, shard, Reason::kGroupSource);
    return false;
  }
  frames.add(packet.verdict.network, packet.len);
  if (work.from_lisper) {
    shard.usage.count_received(packet.len, now);
  } else {
    const Stamp stamp = stamp_of(now);
    const std::uint64_t fresh = Fib::Entry::pack({FibKind::kLocal, packet.verdict.ingress.value}, stamp);
    Fib::Entry* const entry = tables.fib().find(FibKey(work.source), work.source_place);
    if (entry == nullptr || entry->value.load(std::memory_order_relaxed) != fresh) [[unlikely]]
      if (!learn(packet, work, tables, shard, entry, stamp)) return false;
  }
  const Fib::Entry* const entry = tables.fib().find(FibKey(work.destination), work.destination_place);
  work.entry = entry == nullptr ? 0 : entry->value.load(std::memory_order_relaxed);
  return true;
}

void look_up_all(Slice packets, Works& works, const Tables& tables, Shard& shard, TimeNs now) noexcept {
  FrameCount frames(shard);
  Work* work = works.data();
  for (Packet& packet : packets) {
    if (work->state == Work::State::kFrame && !look_up(packet, *work, tables, shard, frames, now)) [[unlikely]]
      work->state = Work::State::kDone;
    ++work;
  }
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

void forward(Packet& packet, const Work& work, const Tables& tables, Shard& shard, TimeNs now) noexcept {
  const InnerFlow flow = inspect(packet.data, packet.len);
  packet.verdict.flow_hash = flow.hash;
  packet.verdict.traffic_class = flow.traffic_class;
  packet.verdict.eid_length = 48;
  FibValue value = Fib::Entry::unpack(work.entry);
  // A host behind a dead port may have moved: look for it everywhere.
  const bool is_gone = value.kind == FibKind::kLocal && !tables.location(LocationId(value.target)).up;
  if (value.kind == FibKind::kNone || is_gone || FibKey(work.destination).is_group()) [[unlikely]] {
    const auto resolved = resolve(packet, work, tables, shard, now);
    if (!resolved) return;
    value = *resolved;
  }
  LocationId to(value.target);
  if (value.kind != FibKind::kLocal && value.kind != FibKind::kMapped) {
    if (value.kind == FibKind::kNone) {
      if (tables.is_own_mac(at<wire::Ethernet>(packet.data).destination)) [[unlikely]]
        return drop(packet, shard, Reason::kOwnDestination);
      return replicate(packet, tables, shard, Tables::flood_list(packet.verdict.network), now);
    }
    if (value.kind == FibKind::kReplicate)
      return replicate(packet, tables, shard, ReplicationListId(value.target), now);
    if (value.kind == FibKind::kSet) to = tables.locator_set(LocatorSetId(value.target)).pick(flow.hash);
    if (value.kind == FibKind::kNoLocator || to == kNoLocation) return drop(packet, shard, Reason::kNoLocator);
  }
  Reason reason = Reason::kNone;
  if (!may_send(tables, packet.verdict.ingress, to, reason)) [[unlikely]] {
    const ReplicationListId flood_list = Tables::flood_list(packet.verdict.network);
    if (reason != Reason::kSplitHorizon || FibKey(work.destination).is_group() || tables.relays(flood_list).empty())
      return drop(packet, shard, reason);
    // The sender's LISPER may have flooded it, not knowing what is known here; then those behind us wait for it.
    packet.verdict.eid_length = Verdict::kNoEid;
    return replicate(packet, tables, shard, flood_list, now);
  }
  deliver(packet, tables, shard, to, now);
}

/// Answers questions of hosts in place of those asked.
[[gnu::noinline]] void answer_all(Slice packets, Works& works, const Tables& tables, Shard& shard,
                                  TimeNs now) noexcept {
  for (std::size_t i = 0; i < packets.size(); ++i)
    if (works[i].state == Work::State::kFrame && answer(packets[i], tables, shard, now))
      works[i].state = Work::State::kDone;
}

/// Out of line for its two callers, each of which would otherwise call `forward` for every frame.
[[gnu::noinline]] void forward_all(Slice packets, const Works& works, const Tables& tables, Shard& shard,
                                   TimeNs now) noexcept {
  const Work* work = works.data();
  for (Packet& packet : packets) {
    if (work->state == Work::State::kFrame) forward(packet, *work, tables, shard, now);
    ++work;
  }
}

void finish(Slice packets, const Tables& tables, Shard& shard) noexcept {
  if (!tables.sas().all().empty()) [[unlikely]]
    seal(packets, tables, shard);
  count_sent(packets, shard);
}

void process_slice(Slice packets, const Tables& tables, Shard& shard, TimeNs now) noexcept {
  Works works;
  receive(packets, works, tables, shard, now);
  look_up_all(packets, works, tables, shard, now);
  if (tables.suppresses_arp()) [[unlikely]]
    answer_all(packets, works, tables, shard, now);
  forward_all(packets, works, tables, shard, now);
  finish(packets, tables, shard);
}

}  // namespace

void inject(Packet& packet, LocationId to, const Tables& tables, Shard& shard, TimeNs now) noexcept {
  const Slice slice(&packet, 1);
  if (to != kNoLocation) {
    packet.verdict.flow_hash = inspect(packet.data, packet.len).hash;
    deliver(packet, tables, shard, to, now);
  } else {
    const auto& ethernet = at<wire::Ethernet>(packet.data);
    const FibKey destination(packet.verdict.network, ethernet.destination);
    const Fib::Entry* const entry = tables.fib().find(destination);
    Works works;
    works[0].state = Work::State::kFrame;
    works[0].source = FibKey(packet.verdict.network, ethernet.source).value;
    works[0].destination = destination.value;
    works[0].from_lisper = tables.location(packet.verdict.ingress).kind == LocationKind::kLisper;
    works[0].entry = entry == nullptr ? 0 : entry->value.load(std::memory_order_relaxed);
    forward_all(slice, works, tables, shard, now);
  }
  finish(slice, tables, shard);
}

void process(std::span<Packet> batch, const Tables& tables, Shard& shard, TimeNs now) noexcept {
  while (!batch.empty()) {
    const auto slice = batch.first(std::min(kSlice, batch.size()));
    process_slice(slice, tables, shard, now);
    batch = batch.subspan(slice.size());
  }
}

}  // namespace lisper
