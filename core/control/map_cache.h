#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/control/control_plane.h"
#include "core/control/groups.h"
#include "core/control/id_pool.h"
#include "core/control/mac_table.h"
#include "core/control/map_cache_message.h"
#include "core/control/outbox.h"
#include "core/control/replication_lists.h"
#include "core/control/source_entries.h"
#include "core/tables/tables.h"

namespace lisper {

/// The controller's entries, and what they come to in the tables. Of the locators, those of priority
/// 255, our own and those that are not in `lispers` are left out; then:
///
///   entry                | list is empty           | none left, own among them | none left  | one       | more
///   ---------------------|-------------------------|---------------------------|------------|-----------|-----
///   `rlocs`, any prefix  | today: withdrawn,       | withdrawn                 | kNoLocator | kMapped   | kSet
///   `rles`, any prefix   | 2016: kNoLocator, as    | withdrawn                 | kNoLocator | kReplicate to these
///   group MAC, either    | the original did        | kReplicate to the local locations and these
///   broadcast, either    | flood list of the network: its local locations and these
///
/// In a network that snoops, a group's LISPERs are told to Groups, which knows the other receivers. Of replication
/// lists with levels these are only those that we serve (replication_levels.h). Entries for one source are
/// SourceEntries'.
///
/// Withdrawn is the same as deleted: the MAC is unknown, so its frames are flooded and punted. Today's
/// controller means by an empty list also "ask me again". A host at our own RLOC is local: it is
/// learned, not mapped.
class MapCache {
 public:
  /// Prefixes of one network are searched in turn for each unknown MAC, so they are few.
  static constexpr std::size_t kMaxPrefixes = 1024;

  MapCache(const Tables& tables, std::size_t max_entries, MacTable& macs, ReplicationLists& lists, Groups& groups,
           ControlCounters& counters);

  void apply(const MapCacheMessage& message, TimeNs now, Outbox& out);

  /// The UDP port of an entry's RLOC, as the controller gave it; LISP's own if there is none such. `source`: zero, if
  /// the entry is for all.
  [[nodiscard]] std::uint16_t port(NetworkId network, const MacAddress& eid, std::uint8_t length,
                                   const MacAddress& source, const IpAddress& rloc) const;
  /// The source of an entry that frames were counted by; zero: it is for all, or gone.
  [[nodiscard]] MacAddress source_of(SourceEntryId id) const { return sources_.source_of(id); }
  /// Sorted by IID, MAC, length, source.
  [[nodiscard]] std::vector<ControlPlane::MapCacheRow> rows() const;
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size() + sources_.size(); }

 private:
  /// Prefixes of a network follow its hosts, longest first.
  struct Key {
    NetworkId network;
    std::uint8_t wildcard_bits;  ///< 48 less the length
    MacAddress mac;
    friend constexpr auto operator<=>(const Key&, const Key&) noexcept = default;
  };
  struct Entry {
    std::vector<RlocRecord> rlocs;
    bool replicate = false;
    FibValue value;
  };
  using Entries = std::map<Key, Entry>;
  struct Usable {
    std::vector<Locator> locators;
    bool own = false;  ///< one of those left out is ourselves
  };

  void set(const Key& key, const MapCacheUpdate& update, Outbox& out);
  void apply_source(NetworkId network, const MapCacheUpdate& update, Outbox& out);
  void remove(const Key& key, Outbox& out);
  void clear(Outbox& out);
  void put_prefixes(Outbox& out);

  [[nodiscard]] bool has_room(const Key& key) const;
  [[nodiscard]] Usable usable(NetworkId network, const MapCacheUpdate& update);
  /// nullopt: withdrawn.
  [[nodiscard]] std::optional<FibValue> value_of(const Key& key, const MapCacheUpdate& update, Outbox& out);
  [[nodiscard]] FibValue replication_value(ReplicationList list, Outbox& out);
  void release(FibValue value);
  /// An entry for a group, of which snooping knows more receivers.
  [[nodiscard]] bool is_snooped(const Key& key) const;
  /// `list` of `locations`, with the levels that they are on.
  void put_flood_list(NetworkId network, const ReplicationList& list, std::vector<LocationId> locations, Outbox& out);
  [[nodiscard]] Entries::const_iterator prefixes_begin(NetworkId network) const;
  [[nodiscard]] Entries::const_iterator prefixes_end(NetworkId network) const;

  const Tables& tables_;
  std::size_t max_entries_;
  MacTable& macs_;
  ReplicationLists& lists_;
  Groups& groups_;
  ControlCounters& counters_;
  Entries entries_;
  SourceEntries sources_;
  IdPool<LocatorSetId, std::vector<Locator>> sets_{LocatorSetId(0)};
  std::set<NetworkId> changed_prefixes_;
  TimeNs now_{};  ///< of the message
  /// Given back only after the last delta of a message, so that no id gets another meaning while the
  /// tables still use it.
  std::vector<FibValue> unused_;
};

}  // namespace lisper
