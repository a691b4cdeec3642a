#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace lisper::model {

struct Point {
  double x = 0;
  double y = 0;
};

inline constexpr double kColumn = 0.6;  ///< width, in rows

struct Skeleton {
  std::vector<Point> points;
  bool in_rows = false;  ///< what hangs from the nodes belongs below them, a column wide each
};

/// Places `n` connected nodes such that neighbours are about 1 apart: dense two-tier graphs in two rows, or
/// on two circles if too much hangs from them for a row; full meshes on a circle; anything else as its
/// distances demand. `columns` is how much hangs from each node, side by side.
[[nodiscard]] Skeleton skeleton_layout(std::size_t n, const std::vector<std::pair<std::size_t, std::size_t>>& edges,
                                       const std::vector<std::size_t>& columns);

}  // namespace lisper::model
