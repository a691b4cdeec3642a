#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/base/address.h"
#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/control/mapped_eids.h"
#include "core/control/mappings.h"
#include "core/control/outbox.h"
#include "core/tables/fib.h"

namespace lisper {

/// What a local host is known by.
struct LocalHost {
  LocationId location;
  TimeNs punted{};           ///< when the controller was last told of it
  bool waiting = false;      ///< it is to be told of it, as soon as the limit allows
  std::uint64_t number = 0;  ///< hosts are counted as they come to a location
};

/// What both sources say about each (network, MAC), and the only writer of the FIB. The FIB holds what
/// came last: a frame from a local host, or a message from the controller, which makes the host
/// forgotten until its next frame. When a host goes, what the controller said comes back.
///
/// No location has more hosts than its limit. If the table is full, a new host takes the place of the newest one at the
/// location that has the most, unless that is its own: whoever floods the table pushes out nobody but itself.
class MacTable {
 public:
  /// `mappings` must outlive this, and hold every id that is in the table.
  MacTable(std::size_t max_macs, const Mappings& mappings) : mappings_(mappings), max_macs_(max_macs) {}
  void set_limit(LocationId location, std::size_t hosts) { places_[location].limit = hosts; }

  /// Of a host. False if the table is full, and nothing happened.
  bool set_mapped(FibKey key, MappingId mapping, Outbox& out);
  void erase_mapped(FibKey key, Outbox& out);
  [[nodiscard]] std::optional<MappingId> find_mapped(FibKey key) const noexcept;
  void prefetch(FibKey key) const noexcept { mapped_.prefetch(key); }
  [[nodiscard]] std::size_t mapped_count() const noexcept { return mapped_.size(); }
  [[nodiscard]] std::vector<FibKey> mapped_keys() const;

  /// Of a group. False if the table is full, and nothing happened.
  bool set_group(FibKey key, FibValue value, Outbox& out);
  void erase_group(FibKey key, Outbox& out);

  /// Null if there is no room, and nothing happened.
  LocalHost* set_local(FibKey key, LocationId location, TimeNs now, Outbox& out);
  void erase_local(FibKey key, Outbox& out);

  [[nodiscard]] LocalHost* find_local(FibKey key);
  /// True if the host has gone to where the controller says that it is.
  [[nodiscard]] bool has_left(FibKey key) const;
  /// The first local host at or after `key` in the order of keys.
  [[nodiscard]] std::optional<FibKey> next_local(FibKey key) const;
  [[nodiscard]] std::size_t local_count() const noexcept { return locals_.size(); }

 private:
  /// Of `mapped_`: since the host was here, the controller has only said again what it said before.
  static constexpr std::uint32_t kRepeated = Mappings::kMaxIds;
  using Locals = std::map<std::uint64_t, LocalHost>;
  /// The hosts of a local location.
  struct Place {
    std::size_t limit = SIZE_MAX;
    std::map<std::uint64_t, FibKey> hosts{};  ///< by LocalHost::number
  };
  [[nodiscard]] static MappingId mapping_of(std::uint32_t word) noexcept { return MappingId(word & ~kRepeated); }
  [[nodiscard]] bool is_full() const noexcept {
    return mapped_.size() + groups_.size() + locals_.size() - both_ >= max_macs_;
  }
  [[nodiscard]] bool make_room(LocationId location, Outbox& out);
  void put(FibKey key, LocalHost& host, LocationId location, Outbox& out);
  void take(const LocalHost& host, Outbox& out);
  void forget(Locals::iterator local, Outbox& out);

  const Mappings& mappings_;
  // Together exactly the FIB's keys, once it has applied every delta.
  MappedEids mapped_;  ///< MappingId and kRepeated
  std::set<std::uint64_t> groups_;
  Locals locals_;
  std::size_t both_ = 0;  ///< local hosts that are mapped as well
  std::map<LocationId, Place> places_;
  std::uint64_t next_number_ = 0;
  std::size_t max_macs_;
};

}  // namespace lisper
