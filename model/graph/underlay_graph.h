#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace lisper::model {

/// Routers and the links between them: what a generator or a topology file says of the underlay.
struct UnderlayGraph {
  std::vector<std::string> names;  ///< one a router; unique
  struct Edge {
    std::size_t a = 0, b = 0;  ///< indices in `names`
    std::optional<double> rate_bps;
    std::optional<double> delay_ns;
  };
  std::vector<Edge> edges;
  std::vector<std::size_t> site_routers;  ///< where sites attach, in order
};

}  // namespace lisper::model
