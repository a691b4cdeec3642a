#include "core/control/bindings.h"

#include <algorithm>

namespace lisper {
namespace {

// RFC 9161 3.7: N moves within M seconds are a duplicate.
constexpr unsigned kMovesOfDuplicate = 5;
constexpr TimeNs kMoveWindow = seconds(180);

/// Early enough that a host which is heard of is not forgotten.
constexpr TimeNs renewal(TimeNs timeout) noexcept { return std::min(TimeNs{timeout.ns / 4}, seconds(3600)); }

}  // namespace

Bindings::Bindings(const LisperConfig& config, const Tables& tables, MacTable& macs, ControlCounters& counters)
    : config_(config), tables_(tables), macs_(macs), counters_(counters) {}

void Bindings::on_event(const Event& event, TimeNs now, Outbox& out) {
  const Key key{event.network, event.ip};
  if (!may_have_addresses(event)) return;
  if (event.source == event.destination) return learn(key, event, now, out);
  // A host speaks for a MAC that is not the frame's: perhaps it is right, but then what we know is wrong.
  const auto known = entries_.find(key);
  if (known != entries_.end() && known->second.mac != event.destination) erase(known, out);
}

/// A local host that is not allowed to be one here has no say.
bool Bindings::may_have_addresses(const Event& event) {
  if (tables_.location(event.location).kind == LocationKind::kLisper) return true;
  const LocalHost* host = macs_.find_local(FibKey(event.network, event.source));
  return host != nullptr && host->location == event.location;
}

void Bindings::learn(const Key& key, const Event& event, TimeNs now, Outbox& out) {
  Entry* entry = find_or_insert(key, event.source, now, out);
  if (entry == nullptr) {
    ++counters_.table_full;
    return;
  }
  if (event.router) entry->router = event.router;
  expire_at(key, *entry, std::max(now + config_.arp_timeout, entry->contested_until));
  if (now < entry->contested_until) {
    if (tables_.bindings().find(key) != nullptr) out.deltas.emplace_back(EraseBinding{key});
    return;
  }
  out.deltas.emplace_back(SetBinding{key, {entry->mac, entry->router, stamp_of(now + renewal(config_.arp_timeout))}});
}

Bindings::Entry* Bindings::find_or_insert(const Key& key, const MacAddress& mac, TimeNs now, Outbox& out) {
  if (const auto known = entries_.find(key); known != entries_.end()) {
    if (known->second.mac != mac) {
      remove_address(key, known->second.mac);
      move(known->second, mac, now);
      add_address(key, mac, out);
    }
    return &known->second;
  }
  add_address(key, mac, out);  // it may make room
  if (entries_.size() >= config_.max_macs) {
    remove_address(key, mac);
    return nullptr;
  }
  ++counters_.bindings_learned;
  Entry& entry = entries_[key];
  entry.mac = mac;
  return &entry;
}

void Bindings::move(Entry& entry, const MacAddress& mac, TimeNs now) {
  ++counters_.bindings_learned;
  entry.mac = mac;
  entry.router.reset();
  if (entry.moves == 0 || now - entry.first_move > kMoveWindow) {
    entry.moves = 0;
    entry.first_move = now;
  }
  if (++entry.moves < kMovesOfDuplicate) return;
  if (now >= entry.contested_until) ++counters_.bindings_contested;
  entry.contested_until = now + kMoveWindow;
}

void Bindings::add_address(const Key& key, const MacAddress& mac, Outbox& out) {
  auto& addresses = addresses_[FibKey(key.network, mac).value];
  if (addresses.size() == kMaxAddresses) erase(entries_.find({key.network, addresses.front()}), out);
  addresses_[FibKey(key.network, mac).value].push_back(key.ip);
}

void Bindings::remove_address(const Key& key, const MacAddress& mac) {
  const auto found = addresses_.find(FibKey(key.network, mac).value);
  std::erase(found->second, key.ip);
  if (found->second.empty()) addresses_.erase(found);
}

void Bindings::expire_at(const Key& key, Entry& entry, TimeNs when) {
  deadlines_.erase({entry.expires, key});
  entry.expires = when;
  deadlines_.emplace(when, key);
}

void Bindings::erase(Entries::iterator entry, Outbox& out) {
  const Key key = entry->first;
  out.deltas.emplace_back(EraseBinding{key});
  remove_address(key, entry->second.mac);
  deadlines_.erase({entry->second.expires, key});
  entries_.erase(entry);
}

void Bindings::tick(TimeNs now, Outbox& out) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) erase(entries_.find(deadlines_.begin()->second), out);
}

TimeNs Bindings::next_deadline() const noexcept { return deadlines_.empty() ? kNever : deadlines_.begin()->first; }

std::vector<ControlPlane::BindingRow> Bindings::rows() const {
  std::vector<ControlPlane::BindingRow> rows;
  for (const auto& [key, entry] : entries_)
    rows.push_back(
        {tables_.network(key.network).iid, key.ip, entry.mac, entry.router, tables_.bindings().find(key) == nullptr});
  std::ranges::sort(rows, {}, [](const auto& row) { return std::pair(row.iid, row.ip); });
  return rows;
}

}  // namespace lisper
