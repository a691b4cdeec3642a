#pragma once

#include <memory>

#include "core/base/result.h"
#include "model/plan.h"
#include "replay/body.h"

namespace lisper::replay {

/// The core inside an ns-3 node. One at a time in a process.
[[nodiscard]] Result<std::unique_ptr<Body>> make_sim_body(const model::CoreNode& plan);

}  // namespace lisper::replay
