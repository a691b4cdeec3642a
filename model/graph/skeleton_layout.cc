#include "model/graph/skeleton_layout.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/bipartite.hpp>
#include <boost/graph/breadth_first_search.hpp>
#include <boost/property_map/property_map.hpp>
#include <cmath>
#include <numbers>
#include <numeric>

namespace lisper::model {
namespace {

/// What one row of a picture has room for.
constexpr std::size_t kRow = 24;

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS>;
using Distances = std::vector<std::vector<double>>;

std::vector<Point> circle(std::size_t n, double radius) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < n; ++i) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(n);
    points.push_back({radius * std::sin(angle), -radius * std::cos(angle)});
  }
  return points;
}

/// The radius at which `n` points on a circle are 1 apart.
double radius_of(std::size_t n) { return n < 2 ? 0 : 0.5 / std::sin(std::numbers::pi / static_cast<double>(n)); }

/// Two tiers with most of their possible links between them: the inner one first.
bool split_tiers(const Graph& graph, std::vector<std::size_t>& inner, std::vector<std::size_t>& outer,
                 const std::vector<std::size_t>& columns) {
  const auto n = boost::num_vertices(graph);
  std::vector<boost::default_color_type> colours(n);
  auto index = boost::get(boost::vertex_index, graph);
  if (n < 5 || !boost::is_bipartite(graph, index, boost::make_iterator_property_map(colours.begin(), index)))
    return false;
  for (std::size_t v = 0; v < n; ++v) (colours[v] == colours[0] ? inner : outer).push_back(v);
  auto hanging = [&](const std::vector<std::size_t>& tier) {
    return std::accumulate(tier.begin(), tier.end(), std::size_t{0},
                           [&](auto sum, auto v) { return sum + columns[v]; });
  };
  if (std::pair(hanging(inner), inner.size()) > std::pair(hanging(outer), outer.size())) inner.swap(outer);
  return inner.size() >= 2 && outer.size() >= 2 && 4 * boost::num_edges(graph) >= 3 * inner.size() * outer.size();
}

std::vector<Point> two_circles(const std::vector<std::size_t>& inner, const std::vector<std::size_t>& outer) {
  std::vector<Point> points(inner.size() + outer.size());
  const auto radius = std::max(1.5, radius_of(outer.size()));
  const auto outer_circle = circle(outer.size(), radius), inner_circle = circle(inner.size(), radius * 0.4);
  for (std::size_t i = 0; i < outer.size(); ++i) points[outer[i]] = outer_circle[i];
  for (std::size_t i = 0; i < inner.size(); ++i) points[inner[i]] = inner_circle[i];
  return points;
}

std::vector<Point> two_rows(const std::vector<std::size_t>& inner, const std::vector<std::size_t>& outer,
                            const std::vector<std::size_t>& columns) {
  std::vector<Point> points(inner.size() + outer.size());
  double width = 0;
  for (auto v : outer) {
    const double share = std::max(1.0, kColumn * static_cast<double>(columns[v]));
    points[v] = {width + share / 2, 0};
    width += share;
  }
  for (std::size_t i = 0; i < inner.size(); ++i)
    points[inner[i]] = {(static_cast<double>(i) + 0.5) * width / static_cast<double>(inner.size()), -1.5};
  return points;
}

Distances distances(const Graph& graph) {
  const auto n = boost::num_vertices(graph);
  Distances all(n, std::vector<double>(n));
  for (std::size_t v = 0; v < n; ++v)
    boost::breadth_first_search(
        graph, v,
        boost::visitor(boost::make_bfs_visitor(boost::record_distances(all[v].data(), boost::on_tree_edge()))));
  return all;
}

