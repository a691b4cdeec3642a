#include "model/resolver.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/base/hash.h"

namespace lisper::model {
MacAddress derive_mac(std::string_view node, std::string_view port) {
  std::uint64_t hash = 0;
  for (const std::string_view part : {node, std::string_view(":"), port})
    for (const char c : part) hash = mix(hash ^ static_cast<unsigned char>(c), kHashMultiplier);
  MacAddress mac = MacAddress::from_u64(hash);
  mac.octets[0] = 0x02;
  return mac;
}

Port make_port(std::string name, MacAddress mac, std::uint16_t mtu) {
  Port port;
  port.name = std::move(name);
  port.mac = mac;
  port.mtu = mtu;
  return port;
}

Node& Resolver::add_node(const std::string& name, std::string icon) {
  nodes.emplace(name, plan.nodes.size());
  ports.emplace_back();
  Node& node = plan.nodes.emplace_back();
  node.name = name;
  node.icon = std::move(icon);
  return node;
}

std::size_t Resolver::add_port(std::size_t node, Port port) {
  const std::size_t index = plan.nodes[node].ports.size();
  ports[node].emplace(port.name, index);
  plan.nodes[node].ports.push_back(std::move(port));
  return index;
}

std::optional<std::size_t> Resolver::find_node(const Name& name) {
  if (name.value.empty() || unreadable_nodes.contains(name.value)) return std::nullopt;
  if (const auto it = nodes.find(name.value); it != nodes.end()) return it->second;
  problems.error(name.at, fmt::format("node \"{}\" is not defined", name.value),
                 suggest_key(name.value, nodes, problems));
  return std::nullopt;
}

std::optional<std::size_t> Resolver::find_host(const Name& name) {
  const auto node = find_node(name);
  if (!node || is_host(*node)) return node;
  problems.error(name.at,
                 fmt::format("expected a host or an app, but \"{}\" is a {}", name.value, plan.nodes[*node].icon));
  return std::nullopt;
}

std::optional<PortRef> Resolver::find_port(const Name& name) {
  if (name.value.empty()) return std::nullopt;
  const std::size_t colon = name.value.find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == name.value.size()) {
    problems.error(name.at, fmt::format("expected NODE:PORT, not \"{}\"", name.value));
    return std::nullopt;
  }
  const std::string port = name.value.substr(colon + 1);
  auto node = find_node({name.value.substr(0, colon), name.at});
  if (!node) return std::nullopt;
  if (!ports[*node].contains(port))
    if (const auto tunnel = nodes.find(plan.nodes[*node].name + std::string(kTunnelSuffix)); tunnel != nodes.end())
      node = tunnel->second;
  const auto& known = ports[*node];
  if (const auto it = known.find(port); it != known.end()) return PortRef{*node, it->second};
  const Node& found = plan.nodes[*node];
  if (found.icon == "segment" || found.icon == "replay")
    return PortRef{*node, add_port(*node, make_port(port, derive_mac(found.name, port)))};
  problems.error(name.at, fmt::format("{} \"{}\" has no port \"{}\"", found.icon, found.name, port),
                 suggest_key(port, known, problems));
  return std::nullopt;
}

std::optional<std::size_t> Resolver::find_link(const Name& name) {
  if (name.value.empty()) return std::nullopt;
  if (const auto it = links.find(name.value); it != links.end()) return it->second;
  const std::size_t dash = name.value.find(" - ");
  if (dash != std::string::npos) {
    const auto a = find_port({name.value.substr(0, dash), name.at});
    const auto b = find_port({name.value.substr(dash + 3), name.at});
    if (!a || !b) return std::nullopt;
    const auto at_a = link_at.find(*a);
    const auto at_b = link_at.find(*b);
    if (at_a != link_at.end() && at_b != link_at.end() && at_a->second == at_b->second) return at_a->second;
  }
  problems.error(name.at, fmt::format("link \"{}\" is not defined", name.value),
                 suggest_key(name.value, links, problems));
  return std::nullopt;
}

std::optional<std::size_t> Resolver::find_direction(const Name& from, std::size_t link) {
  const auto node = find_node(from);
  if (!node) return std::nullopt;
  const auto tunnel = nodes.find(from.value + std::string(kTunnelSuffix));
  const auto& ends = plan.links[link].ends;
  for (std::size_t d = 0; d < ends.size(); ++d)
    if (ends[d].node == *node || (tunnel != nodes.end() && ends[d].node == tunnel->second)) return d;
  problems.error(from.at, fmt::format("\"{}\" is not an end of link \"{}\"", from.value, plan.links[link].name));
  return std::nullopt;
}

}  // namespace lisper::model
