#include "core/control/map_cache.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "core/control/map_cache_row.h"
#include "core/control/replication_levels.h"

namespace lisper {
namespace {

constexpr std::uint8_t kNeverUsed = 255;  // RFC 9301 5.4, Priority

bool is_host(std::uint8_t wildcard_bits) noexcept { return wildcard_bits == 0; }

std::vector<LocationId> locations_of(const std::vector<Locator>& locators) {
  std::vector<LocationId> locations;
  std::ranges::transform(locators, std::back_inserter(locations), &Locator::location);
  return locations;
}

}  // namespace

MapCache::MapCache(const Tables& tables, std::size_t max_entries, MacTable& macs, ReplicationLists& lists,
                   Groups& groups, ControlCounters& counters)
    : tables_(tables),
      max_entries_(max_entries),
      macs_(macs),
      lists_(lists),
      groups_(groups),
      counters_(counters),
      sources_(tables, lists, groups) {}

void MapCache::apply(const MapCacheMessage& message, TimeNs now, Outbox& out) {
  now_ = now;
  if (message.clear) clear(out);
  for (const MapCacheUpdate& update : message.updates) {
    const auto network = tables_.network_of(update.iid);
    if (!network) {
      ++counters_.unknown_iid;
      continue;
    }
    const Key key{*network, static_cast<std::uint8_t>(48 - update.length), update.eid};
    if (!update.source.is_zero()) {
      apply_source(*network, update, out);
    } else if (update.remove) {
      remove(key, out);
    } else {
      set(key, update, out);
    }
  }
  put_prefixes(out);
  sources_.release_unused();
  for (const FibValue value : unused_) release(value);
  unused_.clear();
}

void MapCache::set(const Key& key, const MapCacheUpdate& update, Outbox& out) {
  if (!has_room(key)) {
    ++counters_.table_full;
    return;
  }
  const auto value = value_of(key, update, out);
  if (!value) return remove(key, out);

  if (key.mac.is_broadcast() || is_snooped(key)) {
    // value_of has told who gets it.
  } else if (!is_host(key.wildcard_bits)) {
    changed_prefixes_.insert(key.network);
  } else if (!macs_.set_mapped(FibKey(key.network, key.mac), *value, out)) {
    ++counters_.table_full;
    unused_.push_back(*value);
    return;
  }
  ++counters_.entries_set;

  Entry& entry = entries_[key];
  unused_.push_back(entry.value);
  entry = {update.rlocs, update.replicate, *value};
}

void MapCache::remove(const Key& key, Outbox& out) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  if (key.mac.is_broadcast()) {
    const auto local = tables_.local_locations(key.network);
    put_flood_list(key.network, {local}, local, out);
  } else if (is_snooped(key)) {
    groups_.set_mapped(FibKey(key.network, key.mac), {}, out);
  } else if (!is_host(key.wildcard_bits)) {
    changed_prefixes_.insert(key.network);
  } else {
    macs_.erase_mapped(FibKey(key.network, key.mac), out);
  }
  unused_.push_back(found->second.value);
  entries_.erase(found);
  ++counters_.entries_deleted;
}

void MapCache::clear(Outbox& out) {
  while (!entries_.empty()) remove(Key(entries_.begin()->first), out);
  counters_.entries_deleted += sources_.size();
  sources_.clear(out);
}

void MapCache::apply_source(NetworkId network, const MapCacheUpdate& update, Outbox& out) {
  const SourceEntries::Key key{network, update.eid, update.source};
  if (update.remove || update.rlocs.empty()) {
    if (sources_.remove(key, out)) ++counters_.entries_deleted;
    return;
  }
  if (!sources_.contains(key) && (size() >= max_entries_ || sources_.full())) {
    ++counters_.table_full;
    return;
  }
  sources_.set(key, update, locations_of(usable(network, update).locators), out);
  ++counters_.entries_set;
}

void MapCache::put_prefixes(Outbox& out) {
  for (const NetworkId network : changed_prefixes_) {
    SetPrefixes delta{network, {}};
    for (auto it = prefixes_begin(network); it != prefixes_end(network); ++it)
      delta.prefixes.push_back(
          {it->first.mac, static_cast<std::uint8_t>(48 - it->first.wildcard_bits), it->second.value});
    out.deltas.emplace_back(std::move(delta));
  }
  changed_prefixes_.clear();
}

bool MapCache::has_room(const Key& key) const {
  if (entries_.contains(key)) return true;
  if (size() >= max_entries_) return false;
  return is_host(key.wildcard_bits) ||
         std::distance(prefixes_begin(key.network), prefixes_end(key.network)) < std::ptrdiff_t{kMaxPrefixes};
}

