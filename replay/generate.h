#pragma once

#include <cstdint>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "model/plan.h"
#include "replay/frames.h"

namespace lisper::replay {

/// `count` frames or a few more, as a node's neighbours could send them from `start` on: from hosts on its Ethernets,
/// from its tunnels and from other LISPERs, to hosts that it knows and that nobody knows, to groups; whole and in
/// fragments; hosts that move; requests for its own addresses; bursts of one time, and pauses in which tables age.
/// The same `random` gives the same frames.
[[nodiscard]] std::vector<PortFrame> generate(const model::Plan& plan, std::size_t node, std::size_t count,
                                              TimeNs start, Random random);

}  // namespace lisper::replay
