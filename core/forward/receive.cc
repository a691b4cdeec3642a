#include "core/forward/receive.h"

#include "core/forward/decapsulate.h"
#include "core/forward/deliver.h"
#include "core/forward/open.h"
#include "core/forward/plain.h"
#include "core/wire/ethernet.h"
#include "core/wire/ip_protocol.h"

namespace lisper {
namespace {

constexpr Verdict kFresh;

// The stages are short loops over the slice: the processor works on several packets of a short loop at once, while it
// waits for what is not in the nearest cache, and a short loop needs no more registers than there are.

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
      const std::uint8_t next_header = plain_ip(packet).next_header;
      if (next_header == wire::kProtocolEsp) {
        if (is_whole(packet)) work->state = Work::State::kEsp;
      } else if (likely != nullptr && is_of(packet, *likely) && strip_plain(packet, *likely)) {
        take_keys(packet, *work, tables, likely->from_lisper);
      } else if (next_header == wire::kProtocolL2tp) {
        work->state = Work::State::kTunnel;
        work->session_hash = SessionTable::hash_of(packet.data + sizeof(wire::Ethernet));
        tables.sessions().prefetch(work->session_hash);
      }
    }
    ++work;
  }
}

/// Gets at bare frames, as far as that is simple.
void receive_simple(Slice packets, Works& works, const Tables& tables, Shard& shard) noexcept {
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
  std::array<std::uint8_t, kSlice> others;
  std::size_t count = 0;
  std::array<EspPacket, kSlice> esp;
  std::size_t esp_count = 0;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (works[i].state != Work::State::kOther) continue;
    parse(packets[i], tables, shard, now, parsed[count]);
    if (parsed[count].kind == Parsed::Kind::kEsp) esp[esp_count++] = {&packets[i], &parsed[count]};
    others[count++] = static_cast<std::uint8_t>(i);
  }
  if (esp_count != 0) open({esp.data(), esp_count}, tables, shard);
  for (std::size_t i = 0; i < count; ++i) {
    Packet& packet = packets[others[i]];
    Work& work = works[others[i]];
    work.state = Work::State::kDone;
    if (parsed[i].kind == Parsed::Kind::kDone) continue;
    if (parsed[i].kind == Parsed::Kind::kTunnel && !decapsulate(packet, tables, shard, parsed[i])) continue;
    take_keys(packet, work, tables, tables.location(packet.verdict.ingress).kind == LocationKind::kLisper);
  }
}

/// The states that there are.
class States {
 public:
  States(Slice packets, const Works& works) noexcept {
    for (std::size_t i = 0; i < packets.size(); ++i) seen_ |= static_cast<unsigned>(works[i].state);
  }
  [[nodiscard]] bool have(Work::State state) const noexcept { return (seen_ & static_cast<unsigned>(state)) != 0; }

 private:
  unsigned seen_ = 0;
};

}  // namespace

void receive(Slice packets, Works& works, const Tables& tables, Shard& shard, TimeNs now) noexcept {
  receive_simple(packets, works, tables, shard);
  States states(packets, works);
  if (states.have(Work::State::kTunnel)) {
    strip_tunnelled(packets, works, tables, shard);
    states = States(packets, works);
  }
  if (states.have(Work::State::kEsp)) [[unlikely]]
    open_plain(packets, works, tables, shard);
  if (states.have(Work::State::kOther)) [[unlikely]]
    receive_others(packets, works, tables, shard, now);
}

}  // namespace lisper
