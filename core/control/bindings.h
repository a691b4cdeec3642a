#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "core/control/control_plane.h"
#include "core/control/mac_table.h"
#include "core/control/outbox.h"
#include "core/forward/config.h"
#include "core/forward/event.h"
#include "core/tables/tables.h"

namespace lisper {

/// Which IP address has which MAC, of networks that suppress ARP: what hosts said last, for `arp_timeout` (RFC
/// 9161 3.2, 3.5). An address that several hosts claim in turn is left to them: it is in no table, and questions are
/// flooded (3.7). A host has at most kMaxAddresses; one more takes the place of its own oldest.
class Bindings {
 public:
  static constexpr std::size_t kMaxAddresses = 16;

  Bindings(const LisperConfig& config, const Tables& tables, MacTable& macs, ControlCounters& counters);

  /// An event of kind kBinding.
  void on_event(const Event& event, TimeNs now, Outbox& out);
  void tick(TimeNs now, Outbox& out);
  [[nodiscard]] TimeNs next_deadline() const noexcept;

  [[nodiscard]] std::vector<ControlPlane::BindingRow> rows() const;

 private:
  using Key = BindingTable::Key;
  struct Entry {
    MacAddress mac;
    std::optional<bool> router;
    TimeNs expires{};
    TimeNs first_move{};  ///< of those that `moves` counts
    unsigned moves = 0;
    TimeNs contested_until{};
  };
  using Entries = std::map<Key, Entry>;

  [[nodiscard]] bool may_have_addresses(const Event& event);
  void learn(const Key& key, const Event& event, TimeNs now, Outbox& out);
  /// The entry, with this MAC; null if there is no room.
  Entry* find_or_insert(const Key& key, const MacAddress& mac, TimeNs now, Outbox& out);
  void move(Entry& entry, const MacAddress& mac, TimeNs now);
  void add_address(const Key& key, const MacAddress& mac, Outbox& out);
  void remove_address(const Key& key, const MacAddress& mac);
  void expire_at(const Key& key, Entry& entry, TimeNs when);
  void erase(Entries::iterator entry, Outbox& out);

  const LisperConfig& config_;
  const Tables& tables_;
  MacTable& macs_;
  ControlCounters& counters_;
  Entries entries_;
  std::map<std::uint64_t, std::vector<IpAddress>> addresses_;  ///< of each MAC (FibKey), oldest first; none is empty
  std::set<std::pair<TimeNs, Key>> deadlines_;                 ///< of all entries
};

}  // namespace lisper
