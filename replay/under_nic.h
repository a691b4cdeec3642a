#pragma once

#include <cstddef>

#include "core/base/result.h"

namespace lisper::replay {

/// Whether nic82599 runs this program.
[[nodiscard]] bool under_nic();

/// Becomes nic82599, found beside this program, which runs this program with the same arguments on so many modelled
/// ports, whose wires come back to it. Returns only if it cannot.
[[nodiscard]] Result<void> start_under_nic(std::size_t ports);

}  // namespace lisper::replay
