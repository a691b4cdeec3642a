#pragma once

#include <memory>

#include "core/base/result.h"
#include "model/plan.h"
#include "replay/body.h"

namespace lisper::replay {

/// lisper-hw's workers and control plane on DPDK's ring ports, driven in turn.
[[nodiscard]] Result<std::unique_ptr<Body>> make_hw_body(const model::CoreNode& plan, unsigned workers);

}  // namespace lisper::replay
