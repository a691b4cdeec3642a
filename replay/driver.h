#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "model/plan.h"
#include "replay/body.h"
#include "replay/frames.h"
#include "report/result.h"

namespace lisper::replay {

/// What is done to a body.
struct Replay {
  const model::Plan& plan;
  std::size_t node = 0;  ///< of the plan; a model::CoreNode
  std::span<const PortFrame> frames;
  bool stand_in = true;  ///< for next hops, see StandIn
  /// Called now and then with the share of time that is done; false stops the replay.
  std::function<bool(double done)> progress;
};

/// What came of it.
struct Recording {
  std::vector<PortFrame> sent;
  std::vector<Punt> punts;
  report::NodeResult result;
  std::uint64_t lost = 0;  ///< frames that came in at a port without carrier
};

/// [ns] How long a replay goes on after the last frame.
inline constexpr TimeNs kAfterwards = seconds(1);

/// Runs `body` through time from 0: the frames, what the plan's controller says, the plan's link events, and the
/// body's own deadlines. Of one time, deadlines come first, then events, then the controller, then frames. Equal
/// replays of bodies that do the same are the same calls. nullopt: stopped by `progress`.
[[nodiscard]] std::optional<Recording> run(const Replay& replay, Body& body);

}  // namespace lisper::replay
