#include "core/forward/process.h"

#include <algorithm>
#include <array>

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

/// What the stages hand on for each packet of a slice. Written before it is read.
struct Work {
  enum class State : std::uint8_t {
    kDone,    ///< the verdict is written
    kTunnel,  ///< perhaps plain, see plain.h
    kFrame,   ///< a bare frame; ingress and network are in its verdict
    kOther,   ///< anything else
  } state;
  bool from_lisper;
  Fib::Place source_place;
  Fib::Place destination_place;
  std::uint64_t session_hash;
  std::uint64_t source;       ///< FibKey
  std::uint64_t destination;  ///< FibKey
  std::uint64_t entry;        ///< word of the destination's entry, 0 if it has none
};
using Slice = std::span<Packet>;
using Works = std::array<Work, kSlice>;

constexpr Verdict kFresh;

// The stages are short loops over the slice: the processor works on several packets of a short loop at once, while it
// waits for what is not in the nearest cache, and a short loop needs no more registers than there are.

/// A bare frame: gets the table on its way into the cache.
[[gnu::always_inline]] inline void take_keys(const Packet& packet, Work& work, const Tables& tables,
                                             bool from_lisper) noexcept {
  const FibKey source = FibKey::at(packet.verdict.network, packet.data + sizeof(MacAddress));
  const FibKey destination = FibKey::at(packet.verdict.network, packet.data);
  work.state = Work::State::kFrame;
  work.from_lisper = from_lisper;
  work.source = source.value;
  work.source_place = tables.fib().place(source);
  work.destination = destination.value;
  work.destination_place = tables.fib().place(destination);
  Fib::prefetch(work.source_place);
  Fib::prefetch(work.destination_place);
}

void receive_bare(Slice packets, Work* work, const Tables& tables, const InterfaceRole& role) noexcept {
  for (Packet& packet : packets) {
    packet.verdict = kFresh;
    packet.verdict.ingress = role.location;
    packet.verdict.network = role.network;
    work->state = Work::State::kOther;
    if (packet.len >= sizeof(wire::Ethernet)) [[likely]]
      take_keys(packet, *work, tables, false);
    ++work;
  }
}

/// Strips those that belong to the session that the last ones belonged to, without looking it up.
void receive_tunnelled(Slice packets, Work* work, const Tables& tables, const Session* likely) noexcept {
  for (Packet& packet : packets) {
    packet.verdict = kFresh;
    work->state = Work::State::kOther;
    if (may_be_plain(packet)) [[likely]] {
      if (likely != nullptr && is_of(packet, *likely) && strip_plain(packet, *likely)) {
        take_keys(packet, *work, tables, likely->from_lisper);
      } else {
        work->state = Work::State::kTunnel;
        work->session_hash = SessionTable::hash_of(packet.data + sizeof(wire::Ethernet));
        tables.sessions().prefetch(work->session_hash);
      }
    }
    ++work;
  }
}

/// Gets at bare frames, as far as that is simple.
void receive(Slice packets, Works& works, const Tables& tables, Shard& shard) noexcept {
  constexpr std::size_t kCacheLine = 64;
  for (std::size_t begin = 0, end = 0; begin < packets.size(); begin = end) {
    const PortId id = packets[begin].port;
    Run run;
    for (; end < packets.size() && packets[end].port == id; ++end) {
      __builtin_prefetch(packets[end].data);
      __builtin_prefetch(packets[end].data + kCacheLine);
      run.add(packets[end].len);
    }
    shard.port(id).count_received(run);
    const PortTable& port = tables.port(id);
    const Slice some = packets.subspan(begin, end - begin);
    Work* const work = &works[begin];
    if (port.untagged.kind == InterfaceRole::Kind::kExit) {
      receive_tunnelled(some, work, tables, tables.sessions().plain(shard.likely_session));
    } else if (port.untagged.kind == InterfaceRole::Kind::kEthernet && port.by_vlan.empty()) {
      receive_bare(some, work, tables, port.untagged);
    } else {
      for (std::size_t i = 0; i < some.size(); ++i) {
        some[i].verdict = kFresh;
        work[i].state = Work::State::kOther;
      }
    }
  }
}

/// Strips plain packets of other sessions than the last ones'.
void strip_tunnelled(Slice packets, Works& works, const Tables& tables, Shard& shard) noexcept {
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (works[i].state != Work::State::kTunnel) continue;
    works[i].state = Work::State::kOther;
    const Session* session =
        tables.sessions().find_plain(works[i].session_hash, packets[i].data + sizeof(wire::Ethernet));
    if (session == nullptr || !strip_plain(packets[i], *session)) continue;
    shard.likely_session = tables.sessions().index(*session);
    take_keys(packets[i], works[i], tables, session->from_lisper);
  }
}

/// The long way for what is neither bare nor plain.
[[gnu::noinline]] void receive_others(Slice packets, Works& works, const Tables& tables, Shard& shard,
                                      TimeNs now) noexcept {
  std::array<Parsed, kSlice> parsed;
  std::array<EspPacket, kSlice> esp;
  std::size_t esp_count = 0;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (works[i].state != Work::State::kOther) continue;
    parse(packets[i], tables, shard, now, parsed[i]);
    if (parsed[i].kind == Parsed::Kind::kEsp) esp[esp_count++] = {&packets[i], &parsed[i]};
  }
  if (esp_count != 0) open({esp.data(), esp_count}, tables, shard);
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (works[i].state != Work::State::kOther) continue;
    works[i].state = Work::State::kDone;
    if (parsed[i].kind == Parsed::Kind::kDone) continue;
    if (parsed[i].kind == Parsed::Kind::kTunnel && !decapsulate(packets[i], tables, shard, parsed[i])) continue;
    take_keys(packets[i], works[i], tables, tables.location(packets[i].verdict.ingress).kind == LocationKind::kLisper);
  }
}

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
  const bool told = shard.events.push({kind, packet.verdict.network, packet.verdict.ingress, FibKey(work.source).mac(),
                                       FibKey(work.destination).mac()});
  shard.count(packet.port, packet.verdict.network, told ? reason : Reason::kPuntDropped);
}

