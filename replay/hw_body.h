#pragma once

#include <memory>

#include "core/base/result.h"
#include "hw/stepped_node.h"
#include "model/plan.h"
#include "replay/body.h"

namespace lisper::replay {

/// lisper-hw's workers and control plane, driven in turn, on DPDK's ring ports or modelled cards.
[[nodiscard]] Result<std::unique_ptr<Body>> make_hw_body(const model::CoreNode& plan, unsigned workers,
                                                         const hw::SteppedPorts& ports);

}  // namespace lisper::replay
