#include "model/graph/connectivity.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/connected_components.hpp>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "model/graph/link_layer.h"
#include "model/graph/prefix.h"

namespace lisper::model {
namespace {

/// Something that answers for an address: a port of a host or router, or an exit.
struct Owner {
  PortRef port;
  std::optional<std::uint16_t> vlan_id;
};

class Checker {
 public:
  explicit Checker(const Plan& plan) : plan_(plan), link_layer_(plan.nodes, plan.links), ends_(plan.nodes.size()) {
    for (const auto& link : plan.links)
      for (std::size_t e = 0; e < 2; ++e) {
        ++ends_[link.ends[e].node];
        if (link.up) neighbours_.try_emplace(link.ends[e]);
      }
    for (auto& [port, neighbours] : neighbours_) neighbours = link_layer_.neighbours(port);
    collect_owners();
    join_parts();
  }

  std::vector<std::string> problems() {
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n)
      if (ends_[n] == 0) report("{} \"{}\" has no link", plan_.nodes[n].icon, name(n));
    check_parts();
    check_duplicates();
    check_next_hops();
    check_peers();
    return std::move(problems_);
  }

 private:
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS>;

  template <typename... Args>
  void report(fmt::format_string<Args...> format, Args&&... args) {
    problems_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }
  [[nodiscard]] const std::string& name(std::size_t node) const { return plan_.nodes[node].name; }

  static Owner owner_of(const CoreNode& core, std::size_t node, const ExitConfig& exit) {
    const auto& interface = core.config.interfaces[exit.interface.value];
    return {{node, interface.port.value}, interface.vlan_id};
  }

  void collect_owners() {
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n) {
      const auto& node = plan_.nodes[n];
      for (std::size_t p = 0; p < node.ports.size(); ++p)
        for (const auto& address : node.ports[p].addresses) owners_[address.ip].push_back({{n, p}, {}});
      if (const auto* core = std::get_if<CoreNode>(&node.role))
        for (const auto& exit : core->config.exits) owners_[exit.ip].push_back(owner_of(*core, n, exit));
    }
  }

