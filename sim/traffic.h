#pragma once

#include "report/result.h"

namespace lisper::sim {

/// A flow of the plan at work: schedules itself when it is made, and is asked for its result at the end.
class Traffic {
 public:
  virtual ~Traffic() = default;
  /// Writes what was measured; names and kind are the caller's.
  virtual void write(report::FlowResult& result) const = 0;
};

}  // namespace lisper::sim
