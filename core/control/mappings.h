#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/control/control_plane.h"
#include "core/control/id_pool.h"
#include "core/control/map_cache_message.h"
#include "core/control/outbox.h"
#include "core/control/replication_lists.h"
#include "core/tables/tables.h"

namespace lisper {

using MappingId = StrongId<struct MappingIdTag, std::uint32_t>;

/// What the controller says of an EID.
struct Mapping {
  enum class Kind : std::uint8_t {
    kUnicast,    ///< of the locators one is chosen, or with `replicate` each gets a copy
    kGroup,      ///< each gets a copy, and the local locations
    kElsewhere,  ///< the locators are told to others; there is no value
  };
  NetworkId network;
  Kind kind = Kind::kUnicast;
  bool replicate = false;  ///< `rles`
  std::vector<RlocRecord> rlocs;

  friend bool operator==(const Mapping&, const Mapping&) = default;
};

/// The mappings in use, and what they come to in the tables: each once, however many EIDs have it, because a million
/// EIDs are behind few sets of RLOCs.
class Mappings {
 public:
  /// Ids are less than this.
  static constexpr std::uint32_t kMaxIds = 1u << 31;

  Mappings(const Tables& tables, ReplicationLists& lists, ControlCounters& counters);

  /// The id of a mapping, held once more: each call is paired with one of release(). nullopt: withdrawn, by the rules
  /// of MapCache. `out` gets what its value refers to, if that is new.
  [[nodiscard]] std::optional<MappingId> acquire(Mapping mapping, Outbox& out);
  /// Only after the last delta that stops using it has been put out.
  void release(MappingId id);

  [[nodiscard]] FibValue value(MappingId id) const noexcept { return by_id_[id.value]->second.value; }
  [[nodiscard]] const Mapping& mapping(MappingId id) const noexcept { return by_id_[id.value]->first; }
  /// The locations of its locators, without those that are left out, as in the message.
  [[nodiscard]] std::span<const LocationId> locations(MappingId id) const noexcept {
    return by_id_[id.value]->second.locations;
  }
  /// The port of one of its locators; the usual one if it has no such locator.
  [[nodiscard]] std::uint16_t port(MappingId id, const IpAddress& rloc) const;
  [[nodiscard]] std::size_t size() const noexcept { return known_.size(); }

 private:
  struct Meaning {
    FibValue value;
    std::vector<LocationId> locations;
    std::uint64_t own = 0;      ///< locators that are ourselves
    std::uint64_t unknown = 0;  ///< that are not in `lispers`
    MappingId id;
    std::uint64_t holders = 0;
  };
  struct Hash {
    std::size_t operator()(const Mapping& mapping) const noexcept;
  };

  [[nodiscard]] std::vector<Locator> usable(const Mapping& mapping, Meaning& meaning) const;
  /// nullopt: withdrawn.
  [[nodiscard]] std::optional<FibValue> value_of(const Mapping& mapping, std::vector<Locator> locators,
                                                 const Meaning& meaning, Outbox& out);

  const Tables& tables_;
  ReplicationLists& lists_;
  ControlCounters& counters_;
  std::unordered_map<Mapping, Meaning, Hash> known_;
  std::vector<std::pair<const Mapping, Meaning>*> by_id_;
  std::vector<MappingId> free_;
  IdPool<LocatorSetId, std::vector<Locator>> sets_{LocatorSetId(0)};
};

}  // namespace lisper
