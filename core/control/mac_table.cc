#include "core/control/mac_table.h"

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
  if (entry->local) --local_count_;
  *entry = {value, std::nullopt};
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
  Entry* entry = find_or_insert(key);
  if (entry == nullptr) return nullptr;
  if (!entry->local) {
    entry->local.emplace();
    ++local_count_;
  }
  entry->local->location = location;
  out.deltas.emplace_back(set_entry(key, {FibKind::kLocal, location.value}, stamp_of(now)));
  return &*entry->local;
}

void MacTable::erase_local(FibKey key, Outbox& out) {
  const auto found = entries_.find(key.value);
  if (found == entries_.end() || !found->second.local) return;
  --local_count_;
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

std::optional<FibKey> MacTable::next_local(FibKey key) const {
  for (auto it = entries_.lower_bound(key.value); it != entries_.end(); ++it)
    if (it->second.local) return FibKey(it->first);
  return std::nullopt;
}

}  // namespace lisper
