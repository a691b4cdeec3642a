#include "model/graph/layout.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/connected_components.hpp>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <set>
#include <utility>
#include <vector>

#include "model/graph/skeleton_layout.h"

namespace lisper::model {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;

/// Nodes that lead nowhere else (hosts, the sites at a router) hang as trees from the rest, the skeleton.
class Layout {
 public:
  explicit Layout(const Plan& plan) : plan_(plan), neighbours_(plan.nodes.size()), points_(plan.nodes.size()) {
    for (const auto& link : plan.links) {
      auto a = link.ends[0].node, b = link.ends[1].node;
      if (a == b) continue;
      neighbours_[a].insert(b);
      neighbours_[b].insert(a);
    }
  }

  std::vector<Point> run() {
    strip();
    double right = 0;
    for (const auto& part : parts()) right = place_beside(part, right);
    return points_;
  }

 private:
  void strip();
  [[nodiscard]] std::vector<std::vector<std::size_t>> parts() const;
  [[nodiscard]] std::size_t columns(std::size_t node) const;
  [[nodiscard]] std::size_t depth(std::size_t node) const;
  double place_beside(const std::vector<std::size_t>& part, double left);
  void place_trees(std::size_t node, double nearest, const std::vector<std::size_t>& part);
  void place_tree(std::size_t node, std::size_t level, double& angle);
  void place_below(std::size_t node, double y, double step, double& column);

  /// A circle's sector about `centre` that a node's trees are spread over.
  struct Fan {
    Point centre;
    double step = 0;    ///< angle a column
    double radius = 0;  ///< of the outermost level
    double inner = 0;   ///< share of `radius` that the levels begin after
    double levels = 1;
    bool staggered = false;
  };

