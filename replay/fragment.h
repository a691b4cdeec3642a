#pragma once

#include <cstddef>
#include <vector>

#include "core/base/random.h"
#include "replay/frames.h"

namespace lisper::replay {

/// The frame's IP packet (behind at most one VLAN tag) in fragments of at most `payload` bytes each, a multiple of 8.
/// The frame itself, if it is none of IP, or fits.
[[nodiscard]] std::vector<FrameBytes> fragment(const FrameBytes& frame, std::size_t payload, Random& random);

}  // namespace lisper::replay