/// A local host whose entry does not say that it is here, and active.
[[gnu::noinline]] void learn(const Packet& packet, const Work& work, Shard& shard, Fib::Entry* entry,
                             Stamp stamp) noexcept {
  const FibValue here{FibKind::kLocal, packet.verdict.ingress.value};
  std::uint64_t word = entry == nullptr ? 0 : entry->value.load(std::memory_order_relaxed);
  if (Fib::Entry::unpack(word) != here) return tell(packet, work, shard, Event::Kind::kLearn, Reason::kPuntNewHost);
  // Lost to another worker, or to a new value: either is as good.
  entry->value.compare_exchange_strong(word, Fib::Entry::pack(here, stamp), std::memory_order_relaxed);
  tell(packet, work, shard, Event::Kind::kSeen, Reason::kPuntRefresh);
}

/// Where a frame goes whose destination has no entry that can be used: kNone means to the flood list.
[[gnu::noinline]] FibValue miss(Packet& packet, const Work& work, const Tables& tables, Shard& shard,
                                Stamp stamp) noexcept {
  const FibKey key(work.destination);
  const MacAddress mac = key.mac();
  if (const MacPrefix* prefix = find_prefix(tables.network(packet.verdict.network).prefixes, mac)) {
    packet.verdict.eid_length = prefix->length;
    return prefix->value;
  }
  // The broadcast entry is the flood list, which takes other frames too, that have no entry.
  packet.verdict.eid_length = mac.is_broadcast() ? 48 : Verdict::kNoEid;
  if (!mac.is_group() && !work.from_lisper && !shard.reported_recently(key, stamp))
    tell(packet, work, shard, Event::Kind::kUnknownDestination, Reason::kPuntUnknownDestination);
  return {};
}

/// Source learning, of local hosts only (where the others are, the controller says), and where frames go.
void look_up(Slice packets, Works& works, const Tables& tables, Shard& shard, TimeNs now) noexcept {
  const Stamp stamp = stamp_of(now);
  FrameCount frames(shard);
  Work* work = works.data();
  for (Packet& packet : packets) {
    if (work->state == Work::State::kFrame) {
      if (!FibKey(work->source).is_of_a_host()) [[unlikely]] {
        drop(packet, shard, Reason::kGroupSource);
        work->state = Work::State::kDone;
      } else {
        frames.add(packet.verdict.network, packet.len);
        if (work->from_lisper) {
          shard.usage.count_received(packet.len, now);
        } else {
          Fib::Entry* const entry = tables.fib().find(FibKey(work->source), work->source_place);
          const std::uint64_t fresh = Fib::Entry::pack({FibKind::kLocal, packet.verdict.ingress.value}, stamp);
          if (entry == nullptr || entry->value.load(std::memory_order_relaxed) != fresh) [[unlikely]]
            learn(packet, *work, shard, entry, stamp);
        }
        const Fib::Entry* const entry = tables.fib().find(FibKey(work->destination), work->destination_place);
        work->entry = entry == nullptr ? 0 : entry->value.load(std::memory_order_relaxed);
      }
    }
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
  if (value.kind == FibKind::kNone || (value.kind == FibKind::kLocal && !tables.location(LocationId(value.target)).up))
      [[unlikely]]
    value = miss(packet, work, tables, shard, stamp_of(now));
  LocationId to(value.target);
  if (value.kind != FibKind::kLocal && value.kind != FibKind::kMapped) {
    if (value.kind == FibKind::kNone)
      return replicate(packet, tables, shard, Tables::flood_list(packet.verdict.network), now);
    if (value.kind == FibKind::kReplicate)
      return replicate(packet, tables, shard, ReplicationListId(value.target), now);
    if (value.kind == FibKind::kSet) to = tables.locator_set(LocatorSetId(value.target)).pick(flow.hash);
    if (value.kind == FibKind::kNoLocator || to == kNoLocation) return drop(packet, shard, Reason::kNoLocator);
  }
  Reason reason = Reason::kNone;
  if (!may_send(tables, packet.verdict.ingress, to, reason)) [[unlikely]]
    return drop(packet, shard, reason);
  deliver(packet, tables, shard, to, now);
}

bool any(Slice packets, const Works& works, Work::State state) noexcept {
  return std::any_of(works.data(), works.data() + packets.size(),
                     [&](const Work& work) { return work.state == state; });
}

void process_slice(Slice packets, const Tables& tables, Shard& shard, TimeNs now) noexcept {
  Works works;
  receive(packets, works, tables, shard);
  if (any(packets, works, Work::State::kTunnel)) strip_tunnelled(packets, works, tables, shard);
  if (any(packets, works, Work::State::kOther)) [[unlikely]]
    receive_others(packets, works, tables, shard, now);
  look_up(packets, works, tables, shard, now);
  const Work* work = works.data();
  for (Packet& packet : packets) {
    if (work->state == Work::State::kFrame) forward(packet, *work, tables, shard, now);
    ++work;
  }
  if (!tables.sas().all().empty()) [[unlikely]]
    seal(packets, tables, shard);
  count_sent(packets, shard);
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
