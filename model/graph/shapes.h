#pragma once

#include <cstddef>

#include "model/graph/underlay_graph.h"

namespace lisper::model {

// Each shape has its routers named "r0", "r1", ..., unless it says otherwise, and a site at each of
// them in order, unless it says otherwise.

/// Every pair of `n` routers linked.
[[nodiscard]] UnderlayGraph make_mesh(std::size_t n);
/// "hub", and `n` routers each linked to it; sites at these only.
[[nodiscard]] UnderlayGraph make_star(std::size_t n);
/// A closed line, which needs n >= 3; below that a line.
[[nodiscard]] UnderlayGraph make_ring(std::size_t n);
[[nodiscard]] UnderlayGraph make_line(std::size_t n);
/// Two tiers: "spine0".. and "leaf0".., each leaf linked to every spine; `sites` spread over the leaves
/// round robin. No leaf: no sites.
[[nodiscard]] UnderlayGraph make_clos(std::size_t spines, std::size_t leaves, std::size_t sites);

}  // namespace lisper::model
