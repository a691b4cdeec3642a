#pragma once

#include <vector>

#include "core/base/random.h"
#include "replay/frames.h"

namespace lisper::replay {

/// Spoils about `share` (0..1) of the frames: bytes changed, tails cut or added, VLAN tags put in, lengths that lie,
/// frames repeated or swapped with the next one. Times stay in order. The same `random` spoils the same way.
void mutate(std::vector<PortFrame>& frames, double share, Random random);

}  // namespace lisper::replay
