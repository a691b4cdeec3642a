#include "model/graph/skeleton_layout.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/bipartite.hpp>
#include <boost/graph/circle_layout.hpp>
#include <boost/graph/fruchterman_reingold.hpp>
#include <boost/graph/kamada_kawai_spring_layout.hpp>
#include <boost/graph/topology.hpp>
#include <boost/property_map/property_map.hpp>
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>

namespace lisper::model {
namespace {

/// Springs between all pairs take the cube of the nodes; with more, only neighbours attract.
constexpr std::size_t kMostSprings = 70;
/// What one row of a picture has room for.
constexpr std::size_t kRow = 24;

using Weight = boost::property<boost::edge_weight_t, double>;
using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, boost::no_property, Weight>;
using Plane = boost::rectangle_topology<std::minstd_rand>;

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
  return inner.size() >= 2 && outer.size() >= 2 && 2 * boost::num_edges(graph) >= inner.size() * outer.size();
}

std::vector<Point> place_tiers(const std::vector<std::size_t>& inner, const std::vector<std::size_t>& outer,
                               const std::vector<std::size_t>& columns) {
  std::vector<Point> points(inner.size() + outer.size());
  auto hanging = std::accumulate(columns.begin(), columns.end(), std::size_t{0});
  if (hanging > kRow) {
    const auto outer_radius = std::max(1.5, radius_of(outer.size()));
    const auto outer_circle = circle(outer.size(), outer_radius);
    const auto inner_circle = circle(inner.size(), outer_radius * 0.35);
    for (std::size_t i = 0; i < outer.size(); ++i) points[outer[i]] = outer_circle[i];
    for (std::size_t i = 0; i < inner.size(); ++i) points[inner[i]] = inner_circle[i];
    return points;
  }
  auto row = [&](const std::vector<std::size_t>& tier, double width, double y) {
    for (std::size_t i = 0; i < tier.size(); ++i)
      points[tier[i]] = {((static_cast<double>(i) + 0.5) / static_cast<double>(tier.size()) - 0.5) * width, y};
  };
  const auto width = static_cast<double>(outer.size());
  row(inner, width, -0.6);
  row(outer, width, 0.6);
  return points;
}

std::vector<Point> settle(const Graph& graph) {
  const auto n = boost::num_vertices(graph);
  std::minstd_rand random(1);
  const double side = 2 * radius_of(n) + 1;
  Plane plane(random, -side, -side, side, side);
  std::vector<Plane::point_type> places(n);
  auto index = boost::get(boost::vertex_index, graph);
  auto position = boost::make_iterator_property_map(places.begin(), index);
  boost::circle_graph_layout(graph, position, std::max(1.0, radius_of(n)));
  if (n <= kMostSprings) {
    boost::kamada_kawai_spring_layout(graph, position, boost::get(boost::edge_weight, graph), plane,
                                      boost::edge_length(1.0), boost::layout_tolerance<double>(0.01));
  } else {
    boost::fruchterman_reingold_force_directed_layout(graph, position, plane,
                                                      boost::cooling(boost::linear_cooling<double>(100)));
  }
  std::vector<Point> points;
  for (const auto& place : places) points.push_back({place[0], place[1]});
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

std::vector<Point> skeleton_layout(std::size_t n, const std::vector<std::pair<std::size_t, std::size_t>>& edges,
                                   const std::vector<std::size_t>& columns) {
  if (n <= 2) return n == 2 ? std::vector<Point>{{-0.5, 0}, {0.5, 0}} : std::vector<Point>(n);
  Graph graph(n);
  for (auto [a, b] : edges) boost::add_edge(a, b, 1.0, graph);

  std::vector<std::size_t> inner, outer;
  if (split_tiers(graph, inner, outer, columns)) return place_tiers(inner, outer, columns);
  if (8 * edges.size() >= 3 * n * (n - 1)) return circle(n, radius_of(n));
  auto points = settle(graph);
  normalize(points, edges);
  return points;
}

}  // namespace lisper::model