  const Plan& plan_;
  std::vector<std::set<std::size_t>> neighbours_;
  std::vector<std::vector<std::size_t>> children_;
  std::vector<bool> hangs_;
  std::vector<Point> points_;
  Fan fan_;
};

void Layout::strip() {
  children_.resize(points_.size());
  hangs_.resize(points_.size());
  auto rest = neighbours_;
  auto is_loose = [&](std::size_t n) {
    return rest[n].size() == 1 && !hangs_[n] && !std::holds_alternative<Router>(plan_.nodes[n].role);
  };
  // Level by level, so that of a tree without routers its middle is left.
  std::vector<std::size_t> loose;
  for (std::size_t n = 0; n < rest.size(); ++n)
    if (is_loose(n)) loose.push_back(n);
  while (!loose.empty()) {
    std::vector<std::size_t> next;
    for (auto n : loose) {
      if (!is_loose(n)) continue;
      auto parent = *rest[n].begin();
      hangs_[n] = true;
      children_[parent].push_back(n);
      rest[n].clear();
      rest[parent].erase(n);
      if (is_loose(parent)) next.push_back(parent);
    }
    loose = std::move(next);
  }
  for (auto& children : children_) std::ranges::sort(children);
}

std::vector<std::vector<std::size_t>> Layout::parts() const {
  boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS> graph(points_.size());
  for (std::size_t n = 0; n < points_.size(); ++n)
    for (auto m : neighbours_[n]) boost::add_edge(n, m, graph);
  std::vector<std::size_t> part_of(points_.size());
  std::vector<std::vector<std::size_t>> parts(part_of.empty() ? 0 : boost::connected_components(graph, part_of.data()));
  for (std::size_t n = 0; n < part_of.size(); ++n)
    if (!hangs_[n]) parts[part_of[n]].push_back(n);
  return parts;
}

std::size_t Layout::columns(std::size_t node) const {
  std::size_t sum = 0;
  for (auto child : children_[node]) sum += std::max<std::size_t>(1, columns(child));
  return sum;
}

std::size_t Layout::depth(std::size_t node) const {
  std::size_t deepest = 0;
  for (auto child : children_[node]) deepest = std::max(deepest, 1 + depth(child));
  return deepest;
}

/// Places one connected part, with its left edge there; returns where the next may begin.
double Layout::place_beside(const std::vector<std::size_t>& part, double left) {
  std::vector<std::size_t> index(points_.size());
  for (std::size_t i = 0; i < part.size(); ++i) index[part[i]] = i;
  std::vector<std::pair<std::size_t, std::size_t>> edges;
  std::vector<std::size_t> hanging;
  for (auto n : part) {
    hanging.push_back(columns(n));
    for (auto m : neighbours_[n])
      if (n < m && !hangs_[m]) edges.emplace_back(index[n], index[m]);
  }
  const auto skeleton = skeleton_layout(part.size(), edges, hanging);
  for (std::size_t i = 0; i < part.size(); ++i) points_[part[i]] = skeleton.points[i];
  for (auto n : part) {
    if (skeleton.in_rows) {
      const double downwards = points_[n].y < 0 ? -1 : 1;
      double column = points_[n].x - kColumn * static_cast<double>(columns(n)) / 2;
      for (auto child : children_[n]) place_below(child, points_[n].y + downwards, downwards, column);
      continue;
    }
    double nearest = 2;
    for (auto m : part)
      if (m != n) nearest = std::min(nearest, std::hypot(points_[n].x - points_[m].x, points_[n].y - points_[m].y));
    place_trees(n, nearest, part);
  }

  std::vector<std::size_t> all = part;
  for (std::size_t i = 0; i < all.size(); ++i)
    all.insert(all.end(), children_[all[i]].begin(), children_[all[i]].end());
  auto x = [&](std::size_t n) { return points_[n].x; };
  const auto [low, high] = std::ranges::minmax(all, {}, x);
  const double shift = left - points_[low].x, width = points_[high].x - points_[low].x;
  for (auto n : all) points_[n].x += shift;
  return left + width + 1;
}

/// Spreads what hangs from a node over the widest gap between its neighbours of the skeleton.
void Layout::place_trees(std::size_t node, double nearest, const std::vector<std::size_t>& part) {
  if (children_[node].empty()) return;
  const auto centre = points_[node];
  std::vector<double> taken;
  for (auto m : neighbours_[node])
    if (!hangs_[m]) taken.push_back(std::atan2(points_[m].y - centre.y, points_[m].x - centre.x));
  std::ranges::sort(taken);
  double begin = -kTurn / 4, gap = kTurn;
  for (std::size_t i = 0; i < taken.size(); ++i) {
    const double to_next = i + 1 < taken.size() ? taken[i + 1] - taken[i] : taken[0] + kTurn - taken[i];
    if (i == 0 || to_next > gap) {
      begin = taken[i];
      gap = to_next;
    }
  }
  const auto count = static_cast<double>(columns(node));
  const bool many = count > 6;
  const double spread = taken.empty() ? kTurn : std::min({gap * 0.8, kTurn * (many ? 0.75 : 0.45), count * kTurn / 10});
  // Few stay in a narrow sector outwards, where there is room beyond the half way to the nearest neighbour.
  const double reach = part.size() == 1 ? 2 : nearest * (many || gap < kTurn * 0.4 ? 0.45 : 0.75);
  fan_ = {centre, spread / count, reach, many ? 0.45 : 0, static_cast<double>(depth(node)), many};
  double angle = begin + (taken.empty() ? 0 : (gap - spread) / 2);
  for (auto child : children_[node]) place_tree(child, 1, angle);
}

void Layout::place_tree(std::size_t node, std::size_t level, double& angle) {
  const double from = angle;
  for (auto child : children_[node]) place_tree(child, level + 1, angle);
  if (children_[node].empty()) angle += fan_.step;
  const double middle = (from + angle) / 2;
  double radius = fan_.inner + (1 - fan_.inner) * static_cast<double>(level) / fan_.levels;
  // Every other one stands a little nearer, where they would touch.
  if (fan_.staggered && std::lround(from / fan_.step) % 2 != 0) radius -= 0.12;
  radius *= fan_.radius;
  points_[node] = {fan_.centre.x + radius * std::cos(middle), fan_.centre.y + radius * std::sin(middle)};
}

void Layout::place_below(std::size_t node, double y, double step, double& column) {
  const double from = column;
  for (auto child : children_[node]) place_below(child, y + step, step, column);
  if (children_[node].empty()) column += kColumn;
  points_[node] = {(from + column) / 2, y};
}

}  // namespace

void layout(Plan& plan) {
  auto points = Layout(plan).run();
  if (points.empty()) return;
  const auto [left, right] = std::ranges::minmax(points, {}, &Point::x);
  const auto [top, bottom] = std::ranges::minmax(points, {}, &Point::y);
  auto share = [](double value, double low, double high) {
    return high - low > 1e-9 ? std::clamp((value - low) / (high - low), 0.0, 1.0) : 0.5;
  };
  for (std::size_t n = 0; n < points.size(); ++n)
    plan.nodes[n].position = {share(points[n].x, left.x, right.x), share(points[n].y, top.y, bottom.y)};
}

}  // namespace lisper::model
