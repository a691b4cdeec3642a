#include "core/control/mac_table.h"

#include <algorithm>

namespace lisper {
namespace {

SetEntry set_entry(FibKey key, FibValue value, Stamp stamp = 0) { return {key.network(), key.mac(), value, stamp}; }
EraseEntry erase_entry(FibKey key) { return {key.network(), key.mac()}; }

}  // namespace

MacTable::Entry* MacTable::find_or_insert(FibKey key) {
  if (entries_.size() >= max_macs_ && !entries_.contains(key.value)) return nullptr;
  return &entries_[key.value];
}

bool MacTable::set_mapped(FibKey key, FibValue value, Outbox& out) {
  Entry* entry = find_or_insert(key);
  if (entry == nullptr) return false;
  const bool repeated = entry->mapped == value && (entry->local || entry->repeated);
  if (entry->local) {
    take(*entry->local, out);
    --local_count_;
  }
  *entry = {value, std::nullopt, repeated};
  out.deltas.emplace_back(set_entry(key, value));
  return true;
}

void MacTable::erase_mapped(FibKey key, Outbox& out) {
  const auto found = entries_.find(key.value);
  if (found == entries_.end()) return;
  found->second.mapped = {};
  if (found->second.local) return;
  entries_.erase(found);
  out.deltas.emplace_back(erase_entry(key));
}

LocalHost* MacTable::set_local(FibKey key, LocationId location, TimeNs now, Outbox& out) {
  LocalHost* known = find_local(key);
  if (known == nullptr || known->location != location) {
    const Place& place = places_[location];
    if (place.hosts.size() >= place.limit) return nullptr;
    if (!entries_.contains(key.value) && entries_.size() >= max_macs_ && !make_room(location, out)) return nullptr;
    Entry& entry = *find_or_insert(key);
    if (entry.local) {
      take(*entry.local, out);
    } else {
      entry.local.emplace();
      ++local_count_;
    }
    known = &*entry.local;
    put(key, *known, location, out);
  }
  out.deltas.emplace_back(set_entry(key, {FibKind::kLocal, location.value}, stamp_of(now)));
  return known;
}

bool MacTable::make_room(LocationId location, Outbox& out) {
  const auto most = std::ranges::max_element(places_, {}, [](const auto& item) { return item.second.hosts.size(); });
  if (most->first == location || most->second.hosts.size() <= places_[location].hosts.size()) return false;
  erase_local(most->second.hosts.rbegin()->second, out);
  return entries_.size() < max_macs_;  // else the controller speaks of that host, too
}

void MacTable::put(FibKey key, LocalHost& host, LocationId location, Outbox& out) {
  Place& place = places_[location];
  host.location = location;
  host.number = next_number_++;
  place.hosts.emplace(host.number, key);
  if (place.hosts.size() == place.limit) out.deltas.emplace_back(SetFull{location, true});
}

void MacTable::take(const LocalHost& host, Outbox& out) {
  Place& place = places_[host.location];
  if (place.hosts.size() == place.limit) out.deltas.emplace_back(SetFull{host.location, false});
  place.hosts.erase(host.number);
}

void MacTable::erase_local(FibKey key, Outbox& out) {
  const auto found = entries_.find(key.value);
  if (found == entries_.end() || !found->second.local) return;
  --local_count_;
  take(*found->second.local, out);
  found->second.local.reset();
  if (found->second.mapped.kind != FibKind::kNone) {
    out.deltas.emplace_back(set_entry(key, found->second.mapped));
  } else {
    entries_.erase(found);
    out.deltas.emplace_back(erase_entry(key));
  }
}

LocalHost* MacTable::find_local(FibKey key) {
  const auto found = entries_.find(key.value);
  return found == entries_.end() || !found->second.local ? nullptr : &*found->second.local;
}

bool MacTable::has_left(FibKey key) const {
  const auto found = entries_.find(key.value);
  return found != entries_.end() && !found->second.local && !found->second.repeated &&
         found->second.mapped.kind != FibKind::kNoLocator;
}

std::optional<FibKey> MacTable::next_local(FibKey key) const {
  for (auto it = entries_.lower_bound(key.value); it != entries_.end(); ++it)
    if (it->second.local) return FibKey(it->first);
  return std::nullopt;
}

}  // namespace lisper
