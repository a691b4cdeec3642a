#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "core/base/address.h"
#include "core/base/ids.h"
#include "core/control/control_plane.h"
#include "core/control/groups.h"
#include "core/control/mappings.h"
#include "core/control/outbox.h"
#include "core/control/replication_lists.h"
#include "core/tables/tables.h"

namespace lisper {

/// The controller's (S,G) entries: where frames of one source to a group go, instead of where the group's entry for all
/// sources, the (*,G), says. They are few, and come and go as entries do. In a network that snoops, Groups puts them
/// into the tables, which knows the group's other receivers.
class SourceEntries {
 public:
  struct Key {
    NetworkId network;
    MacAddress group;
    MacAddress source;
    friend constexpr auto operator<=>(const Key&, const Key&) noexcept = default;
  };

  SourceEntries(const Tables& tables, Mappings& mappings, ReplicationLists& lists, Groups& groups)
      : tables_(tables), mappings_(mappings), lists_(lists), groups_(groups) {}

  [[nodiscard]] bool contains(const Key& key) const { return entries_.contains(key); }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  /// No id is left for another one.
  [[nodiscard]] bool full() const noexcept { return keys_.size() == UINT16_MAX; }

  /// Adds or replaces; takes over the caller's hold of a mapping of kind kElsewhere. There is room.
  void set(const Key& key, MappingId mapping, Outbox& out);
  /// False: there was none.
  bool remove(const Key& key, Outbox& out);
  void clear(Outbox& out);
  /// Only after the last delta of a message.
  void release_unused();

  /// As MapCache has it.
  [[nodiscard]] std::uint16_t port(const Key& key, const IpAddress& rloc) const;
  [[nodiscard]] MacAddress source_of(SourceEntryId id) const;
  void add_rows(std::vector<ControlPlane::MapCacheRow>& rows) const;

 private:
  struct Entry {
    MappingId mapping;
    SourceEntryId id;
    ReplicationListId list;  ///< unless it is snooped
  };
  [[nodiscard]] bool is_snooped(const Key& key) const {
    return !key.group.is_broadcast() && groups_.snoops(key.network);
  }
  [[nodiscard]] SourceEntryId new_id(const Key& key);

  const Tables& tables_;
  Mappings& mappings_;
  ReplicationLists& lists_;
  Groups& groups_;
  std::map<Key, Entry> entries_;
  /// In turn, so that what was counted by an id that has gone is not taken for another's.
  std::map<SourceEntryId, Key> keys_;
  SourceEntryId last_id_;
  std::vector<MappingId> unused_mappings_;
  std::vector<ReplicationListId> unused_lists_;
};

}  // namespace lisper
