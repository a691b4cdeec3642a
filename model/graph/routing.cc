#include "model/graph/routing.h"

#include <algorithm>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <boost/property_map/property_map.hpp>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "model/graph/link_layer.h"
#include "model/graph/prefix.h"

namespace lisper::model {
namespace {

/// Delay, then hops: the lowest bits count these.
using Cost = std::int64_t;
constexpr Cost kHop = 1;
constexpr Cost kPerNanosecond = 4096;
constexpr Cost kUnreachable = std::numeric_limits<Cost>::max();

/// A router that hears this node without another between them, and can forward for it.
struct Adjacency {
  std::size_t port;    ///< of this node
  std::size_t router;  ///< index among the routers
  IpAddress via;
  Cost cost;
};

/// The address of `to` by which a packet of a family leaves `from` for it: in a prefix that is on-link
/// for both, or else link-local.
std::optional<IpAddress> next_hop(const Port& from, const Port& to, bool v4) {
  for (const auto& theirs : to.addresses) {
    if (theirs.ip.is_v4() != v4) continue;
    for (const auto& ours : from.addresses)
      if (Prefix(ours).contains(theirs.ip)) return theirs.ip;
  }
  for (const auto& theirs : to.addresses)
    if (!v4 && theirs.ip.v6().is_link_local()) return theirs.ip;
  return std::nullopt;
}

/// Routing of one family.
class Routing {
 public:
  Routing(const std::vector<Node>& nodes, const LinkLayer& link_layer, bool v4);

  [[nodiscard]] std::vector<Adjacency> adjacencies(std::size_t node) const;
  void route_routers(std::vector<Node>& nodes) const;
  [[nodiscard]] std::optional<Route> default_route(std::size_t host) const;

 private:
  using Owners = std::vector<std::size_t>;  ///< routers with a prefix on-link, sorted
  [[nodiscard]] std::vector<Cost> costs_to(std::size_t router) const;

  const std::vector<Node>& nodes_;
  const LinkLayer& link_layer_;
  bool v4_;
  std::vector<std::size_t> routers_;                   ///< their nodes
  std::vector<std::optional<std::size_t>> router_of_;  ///< by node: index in routers_
  std::vector<std::vector<Adjacency>> adjacencies_;    ///< by router
  std::map<Owners, std::vector<Prefix>> prefixes_;

  using Graph = boost::compressed_sparse_row_graph<boost::directedS, boost::no_property, Cost>;
  Graph reversed_;  ///< an edge n -> r where r forwards to n
};

Routing::Routing(const std::vector<Node>& nodes, const LinkLayer& link_layer, bool v4)
    : nodes_(nodes), link_layer_(link_layer), v4_(v4), router_of_(nodes.size()) {
  std::map<Prefix, std::set<std::size_t>> owners;
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    if (!std::holds_alternative<Router>(nodes[n].role)) continue;
    router_of_[n] = routers_.size();
    for (const auto& port : nodes[n].ports)
      for (const auto& address : port.addresses)
        if (address.ip.is_v4() == v4 && !address.ip.v6().is_link_local())
          owners[Prefix(address)].insert(routers_.size());
    routers_.push_back(n);
  }
  for (const auto& [prefix, routers] : owners) prefixes_[Owners(routers.begin(), routers.end())].push_back(prefix);

  std::vector<std::pair<std::size_t, std::size_t>> edges;
  std::vector<Cost> costs;
  for (std::size_t r = 0; r < routers_.size(); ++r) {
    adjacencies_.push_back(adjacencies(routers_[r]));
    for (const auto& adjacency : adjacencies_[r]) {
      edges.emplace_back(adjacency.router, r);
      costs.push_back(adjacency.cost);
    }
  }
  reversed_ = Graph(boost::edges_are_unsorted_multi_pass, edges.begin(), edges.end(), costs.begin(), routers_.size());
}

std::vector<Adjacency> Routing::adjacencies(std::size_t node) const {
  std::vector<Adjacency> found;
  for (std::size_t p = 0; p < nodes_[node].ports.size(); ++p) {
    for (const auto& neighbour : link_layer_.neighbours({node, p})) {
      auto router = router_of_[neighbour.port.node];
      if (!router || neighbour.port.node == node) continue;
      const auto& theirs = nodes_[neighbour.port.node].ports[neighbour.port.port];
      if (auto via = next_hop(nodes_[node].ports[p], theirs, v4_))
        found.push_back({p, *router, *via, neighbour.delay.ns * kPerNanosecond + kHop});
    }
  }
  return found;
}

std::vector<Cost> Routing::costs_to(std::size_t router) const {
  std::vector<Cost> costs(routers_.size());
  auto index = boost::get(boost::vertex_index, reversed_);
  boost::dijkstra_shortest_paths(reversed_, router,
                                 boost::weight_map(boost::get(boost::edge_bundle, reversed_))
                                     .distance_map(boost::make_iterator_property_map(costs.begin(), index))
                                     .distance_inf(kUnreachable));
  return costs;
}

void Routing::route_routers(std::vector<Node>& nodes) const {
  std::vector<std::vector<Cost>> costs_to_router;
  for (std::size_t r = 0; r < routers_.size(); ++r) costs_to_router.push_back(costs_to(r));

  std::vector<Cost> costs(routers_.size());
  for (const auto& [owners, prefixes] : prefixes_) {
    std::ranges::fill(costs, kUnreachable);
    for (auto owner : owners)
      for (std::size_t r = 0; r < costs.size(); ++r) costs[r] = std::min(costs[r], costs_to_router[owner][r]);

    for (std::size_t r = 0; r < routers_.size(); ++r) {
      if (costs[r] == kUnreachable || std::ranges::binary_search(owners, r)) continue;
      std::vector<Route::Hop> hops;
      for (const auto& adjacency : adjacencies_[r]) {
        auto rest = costs[adjacency.router];
        if (rest != kUnreachable && rest + adjacency.cost == costs[r]) hops.push_back({adjacency.port, adjacency.via});
      }
      auto& routes = std::get<Router>(nodes[routers_[r]].role).routes;
      for (const auto& prefix : prefixes) routes.push_back({prefix.ip, prefix.length, hops});
    }
  }
}

std::optional<Route> Routing::default_route(std::size_t host) const {
  auto routers = adjacencies(host);
  if (routers.empty()) return std::nullopt;
  Route route{v4_ ? IpAddress(Ipv4Address{}) : IpAddress(Ipv6Address{}), 0, {}};
  auto best = std::ranges::min(routers, {}, &Adjacency::cost).cost;
  for (const auto& adjacency : routers)
    if (adjacency.cost == best) route.hops.push_back({adjacency.port, adjacency.via});
  return route;
}

}  // namespace

void compute_routes(std::vector<Node>& nodes, const std::vector<Link>& links) {
  const LinkLayer link_layer(nodes, links);
  const Routing v4(nodes, link_layer, true);
  const Routing v6(nodes, link_layer, false);

  for (auto& node : nodes)
    if (auto* router = std::get_if<Router>(&node.role)) router->routes.clear();
  v4.route_routers(nodes);
  v6.route_routers(nodes);

  for (std::size_t n = 0; n < nodes.size(); ++n) {
    if (auto* router = std::get_if<Router>(&nodes[n].role)) {
      std::ranges::sort(router->routes, {}, [](const Route& r) { return std::pair(r.prefix, r.length); });
    } else if (auto* host = std::get_if<Host>(&nodes[n].role); host && host->routes.empty()) {
      for (const auto* family : {&v4, &v6})
        if (auto route = family->default_route(n)) host->routes.push_back(*route);
    }
  }
}

}  // namespace lisper::model