  /// Parts within which packets can travel: ports are joined by links and segments, and by the routers
  /// that they belong to.
  void join_parts() {
    Graph graph;
    std::vector<std::size_t> first_port;
    for (const auto& node : plan_.nodes) {
      first_port.push_back(boost::num_vertices(graph));
      for (std::size_t p = 0; p < node.ports.size(); ++p) boost::add_vertex(graph);
    }
    auto vertex = [&](PortRef port) { return first_port[port.node] + port.port; };
    for (const auto& link : plan_.links)
      if (link.up) boost::add_edge(vertex(link.ends[0]), vertex(link.ends[1]), graph);
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n) {
      if (!std::holds_alternative<Router>(plan_.nodes[n].role) && !link_layer_.is_segment(n)) continue;
      for (std::size_t p = 1; p < plan_.nodes[n].ports.size(); ++p)
        boost::add_edge(vertex({n, 0}), vertex({n, p}), graph);
    }
    std::vector<std::size_t> parts(boost::num_vertices(graph));
    if (!parts.empty()) boost::connected_components(graph, parts.data());
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n)
      for (std::size_t p = 0; p < plan_.nodes[n].ports.size(); ++p) parts_[{n, p}] = parts[vertex({n, p})];
  }

  [[nodiscard]] bool share_link(const Owner& a, const Owner& b) const {
    if (a.vlan_id != b.vlan_id) return false;
    auto it = neighbours_.find(a.port);
    return it != neighbours_.end() && std::ranges::binary_search(it->second, b.port, {}, &LinkLayer::Neighbour::port);
  }

  [[nodiscard]] const std::vector<Owner>& owners(const IpAddress& ip) const {
    static const std::vector<Owner> kNone;
    auto it = owners_.find(ip);
    return it == owners_.end() ? kNone : it->second;
  }

  /// Whole nodes, whatever they forward: what nobody plugged into the rest.
  void check_parts() {
    Graph graph(plan_.nodes.size());
    for (const auto& link : plan_.links)
      if (link.up) boost::add_edge(link.ends[0].node, link.ends[1].node, graph);
    std::vector<std::size_t> parts(plan_.nodes.size());
    if (!parts.empty()) boost::connected_components(graph, parts.data());
    std::map<std::size_t, std::pair<std::size_t, std::size_t>> first_and_size;
    for (std::size_t n = 0; n < parts.size(); ++n) {
      if (ends_[n] == 0) continue;
      auto [it, is_new] = first_and_size.try_emplace(parts[n], n, 0);
      ++it->second.second;
    }
    if (first_and_size.size() < 2) return;
    std::string list;
    for (const auto& [part, group] : first_and_size)
      list += fmt::format("{}\"{}\"{}", list.empty() ? "" : ", ", name(group.first),
                          group.second > 1 ? fmt::format(" and {} more", group.second - 1) : "");
    report("the network has {} parts without a link between them that is up: {}", first_and_size.size(), list);
  }

  void check_duplicates() {
    for (const auto& [ip, list] : owners_) {
      for (std::size_t a = 0; a < list.size(); ++a)
        for (std::size_t b = a + 1; b < list.size(); ++b)
          if (share_link(list[a], list[b]))
            report("address {} is used twice on one link, by \"{}\" and by \"{}\"", to_string(ip),
                   name(list[a].port.node), name(list[b].port.node));
    }
  }

  void check_next_hop(std::size_t node, const Owner& from, const IpAddress& via, std::string_view of) {
    if (std::ranges::none_of(owners(via), [&](const Owner& owner) { return share_link(from, owner); }))
      report("next hop {} of {} of \"{}\" is no address of a node on the same link", to_string(via), of, name(node));
  }

  /// A LISPER on the link may have anybody behind it.
  [[nodiscard]] bool on_overlay(PortRef port) const {
    auto it = neighbours_.find(port);
    return it != neighbours_.end() && std::ranges::any_of(it->second, [&](const LinkLayer::Neighbour& neighbour) {
             return std::holds_alternative<CoreNode>(plan_.nodes[neighbour.port.node].role);
           });
  }

  void check_next_hops() {
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n) {
      const auto& role = plan_.nodes[n].role;
      if (const auto* core = std::get_if<CoreNode>(&role)) {
        for (const auto& exit : core->config.exits)
          if (exit.next_hop && !exit.next_hop_mac)
            check_next_hop(n, owner_of(*core, n, exit), *exit.next_hop, fmt::format("exit \"{}\"", exit.name));
        continue;
      }
      const auto* host = std::get_if<Host>(&role);
      const auto* router = std::get_if<Router>(&role);
      if (!host && !router) continue;
      std::set<std::pair<std::size_t, IpAddress>> seen;
      for (const auto& route : host ? host->routes : router->routes)
        for (const auto& hop : route.hops)
          if (!on_overlay({n, hop.port}) && seen.emplace(hop.port, hop.via).second)
            check_next_hop(n, {{n, hop.port}, {}}, hop.via,
                           fmt::format("port \"{}\"", plan_.nodes[n].ports[hop.port].name));
    }
  }

  /// A packet for an address arrives only through a router that has it on-link.
  [[nodiscard]] bool is_routable(const Owner& owner, const IpAddress& ip) const {
    if (std::holds_alternative<Router>(plan_.nodes[owner.port.node].role)) return true;
    auto it = neighbours_.find(owner.port);
    if (it == neighbours_.end()) return false;
    return std::ranges::any_of(it->second, [&](const LinkLayer::Neighbour& neighbour) {
      const auto& node = plan_.nodes[neighbour.port.node];
      return std::holds_alternative<Router>(node.role) &&
             std::ranges::any_of(node.ports[neighbour.port.port].addresses,
                                 [&](const InterfaceAddress& on_link) { return Prefix(on_link).contains(ip); });
    });
  }

  /// A capture may hold packets from anybody.
  [[nodiscard]] bool on_replay(PortRef port) const {
    auto it = neighbours_.find(port);
    return it != neighbours_.end() && std::ranges::any_of(it->second, [&](const LinkLayer::Neighbour& neighbour) {
             return std::holds_alternative<ReplayNode>(plan_.nodes[neighbour.port.node].role);
           });
  }

  void check_peer(std::size_t node, const Owner& from, const IpAddress& ip, std::string_view what) {
    if (on_replay(from.port)) return;
    const auto& list = owners(ip);
    if (list.empty()) {
      report("{} {} of \"{}\" is no address of any node", what, to_string(ip), name(node));
      return;
    }
    for (const auto& owner : list)
      if (share_link(from, owner) || (parts_.at(owner.port) == parts_.at(from.port) && is_routable(owner, ip))) return;
    report("no path leads from \"{}\" to {} {} (\"{}\")", name(node), what, to_string(ip), name(list[0].port.node));
  }

  void check_peers() {
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n) {
      const auto* core = std::get_if<CoreNode>(&plan_.nodes[n].role);
      if (!core) continue;
      const auto& config = core->config;
      auto from = [&](ExitId exit) { return owner_of(*core, n, config.exits[exit.value]); };
      for (const auto& peer : config.lispers) check_peer(n, from(peer.exit), peer.ip, "LISPER");
      for (const auto& network : config.local_networks)
        if (network.tunnel) check_peer(n, from(network.tunnel->exit), network.tunnel->ip, "tunnel peer");
    }
  }

  const Plan& plan_;
  LinkLayer link_layer_;
  std::vector<std::size_t> ends_;  ///< by node: ends of links, up or not
  std::map<PortRef, std::vector<LinkLayer::Neighbour>> neighbours_;
  std::map<IpAddress, std::vector<Owner>> owners_;
  std::map<PortRef, std::size_t> parts_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> connectivity_problems(const Plan& plan) { return Checker(plan).problems(); }

}  // namespace lisper::model