MapCache::Usable MapCache::usable(NetworkId network, const MapCacheUpdate& update) {
  Usable result;
  for (const RlocRecord& record : update.rlocs) {
    if (tables_.is_own_address(record.rloc)) {
      ++counters_.own_rloc;
      result.own = true;
      continue;
    }
    const auto location = tables_.lisper_location(record.rloc, network);
    if (!location) {
      ++counters_.unknown_rloc;
      continue;
    }
    const auto same = [&](const Locator& other) { return other.location == *location; };
    if (record.priority == kNeverUsed || std::ranges::any_of(result.locators, same)) continue;
    result.locators.push_back({*location, record.priority, record.weight});
  }
  return result;
}

std::optional<FibValue> MapCache::value_of(const Key& key, const MapCacheUpdate& update, Outbox& out) {
  auto [locators, own] = usable(key.network, update);
  const bool group = key.mac.is_group();
  if (is_snooped(key) && !update.rlocs.empty()) {
    groups_.set_mapped(FibKey(key.network, key.mac), locations_of(locators), out);
    return FibValue{};
  }
  if (group && (key.mac.is_broadcast() || !update.rlocs.empty())) {
    auto locations = tables_.local_locations(key.network);
    std::ranges::transform(locators, std::back_inserter(locations), &Locator::location);
    ReplicationList list = serve_levels(tables_, key.network, update.rlocs, locations);
    if (!key.mac.is_broadcast()) return replication_value(std::move(list), out);
    put_flood_list(key.network, list, std::move(locations), out);
    return FibValue{};
  }
  if (update.rlocs.empty() && update.dialect == Dialect::kToday) return std::nullopt;
  if (locators.empty() && own) return std::nullopt;
  if (locators.empty()) return FibValue{FibKind::kNoLocator, 0};
  if (update.replicate)
    return replication_value(serve_levels(tables_, key.network, update.rlocs, locations_of(locators)), out);
  if (locators.size() == 1) return FibValue{FibKind::kMapped, locators.front().location.value};
  std::ranges::sort(locators);  // the order in the message means nothing
  const auto [id, is_new] = sets_.acquire(locators);
  if (is_new) out.deltas.emplace_back(SetLocators{id, std::move(locators)});
  return FibValue{FibKind::kSet, id.value};
}

FibValue MapCache::replication_value(ReplicationList list, Outbox& out) {
  return {FibKind::kReplicate, lists_.acquire(std::move(list), out).value};
}

bool MapCache::is_snooped(const Key& key) const {
  return key.mac.is_group() && is_host(key.wildcard_bits) && !key.mac.is_broadcast() && groups_.snoops(key.network);
}

void MapCache::put_flood_list(NetworkId network, const ReplicationList& list, std::vector<LocationId> locations,
                              Outbox& out) {
  out.deltas.emplace_back(SetReplication{Tables::flood_list(network), list.locations, list.relays});
  if (groups_.snoops(network)) groups_.set_flood_list(network, std::move(locations), now_, out);
}

void MapCache::release(FibValue value) {
  if (value.kind == FibKind::kSet) sets_.release(LocatorSetId(value.target));
  if (value.kind == FibKind::kReplicate) lists_.release(ReplicationListId(value.target));
}

MapCache::Entries::const_iterator MapCache::prefixes_begin(NetworkId network) const {
  return entries_.lower_bound({network, 1, {}});
}

MapCache::Entries::const_iterator MapCache::prefixes_end(NetworkId network) const {
  return entries_.upper_bound({network, 48, kBroadcastMac});
}

std::uint16_t MapCache::port(NetworkId network, const MacAddress& eid, std::uint8_t length, const MacAddress& source,
                             const IpAddress& rloc) const {
  if (!source.is_zero()) return sources_.port({network, eid, source}, rloc);
  const auto found = entries_.find({network, static_cast<std::uint8_t>(48 - length), eid});
  if (found == entries_.end()) return RlocRecord().port;
  const auto record = std::ranges::find(found->second.rlocs, rloc, &RlocRecord::rloc);
  return record == found->second.rlocs.end() ? RlocRecord().port : record->port;
}

std::vector<ControlPlane::MapCacheRow> MapCache::rows() const {
  std::vector<ControlPlane::MapCacheRow> rows;
  for (const auto& [key, entry] : entries_) {
    ControlPlane::MapCacheRow& row = rows.emplace_back();
    row.iid = tables_.network(key.network).iid;
    row.mac = key.mac;
    row.length = static_cast<std::uint8_t>(48 - key.wildcard_bits);
    add_rlocs(entry.rlocs, entry.replicate, row);
  }
  sources_.add_rows(rows);
  std::ranges::sort(rows, {}, [](const auto& row) { return std::tuple(row.iid, row.mac, row.length, row.source); });
  return rows;
}

}  // namespace lisper
