#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace lisper::model {

struct Point {
  double x = 0;
  double y = 0;
};

/// Places `n` connected nodes about the origin such that neighbours are about 1 apart: dense two-tier
/// graphs on two rows, or on two circles if the outer tier carries more than `row` columns in all; full meshes
/// on a circle; anything else as springs settle. `columns` is what hangs from each node, side by side.
[[nodiscard]] std::vector<Point> skeleton_layout(std::size_t n,
                                                 const std::vector<std::pair<std::size_t, std::size_t>>& edges,
                                                 const std::vector<std::size_t>& columns);

}  // namespace lisper::model
