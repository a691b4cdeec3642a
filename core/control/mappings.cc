#include "core/control/mappings.h"

#include <algorithm>
#include <utility>

#include "core/base/hash.h"
#include "core/control/replication_levels.h"

namespace lisper {
namespace {

constexpr std::uint8_t kNeverUsed = 255;  // RFC 9301 5.4, Priority

}  // namespace

std::size_t Mappings::Hash::operator()(const Mapping& mapping) const noexcept {
  std::uint64_t hash = hash_u64(mapping.network.value);
  for (const RlocRecord& record : mapping.rlocs) {
    const auto* address = record.rloc.v6().octets.data();
    hash = mix(hash ^ load<std::uint64_t>(address), load<std::uint64_t>(address + 8) ^ kHashMultiplier);
    hash = hash_u64(hash ^ (std::uint64_t{record.port} << 16 | std::uint64_t{record.priority} << 8 | record.weight));
  }
  return static_cast<std::size_t>(hash);
}

Mappings::Mappings(const Tables& tables, ReplicationLists& lists, ControlCounters& counters)
    : tables_(tables), lists_(lists), counters_(counters) {}

std::optional<MappingId> Mappings::acquire(Mapping mapping, Outbox& out) {
  auto known = known_.find(mapping);
  if (known == known_.end()) {
    Meaning meaning;
    auto value = value_of(mapping, usable(mapping, meaning), meaning, out);
    if (!value) {
      counters_.own_rloc += meaning.own;
      counters_.unknown_rloc += meaning.unknown;
      return std::nullopt;
    }
    meaning.value = *value;
    if (free_.empty()) {
      free_.emplace_back(static_cast<std::uint32_t>(by_id_.size()));
      by_id_.emplace_back();
    }
    meaning.id = free_.back();
    free_.pop_back();
    known = known_.emplace(std::move(mapping), std::move(meaning)).first;
    by_id_[known->second.id.value] = &*known;
  }
  Meaning& meaning = known->second;
  counters_.own_rloc += meaning.own;
  counters_.unknown_rloc += meaning.unknown;
  ++meaning.holders;
  return meaning.id;
}

void Mappings::release(MappingId id) {
  auto& [mapping, meaning] = *by_id_[id.value];
  if (--meaning.holders > 0) return;
  const FibValue value = meaning.value;
  if (value.kind == FibKind::kSet) sets_.release(LocatorSetId(value.target));
  if (value.kind == FibKind::kReplicate) lists_.release(ReplicationListId(value.target));
  known_.erase(known_.find(mapping));
  free_.push_back(id);
}

std::vector<Locator> Mappings::usable(const Mapping& mapping, Meaning& meaning) const {
  std::vector<Locator> locators;
  for (const RlocRecord& record : mapping.rlocs) {
    if (tables_.is_own_address(record.rloc)) {
      ++meaning.own;
      continue;
    }
    const auto location = tables_.lisper_location(record.rloc, mapping.network);
    if (!location) {
      ++meaning.unknown;
      continue;
    }
    if (record.priority == kNeverUsed || std::ranges::count(meaning.locations, *location) != 0) continue;
    locators.push_back({*location, record.priority, record.weight});
    meaning.locations.push_back(*location);
  }
  return locators;
}

std::uint16_t Mappings::port(MappingId id, const IpAddress& rloc) const {
  const auto& rlocs = mapping(id).rlocs;
  const auto record = std::ranges::find(rlocs, rloc, &RlocRecord::rloc);
  return record == rlocs.end() ? RlocRecord().port : record->port;
}

std::optional<FibValue> Mappings::value_of(const Mapping& mapping, std::vector<Locator> locators,
                                           const Meaning& meaning, Outbox& out) {
  if (mapping.kind == Mapping::Kind::kElsewhere) return FibValue{};
  if (mapping.kind == Mapping::Kind::kGroup) {
    auto locations = tables_.local_locations(mapping.network);
    locations.insert(locations.end(), meaning.locations.begin(), meaning.locations.end());
    ReplicationList list = serve_levels(tables_, mapping.network, mapping.rlocs, std::move(locations));
    return FibValue{FibKind::kReplicate, lists_.acquire(std::move(list), out).value};
  }
  if (locators.empty() && meaning.own != 0) return std::nullopt;
  if (locators.empty()) return FibValue{FibKind::kNoLocator, 0};
  if (mapping.replicate) {
    ReplicationList list = serve_levels(tables_, mapping.network, mapping.rlocs, meaning.locations);
    return FibValue{FibKind::kReplicate, lists_.acquire(std::move(list), out).value};
  }
  if (locators.size() == 1) return FibValue{FibKind::kMapped, locators.front().location.value};
  std::ranges::sort(locators);  // the order in the message means nothing
  const auto [id, is_new] = sets_.acquire(locators);
  if (is_new) out.deltas.emplace_back(SetLocators{id, std::move(locators)});
  return FibValue{FibKind::kSet, id.value};
}

}  // namespace lisper
