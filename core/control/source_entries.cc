#include "core/control/source_entries.h"

#include <algorithm>
#include <utility>

#include "core/control/map_cache_row.h"
#include "core/control/replication_levels.h"

namespace lisper {

void SourceEntries::set(const Key& key, const MapCacheUpdate& update, std::vector<LocationId> lispers, Outbox& out) {
  const auto [known, is_new] = entries_.try_emplace(key);
  Entry& entry = known->second;
  entry.rlocs = update.rlocs;
  entry.replicate = update.replicate;
  if (is_new) entry.id = new_id(key);
  if (is_snooped(key)) return groups_.set_source(FibKey(key.network, key.group), key.source, std::move(lispers), out);

  if (!is_new) unused_.push_back(entry.list);
  std::vector<LocationId> locations = tables_.local_locations(key.network);
  locations.insert(locations.end(), lispers.begin(), lispers.end());
  entry.list = lists_.acquire(serve_levels(tables_, key.network, update.rlocs, std::move(locations)), out);
  out.deltas.emplace_back(SetSourceEntry{key.network, key.source, key.group, {entry.list, entry.id}});
}

bool SourceEntries::remove(const Key& key, Outbox& out) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return false;
  if (is_snooped(key)) {
    groups_.erase_source(FibKey(key.network, key.group), key.source, out);
  } else {
    out.deltas.emplace_back(EraseSourceEntry{key.network, key.source, key.group});
    unused_.push_back(found->second.list);
  }
  keys_.erase(found->second.id);
  entries_.erase(found);
  return true;
}

void SourceEntries::clear(Outbox& out) {
  while (!entries_.empty()) remove(Key(entries_.begin()->first), out);
}

void SourceEntries::release_unused() {
  for (const ReplicationListId list : unused_) lists_.release(list);
  unused_.clear();
}

SourceEntryId SourceEntries::new_id(const Key& key) {
  do {
    ++last_id_.value;
  } while (last_id_ == kNoSourceEntry || keys_.contains(last_id_));
  keys_.emplace(last_id_, key);
  return last_id_;
}

std::uint16_t SourceEntries::port(const Key& key, const IpAddress& rloc) const {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return RlocRecord().port;
  const auto record = std::ranges::find(found->second.rlocs, rloc, &RlocRecord::rloc);
  return record == found->second.rlocs.end() ? RlocRecord().port : record->port;
}

MacAddress SourceEntries::source_of(SourceEntryId id) const {
  const auto found = keys_.find(id);
  return found == keys_.end() ? MacAddress{} : found->second.source;
}

void SourceEntries::add_rows(std::vector<ControlPlane::MapCacheRow>& rows) const {
  for (const auto& [key, entry] : entries_) {
    ControlPlane::MapCacheRow& row = rows.emplace_back();
    row.iid = tables_.network(key.network).iid;
    row.mac = key.group;
    row.length = 48;
    row.source = key.source;
    add_rlocs(entry.rlocs, entry.replicate, row);
  }
}

}  // namespace lisper
