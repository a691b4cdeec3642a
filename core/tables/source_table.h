#pragma once

#include <cstddef>
#include <unordered_map>

#include "core/base/address.h"
#include "core/base/hash.h"
#include "core/base/ids.h"
#include "core/tables/fib.h"

namespace lisper {

/// Where frames of one host to a group go.
struct SourceEntry {
  ReplicationListId list;
  SourceEntryId id;  ///< what they are counted by

  friend constexpr bool operator==(const SourceEntry&, const SourceEntry&) noexcept = default;
};

/// (network, source MAC, group MAC) -> SourceEntry: the (S,G) entries, which come before those of (*,G) in the FIB.
/// Changed only while nobody reads it.
class SourceTable {
 public:
  struct Key {
    FibKey source;
    FibKey group;

    friend constexpr bool operator==(const Key&, const Key&) noexcept = default;
  };

  [[nodiscard]] const SourceEntry* find(const Key& key) const noexcept {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second;
  }
  /// True if it is new.
  bool set(const Key& key, const SourceEntry& entry) { return entries_.insert_or_assign(key, entry).second; }
  /// True if it was there.
  bool erase(const Key& key) { return entries_.erase(key) != 0; }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept {
      return static_cast<std::size_t>(mix(key.source.value ^ kHashMultiplier, key.group.value));
    }
  };

  std::unordered_map<Key, SourceEntry, Hash> entries_;
};

}  // namespace lisper
