#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <utility>

#include "core/base/time.h"
#include "core/control/outbox.h"
#include "core/tables/fib.h"

namespace lisper {

/// Hosts that have been learned at one place and then at another. RFC 7432 15.1: one that moves five times in three
/// minutes is two hosts with one MAC, or a forged one. It is held where it was before, for three minutes.
class Moves {
 public:
  /// `to` is a local location; `from`, too, or kNoLocation: the controller says that the host is elsewhere.
  /// False: it must not be there. `home` is then where it is held, and `out` says so.
  [[nodiscard]] bool move(FibKey host, LocationId from, LocationId to, TimeNs now, LocationId& home, Outbox& out);

  void tick(TimeNs now, Outbox& out);
  [[nodiscard]] TimeNs next_deadline() const noexcept {
    return deadlines_.empty() ? kNever : deadlines_.begin()->first;
  }

 private:
  struct History {
    LocationId home;
    unsigned moves = 0;
    bool pinned = false;
    TimeNs until{};  ///< forgotten, or released, then
  };
  void forget_at(FibKey host, History& history, TimeNs when);

  std::map<std::uint64_t, History> histories_;  ///< by FibKey
  std::set<std::pair<TimeNs, std::uint64_t>> deadlines_;
};

}  // namespace lisper
