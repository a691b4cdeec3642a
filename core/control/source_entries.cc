#include "core/control/source_entries.h"

#include <utility>

#include "core/control/map_cache_row.h"
#include "core/control/replication_levels.h"

namespace lisper {

void SourceEntries::set(const Key& key, MappingId mapping, Outbox& out) {
  const auto [known, is_new] = entries_.try_emplace(key);
  Entry& entry = known->second;
  if (is_new) {
    entry.id = new_id(key);
  } else {
    unused_mappings_.push_back(entry.mapping);
  }
  entry.mapping = mapping;
  const auto lispers = mappings_.locations(mapping);
  if (is_snooped(key))
    return groups_.set_source(FibKey(key.network, key.group), key.source, {lispers.begin(), lispers.end()}, out);

  if (!is_new) unused_lists_.push_back(entry.list);
  std::vector<LocationId> locations = tables_.local_locations(key.network);
  locations.insert(locations.end(), lispers.begin(), lispers.end());
  const auto& rlocs = mappings_.mapping(mapping).rlocs;
  entry.list = lists_.acquire(serve_levels(tables_, key.network, rlocs, std::move(locations)), out);
  out.deltas.emplace_back(SetSourceEntry{key.network, key.source, key.group, {entry.list, entry.id}});
}

bool SourceEntries::remove(const Key& key, Outbox& out) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return false;
  if (is_snooped(key)) {
    groups_.erase_source(FibKey(key.network, key.group), key.source, out);
  } else {
    out.deltas.emplace_back(EraseSourceEntry{key.network, key.source, key.group});
    unused_lists_.push_back(found->second.list);
  }
  unused_mappings_.push_back(found->second.mapping);
  keys_.erase(found->second.id);
  entries_.erase(found);
  return true;
}

void SourceEntries::clear(Outbox& out) {
  while (!entries_.empty()) remove(Key(entries_.begin()->first), out);
}

void SourceEntries::release_unused() {
  for (const MappingId mapping : unused_mappings_) mappings_.release(mapping);
  unused_mappings_.clear();
  for (const ReplicationListId list : unused_lists_) lists_.release(list);
  unused_lists_.clear();
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
  return found == entries_.end() ? RlocRecord().port : mappings_.port(found->second.mapping, rloc);
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
    const Mapping& mapping = mappings_.mapping(entry.mapping);
    add_rlocs(mapping.rlocs, mapping.replicate, row);
  }
}

}  // namespace lisper
