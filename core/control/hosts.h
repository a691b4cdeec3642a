#pragma once

#include <deque>
#include <optional>
#include <set>
#include <utility>

#include "core/base/rate_limit.h"
#include "core/control/control_plane.h"
#include "core/control/mac_table.h"
#include "core/control/moves.h"
#include "core/control/outbox.h"
#include "core/control/punt_queue.h"
#include "core/forward/config.h"
#include "core/forward/event.h"
#include "core/tables/tables.h"

namespace lisper {

/// Local hosts: learns them, tells the controller of them and of whom they look for, forgets them.
///
/// When the controller is told: a host is new or has moved: at once; it is active: again after a third
/// of the controller's own timer; it sends to an unknown MAC: once a second for each such MAC.
///
/// One that moves too often is held, see Moves.
///
/// All this within limits, because the controller's socket holds ten datagrams and it reads them slowly.
/// Of a host it is told later then. An unknown MAC is left out: its next frame after two seconds asks again.
class Hosts {
 public:
  Hosts(const LisperConfig& config, const Tables& tables, MacTable& macs, ControlCounters& counters);

  /// Of any kind but kBinding.
  void on_event(const Event& event, TimeNs now, Outbox& out);
  /// Tells of every host again, a few at a time.
  void punt_all(TimeNs now);

  void tick(TimeNs now, Outbox& out);
  [[nodiscard]] TimeNs next_deadline() const noexcept;

 private:
  void learn(const Event& event, TimeNs now, Outbox& out);
  /// False: it moves too often, and is back where it was.
  [[nodiscard]] bool may_move(FibKey key, const Event& event, TimeNs now, Outbox& out);
  void punt_unknown_destination(const Event& event, TimeNs now, Outbox& out);
  void age(TimeNs now, Outbox& out);
  /// Now if the limit allows, else as soon as it does.
  void tell(FibKey key, LocalHost& host, const MacAddress& destination, TimeNs now, Outbox& out);
  void wait(FibKey key, LocalHost& host, TimeNs until);
  void tell_waiting(TimeNs now, Outbox& out);
  void punt(FibKey source, LocationId location, const MacAddress& destination, Outbox& out);
  [[nodiscard]] const std::string& interface_name(LocationId location) const;

  const LisperConfig& config_;
  const Tables& tables_;
  MacTable& macs_;
  ControlCounters& counters_;

  Moves moves_;
  TimeNs next_age_ = kNever;
  TimeNs next_punts_ = kNever;
  RateLimit host_limit_{600, 6};
  RateLimit destination_limit_{200, 4};
  PuntQueue queue_;
  /// Unknown destinations punted within the last second, oldest first.
  std::deque<std::pair<TimeNs, FibKey>> recent_;
  std::set<std::uint64_t> recent_keys_;
};

}  // namespace lisper
