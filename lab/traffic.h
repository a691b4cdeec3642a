#pragma once

#include <cstdint>
#include <memory>

#include "core/base/result.h"
#include "lab/layout.h"
#include "lab/recorder.h"
#include "lab/state.h"
#include "model/plan.h"
#include "report/result.h"

namespace lisper::lab {

/// What the traffic of a run shares.
struct TrafficContext {
  const Layout& layout;
  const model::Plan& plan;
  State& state;
  Recorder& recorder;
  std::int64_t series_interval_ns;
  std::int64_t start_wall_ns = 0;  ///< t = 0 on the clock that ping shows; set when the run starts
};

/// One flow, run by the tools of a real host.
class Traffic {
 public:
  virtual ~Traffic() = default;
  /// Before the run: what has to be there when it starts.
  [[nodiscard]] virtual Result<void> prepare() { return {}; }
  /// At the flow's start.
  [[nodiscard]] virtual Result<void> start() = 0;
  /// At the flow's stop, or the end of the run: sends no more.
  virtual void stop() = 0;
  /// Need not be told to stop before the end of the run.
  [[nodiscard]] virtual bool stops_itself() const { return false; }
  /// Has nothing more to wait for.
  [[nodiscard]] virtual bool done() = 0;
  /// After stop(). A tool that failed is a result, of nothing received.
  [[nodiscard]] virtual report::FlowResult result() = 0;
};

/// `flow` and `context` must outlive it.
[[nodiscard]] std::unique_ptr<Traffic> make_traffic(const model::Flow& flow, const TrafficContext& context);

}  // namespace lisper::lab
