#pragma once

#include <cstddef>

#include "core/base/result.h"
#include "lab/layout.h"
#include "model/plan.h"
#include "report/result.h"

namespace lisper::lab {

/// Of a node that is the kernel's: a host, router or segment. Its ports' counters, and of a segment what
/// its bridge has learned.
[[nodiscard]] Result<report::NodeResult> read_counters(const Layout& layout, const model::Plan& plan, std::size_t node);

}  // namespace lisper::lab
