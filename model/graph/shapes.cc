#include "model/graph/shapes.h"

#include <numeric>
#include <string>

namespace lisper::model {
namespace {

/// `n` routers without links, a site at each.
UnderlayGraph make_routers(std::size_t n) {
  UnderlayGraph graph;
  for (std::size_t i = 0; i < n; ++i) graph.names.push_back("r" + std::to_string(i));
  graph.site_routers.resize(n);
  std::iota(graph.site_routers.begin(), graph.site_routers.end(), 0u);
  return graph;
}

void link(UnderlayGraph& graph, std::size_t a, std::size_t b) { graph.edges.push_back({a, b, {}, {}}); }

}  // namespace

UnderlayGraph make_mesh(std::size_t n) {
  auto graph = make_routers(n);
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = a + 1; b < n; ++b) link(graph, a, b);
  return graph;
}

UnderlayGraph make_star(std::size_t n) {
  auto graph = make_routers(n);
  graph.names.emplace_back("hub");
  for (std::size_t i = 0; i < n; ++i) link(graph, n, i);
  return graph;
}

UnderlayGraph make_line(std::size_t n) {
  auto graph = make_routers(n);
  for (std::size_t i = 1; i < n; ++i) link(graph, i - 1, i);
  return graph;
}

UnderlayGraph make_ring(std::size_t n) {
  auto graph = make_line(n);
  if (n >= 3) link(graph, n - 1, 0);
  return graph;
}

UnderlayGraph make_clos(std::size_t spines, std::size_t leaves, std::size_t sites) {
  UnderlayGraph graph;
  for (std::size_t i = 0; i < spines; ++i) graph.names.push_back("spine" + std::to_string(i));
  for (std::size_t i = 0; i < leaves; ++i) {
    graph.names.push_back("leaf" + std::to_string(i));
    for (std::size_t spine = 0; spine < spines; ++spine) link(graph, spine, spines + i);
  }
  for (std::size_t i = 0; i < sites && leaves > 0; ++i) graph.site_routers.push_back(spines + i % leaves);
  return graph;
}

}  // namespace lisper::model