/// Classical scaling: the two directions in which the points would be spread most, if each pair could be
/// as far apart as in the graph.
std::vector<Point> scale(const Distances& d) {
  const auto n = d.size();
  const auto size = static_cast<double>(n);
  std::vector<double> row(n), first(n), second(n);
  double total = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (auto x : d[i]) row[i] += x * x / size;
    total += row[i] / size;
  }
  auto principal = [&](std::vector<double>& v, const std::vector<double>* other) {
    for (std::size_t i = 0; i < n; ++i) v[i] = std::sin(static_cast<double>(i + 1) * (other ? 2.0 : 1.0));
    double value = 0;
    for (int round = 0; round < 60; ++round) {
      if (other) {
        const double along = std::inner_product(v.begin(), v.end(), other->begin(), 0.0);
        for (std::size_t i = 0; i < n; ++i) v[i] -= along * (*other)[i];
      }
      std::vector<double> next(n);
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) next[i] -= 0.5 * (d[i][j] * d[i][j] - row[i] - row[j] + total) * v[j];
      value = std::sqrt(std::inner_product(next.begin(), next.end(), next.begin(), 0.0));
      if (value < 1e-9) break;
      for (std::size_t i = 0; i < n; ++i) v[i] = next[i] / value;
    }
    return std::sqrt(value);
  };
  const double x = principal(first, nullptr), y = principal(second, &first);
  std::vector<Point> points;
  for (std::size_t i = 0; i < n; ++i) points.push_back({x * first[i], y * second[i]});
  return points;
}

/// Stress majorization: each round moves every node to where the others, by their distances in the
/// graph, want it on average; near ones weigh more.
void relax(std::vector<Point>& points, const Distances& d) {
  for (int round = 0; round < 80; ++round) {
    for (std::size_t i = 0; i < points.size(); ++i) {
      Point sum;
      double weights = 0;
      for (std::size_t j = 0; j < points.size(); ++j) {
        if (i == j) continue;
        const double weight = 1 / (d[i][j] * d[i][j]);
        const Point from{points[i].x - points[j].x, points[i].y - points[j].y};
        const double length = std::max(1e-6, std::hypot(from.x, from.y));
        sum.x += weight * (points[j].x + d[i][j] * from.x / length);
        sum.y += weight * (points[j].y + d[i][j] * from.y / length);
        weights += weight;
      }
      points[i] = {sum.x / weights, sum.y / weights};
    }
  }
}

std::vector<Point> settle(const Graph& graph) {
  const auto d = distances(graph);
  auto points = scale(d);
  // Nodes with equal neighbours fall on one point, from which nothing would part them.
  const auto apart = circle(points.size(), 0.01);
  for (std::size_t i = 0; i < points.size(); ++i) points[i] = {points[i].x + apart[i].x, points[i].y + apart[i].y};
  relax(points, d);
  return points;
}

/// Turns the longest extent to the horizontal, puts the middle at the origin, and scales links to a mean of 1.
void normalize(std::vector<Point>& points, const std::vector<std::pair<std::size_t, std::size_t>>& edges) {
  const auto n = static_cast<double>(points.size());
  Point mean;
  for (const auto& p : points) mean = {mean.x + p.x / n, mean.y + p.y / n};
  double xx = 0, yy = 0, xy = 0, length = 0;
  for (auto& p : points) {
    p = {p.x - mean.x, p.y - mean.y};
    xx += p.x * p.x;
    yy += p.y * p.y;
    xy += p.x * p.y;
  }
  for (auto [a, b] : edges) length += std::hypot(points[a].x - points[b].x, points[a].y - points[b].y);
  const double scale = length > 0 ? static_cast<double>(edges.size()) / length : 1;
  // A round shape has no direction of its own.
  const bool is_long = std::hypot(xx - yy, 2 * xy) > 0.05 * (xx + yy);
  const double angle = is_long ? -0.5 * std::atan2(2 * xy, xx - yy) : 0;
  const double c = std::cos(angle) * scale, s = std::sin(angle) * scale;
  for (auto& p : points) p = {c * p.x - s * p.y, s * p.x + c * p.y};
}

}  // namespace

Skeleton skeleton_layout(std::size_t n, const std::vector<std::pair<std::size_t, std::size_t>>& edges,
                         const std::vector<std::size_t>& columns) {
  if (n <= 2) return {n == 2 ? std::vector<Point>{{-0.5, 0}, {0.5, 0}} : std::vector<Point>(n)};
  Graph graph(n);
  for (auto [a, b] : edges) boost::add_edge(a, b, graph);

  std::vector<std::size_t> inner, outer;
  if (split_tiers(graph, inner, outer, columns)) {
    const bool in_rows = std::accumulate(columns.begin(), columns.end(), std::size_t{0}) <= kRow;
    return {in_rows ? two_rows(inner, outer, columns) : two_circles(inner, outer), in_rows};
  }
  if (8 * edges.size() >= 3 * n * (n - 1)) return {circle(n, radius_of(n))};
  auto points = settle(graph);
  normalize(points, edges);
  return {points};
}

}  // namespace lisper::model
