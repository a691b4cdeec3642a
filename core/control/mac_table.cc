#include "core/control/mac_table.h"

#include <algorithm>

namespace lisper {
namespace {

SetEntry set_entry(FibKey key, FibValue value, Stamp stamp = 0) { return {key.network(), key.mac(), value, stamp}; }
EraseEntry erase_entry(FibKey key) { return {key.network(), key.mac()}; }

}  // namespace

bool MacTable::set_mapped(FibKey key, MappingId mapping, Outbox& out) {
  const std::uint32_t* known = mapped_.find(key);
  const auto local = locals_.find(key.value);
  const bool is_local = local != locals_.end();
  if (known == nullptr && !is_local && is_full()) return false;
  const FibValue value = mappings_.value(mapping);
  const bool repeated =
      known != nullptr && mappings_.value(mapping_of(*known)) == value && (is_local || (*known & kRepeated) != 0);
  if (is_local) forget(local, out);
  mapped_.set(key, mapping.value | (repeated ? kRepeated : 0));
  out.deltas.emplace_back(set_entry(key, value));
  return true;
}

void MacTable::erase_mapped(FibKey key, Outbox& out) {
  if (!mapped_.erase(key)) return;
  if (locals_.contains(key.value)) {
    --both_;
  } else {
    out.deltas.emplace_back(erase_entry(key));
  }
}

std::optional<MappingId> MacTable::find_mapped(FibKey key) const noexcept {
  const std::uint32_t* known = mapped_.find(key);
  return known == nullptr ? std::nullopt : std::optional(mapping_of(*known));
}

std::vector<FibKey> MacTable::mapped_keys() const {
  std::vector<FibKey> keys;
  keys.reserve(mapped_.size());
  mapped_.for_each([&](FibKey key, std::uint32_t) { keys.push_back(key); });
  return keys;
}

bool MacTable::set_group(FibKey key, FibValue value, Outbox& out) {
  if (is_full() && !groups_.contains(key.value)) return false;
  groups_.insert(key.value);
  out.deltas.emplace_back(set_entry(key, value));
  return true;
}

void MacTable::erase_group(FibKey key, Outbox& out) {
  if (groups_.erase(key.value) != 0) out.deltas.emplace_back(erase_entry(key));
}

LocalHost* MacTable::set_local(FibKey key, LocationId location, TimeNs now, Outbox& out) {
  LocalHost* known = find_local(key);
  if (known == nullptr || known->location != location) {
    const Place& place = places_[location];
    if (place.hosts.size() >= place.limit) return nullptr;
    if (known != nullptr) {
      take(*known, out);
    } else {
      const bool is_mapped = mapped_.find(key) != nullptr;
      if (!is_mapped && is_full() && !make_room(location, out)) return nullptr;
      known = &locals_[key.value];
      both_ += is_mapped ? 1 : 0;
    }
    put(key, *known, location, out);
  }
  out.deltas.emplace_back(set_entry(key, {FibKind::kLocal, location.value}, stamp_of(now)));
  return known;
}

bool MacTable::make_room(LocationId location, Outbox& out) {
  const auto most = std::ranges::max_element(places_, {}, [](const auto& item) { return item.second.hosts.size(); });
  if (most->first == location || most->second.hosts.size() <= places_[location].hosts.size()) return false;
  erase_local(most->second.hosts.rbegin()->second, out);
  return !is_full();  // else the controller speaks of that host, too
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

void MacTable::forget(Locals::iterator local, Outbox& out) {
  take(local->second, out);
  if (mapped_.find(FibKey(local->first)) != nullptr) --both_;
  locals_.erase(local);
}

void MacTable::erase_local(FibKey key, Outbox& out) {
  const auto local = locals_.find(key.value);
  if (local == locals_.end()) return;
  forget(local, out);
  if (const auto mapping = find_mapped(key)) {
    out.deltas.emplace_back(set_entry(key, mappings_.value(*mapping)));
  } else {
    out.deltas.emplace_back(erase_entry(key));
  }
}

LocalHost* MacTable::find_local(FibKey key) {
  const auto local = locals_.find(key.value);
  return local == locals_.end() ? nullptr : &local->second;
}

bool MacTable::has_left(FibKey key) const {
  const std::uint32_t* known = mapped_.find(key);
  return known != nullptr && (*known & kRepeated) == 0 && !locals_.contains(key.value) &&
         mappings_.value(mapping_of(*known)).kind != FibKind::kNoLocator;
}

std::optional<FibKey> MacTable::next_local(FibKey key) const {
  const auto local = locals_.lower_bound(key.value);
  return local == locals_.end() ? std::nullopt : std::optional(FibKey(local->first));
}

}  // namespace lisper
