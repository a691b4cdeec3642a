#pragma once

#include <functional>

#include "core/base/result.h"
#include "endpoint/node.h"

namespace lisper::endpoint {

/// CLOCK_MONOTONIC.
[[nodiscard]] TimeNs monotonic_now();

/// Waits for frames, deadlines, links and signals, and lets the node act, until SIGINT or SIGTERM came, which is
/// returned. SIGUSR1 calls `report`. Fails only if the machine has no more descriptors.
[[nodiscard]] Result<int> run(Node& node, const std::function<void()>& report);

}  // namespace lisper::endpoint
