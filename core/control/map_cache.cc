#include "core/control/map_cache.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "core/control/map_cache_row.h"
#include "core/control/replication_levels.h"

namespace lisper {

MapCache::MapCache(const Tables& tables, std::size_t max_entries, Mappings& mappings, MacTable& macs,
                   ReplicationLists& lists, Groups& groups, ControlCounters& counters)
    : tables_(tables),
      max_entries_(max_entries),
      mappings_(mappings),
      macs_(macs),
      groups_(groups),
      counters_(counters),
      sources_(tables, mappings, lists, groups) {}

void MapCache::prefetch(const MapCacheMessage& message) const noexcept {
  for (const MapCacheUpdate& update : message.updates) {
    const auto network = tables_.network_of(update.iid);
    if (!network) continue;
    const FibKey eid(*network, update.eid);
    macs_.prefetch(eid);
    Fib::prefetch(tables_.fib().place(eid));
  }
}

void MapCache::apply(MapCacheMessage&& message, TimeNs now, Outbox& out) {
  now_ = now;
  if (message.clear) clear(out);
  for (MapCacheUpdate& update : message.updates) {
    const auto network = tables_.network_of(update.iid);
    if (!network) {
      ++counters_.unknown_iid;
      continue;
    }
    const Key key{*network, static_cast<std::uint8_t>(48 - update.length), update.eid};
    if (!update.source.is_zero()) {
      apply_source(*network, std::move(update), out);
    } else if (update.remove) {
      remove(key, out);
    } else {
      set(key, std::move(update), out);
    }
  }
  put_prefixes(out);
  sources_.release_unused();
  for (const MappingId mapping : unused_) mappings_.release(mapping);
  unused_.clear();
}

void MapCache::set(const Key& key, MapCacheUpdate&& update, Outbox& out) {
  if (!has_room(key)) {
    ++counters_.table_full;
    return;
  }
  const auto kind = kind_of(key, update);
  const bool asks_again = update.rlocs.empty() && update.dialect == Dialect::kToday;
  const auto mapping = kind == Mapping::Kind::kUnicast && asks_again
                           ? std::nullopt
                           : mappings_.acquire({key.network, kind, update.replicate, std::move(update.rlocs)}, out);
  if (!mapping) return remove(key, out);

  const auto before = find(key);
  if (!put(key, *mapping, out)) {
    ++counters_.table_full;
    unused_.push_back(*mapping);
    return;
  }
  if (before) unused_.push_back(*before);
  ++counters_.entries_set;
}

bool MapCache::put(const Key& key, MappingId mapping, Outbox& out) {
  const FibKey eid(key.network, key.mac);
  if (key.is_host()) return macs_.set_mapped(eid, mapping, out);
  const bool elsewhere = mappings_.mapping(mapping).kind == Mapping::Kind::kElsewhere;
  const auto lispers = mappings_.locations(mapping);
  if (key.is_prefix()) {
    changed_prefixes_.insert(key.network);
  } else if (key.mac.is_broadcast()) {
    put_flood_list(key.network, mappings_.mapping(mapping).rlocs, lispers, out);
  } else if (is_snooped(key)) {
    if (elsewhere) groups_.set_mapped(eid, {lispers.begin(), lispers.end()}, out);
  } else if (!macs_.set_group(eid, mappings_.value(mapping), out)) {
    return false;
  }
  others_.insert_or_assign(key, mapping);
  return true;
}

void MapCache::remove(const Key& key, Outbox& out) {
  const auto mapping = find(key);
  if (!mapping) return;
  const FibKey eid(key.network, key.mac);
  if (key.is_host()) {
    macs_.erase_mapped(eid, out);
  } else if (key.is_prefix()) {
    changed_prefixes_.insert(key.network);
  } else if (key.mac.is_broadcast()) {
    put_flood_list(key.network, {}, {}, out);
  } else if (is_snooped(key)) {
    groups_.set_mapped(eid, {}, out);
  } else {
    macs_.erase_group(eid, out);
  }
  others_.erase(key);
  unused_.push_back(*mapping);
  ++counters_.entries_deleted;
}

void MapCache::clear(Outbox& out) {
  for (const FibKey eid : macs_.mapped_keys()) remove({eid.network(), 0, eid.mac()}, out);
  while (!others_.empty()) remove(Key(others_.begin()->first), out);
  counters_.entries_deleted += sources_.size();
  sources_.clear(out);
}

void MapCache::apply_source(NetworkId network, MapCacheUpdate&& update, Outbox& out) {
  const SourceEntries::Key key{network, update.eid, update.source};
  if (update.remove || update.rlocs.empty()) {
    if (sources_.remove(key, out)) ++counters_.entries_deleted;
    return;
  }
  if (!sources_.contains(key) && (size() >= max_entries_ || sources_.full())) {
    ++counters_.table_full;
    return;
  }
  const auto mapping =
      mappings_.acquire({network, Mapping::Kind::kElsewhere, update.replicate, std::move(update.rlocs)}, out);
  sources_.set(key, *mapping, out);  // this kind is never withdrawn
  ++counters_.entries_set;
}

void MapCache::put_prefixes(Outbox& out) {
  for (const NetworkId network : changed_prefixes_) {
    SetPrefixes delta{network, {}};
    for (auto it = prefixes_begin(network); it != prefixes_end(network); ++it)
      delta.prefixes.push_back(
          {it->first.mac, static_cast<std::uint8_t>(48 - it->first.wildcard_bits), mappings_.value(it->second)});
    out.deltas.emplace_back(std::move(delta));
  }
  changed_prefixes_.clear();
}

std::optional<MappingId> MapCache::find(const Key& key) const {
  if (key.is_host()) return macs_.find_mapped(FibKey(key.network, key.mac));
  const auto found = others_.find(key);
  return found == others_.end() ? std::nullopt : std::optional(found->second);
}

bool MapCache::has_room(const Key& key) const {
  if (find(key)) return true;
  if (size() >= max_entries_) return false;
  return !key.is_prefix() ||
         std::distance(prefixes_begin(key.network), prefixes_end(key.network)) < std::ptrdiff_t{kMaxPrefixes};
}

Mapping::Kind MapCache::kind_of(const Key& key, const MapCacheUpdate& update) const {
  using Kind = Mapping::Kind;
  if (!key.mac.is_group()) return Kind::kUnicast;
  if (key.mac.is_broadcast()) return Kind::kElsewhere;
  if (update.rlocs.empty()) return Kind::kUnicast;
  return is_snooped(key) ? Kind::kElsewhere : Kind::kGroup;
}

bool MapCache::is_snooped(const Key& key) const {
  return !key.is_prefix() && key.mac.is_group() && !key.mac.is_broadcast() && groups_.snoops(key.network);
}

void MapCache::put_flood_list(NetworkId network, std::span<const RlocRecord> rlocs, std::span<const LocationId> lispers,
                              Outbox& out) {
  auto locations = tables_.local_locations(network);
  locations.insert(locations.end(), lispers.begin(), lispers.end());
  ReplicationList list = serve_levels(tables_, network, rlocs, locations);
  out.deltas.emplace_back(
      SetReplication{Tables::flood_list(network), std::move(list.locations), std::move(list.relays)});
  if (groups_.snoops(network)) groups_.set_flood_list(network, std::move(locations), now_, out);
}

MapCache::Others::const_iterator MapCache::prefixes_begin(NetworkId network) const {
  return others_.lower_bound({network, 1, {}});
}

MapCache::Others::const_iterator MapCache::prefixes_end(NetworkId network) const {
  return others_.upper_bound({network, 48, kBroadcastMac});
}

std::uint16_t MapCache::port(NetworkId network, const MacAddress& eid, std::uint8_t length, const MacAddress& source,
                             const IpAddress& rloc) const {
  if (!source.is_zero()) return sources_.port({network, eid, source}, rloc);
  const auto mapping = find({network, static_cast<std::uint8_t>(48 - length), eid});
  return mapping ? mappings_.port(*mapping, rloc) : RlocRecord().port;
}

std::vector<ControlPlane::MapCacheRow> MapCache::rows() const {
  std::vector<ControlPlane::MapCacheRow> rows;
  const auto add = [&](const Key& key, MappingId id) {
    const Mapping& mapping = mappings_.mapping(id);
    ControlPlane::MapCacheRow& row = rows.emplace_back();
    row.iid = tables_.network(key.network).iid;
    row.mac = key.mac;
    row.length = static_cast<std::uint8_t>(48 - key.wildcard_bits);
    add_rlocs(mapping.rlocs, mapping.replicate, row);
  };
  for (const FibKey eid : macs_.mapped_keys()) add({eid.network(), 0, eid.mac()}, *macs_.find_mapped(eid));
  for (const auto& [key, mapping] : others_) add(key, mapping);
  sources_.add_rows(rows);
  std::ranges::sort(rows, {}, [](const auto& row) { return std::tuple(row.iid, row.mac, row.length, row.source); });
  return rows;
}

}  // namespace lisper
