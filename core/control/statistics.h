#pragma once

#include <compare>
#include <cstdint>
#include <map>

#include "core/control/control_plane.h"
#include "core/control/map_cache.h"
#include "core/control/outbox.h"
#include "core/forward/config.h"
#include "core/forward/usage.h"
#include "core/tables/tables.h"

namespace lisper {

/// Adds up what the workers sent to LISPERs, and tells the controller at each interval: what came since the
/// last time, and nothing of what was idle. So the controller refreshes the entries that are in use before
/// they time out.
class Statistics {
 public:
  /// More rows than this are not added up; their packets are counted as lost.
  static constexpr std::size_t kMaxRows = 1u << 16;

  Statistics(const LisperConfig& config, const Tables& tables, const MapCache& map_cache, ControlCounters& counters);

  void start(TimeNs now);
  void add(const Usage& usage, TimeNs now);

  void tick(TimeNs now, Outbox& out);
  [[nodiscard]] TimeNs next_deadline() const noexcept { return next_; }

 private:
  struct Row {
    NetworkId network;
    MacAddress eid;
    std::uint8_t length;
    MacAddress source;  ///< zero: any
    LocationId location;
    friend constexpr auto operator<=>(const Row&, const Row&) noexcept = default;
  };
  using Rows = std::map<Row, Tally>;

  void begin_report(TimeNs now, Outbox& out);
  void send_some(TimeNs now, Outbox& out);

  const LisperConfig& config_;
  const Tables& tables_;
  const MapCache& map_cache_;
  ControlCounters& counters_;
  Rows gathering_;  ///< since the last report began
  Rows reporting_;  ///< what of it is not told yet
  Tally received_;
  TimeNs next_report_ = kNever;
  TimeNs next_ = kNever;
};

}  // namespace lisper
