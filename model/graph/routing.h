#pragma once

#include <vector>

#include "model/plan.h"

namespace lisper::model {

/// Fills the routes of routers and of hosts that have none, by shortest paths (least sum of delays,
/// then fewest hops) over the links that are up at the start; next hops of equal cost are all kept.
/// Prefixes are the on-link prefixes of routers' ports; those on a node's own links get no route.
/// Segments join their links into one; only routers forward.
void compute_routes(std::vector<Node>& nodes, const std::vector<Link>& links);

}  // namespace lisper::model
