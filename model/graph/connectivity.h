#pragma once

#include <string>
#include <vector>

#include "model/plan.h"

namespace lisper::model {

/// What in a plan cannot work at its start, one sentence each, for warnings: peers of LISPERs and
/// tunnels that nobody is or that no path leads to, next hops that nobody on the link is, nodes
/// without a link, addresses used twice on a link, parts without a link between them. Sorted by kind,
/// then by node.
[[nodiscard]] std::vector<std::string> connectivity_problems(const Plan& plan);

}  // namespace lisper::model
