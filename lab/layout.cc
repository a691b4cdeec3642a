#include "lab/layout.h"

#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <variant>

#include "core/wire/ethernet.h"
#include "core/wire/ipv4.h"
#include "core/wire/ipv6.h"
#include "core/wire/l2tpv3.h"
#include "core/wire/udp.h"
#include "lab/state.h"

namespace lisper::lab {

namespace {

// Interfaces of every namespace, of a segment's bridge, and names with a meaning in /proc/sys/net.
constexpr std::array<std::string_view, 4> kTaken = {"lo", "bridge", "all", "default"};

/// As dev_valid_name() of the kernel wants it.
bool fits(std::string_view name) {
  return !name.empty() && name.size() < IFNAMSIZ && name.find_first_of("/: \t\n%") == std::string_view::npos &&
         name.front() != '.' && std::ranges::find(kTaken, name) == kTaken.end();
}

const model::CoreNode* app_tunnel(const model::Node& node) {
  const auto* core = std::get_if<model::CoreNode>(&node.role);
  return core != nullptr && core->kind == model::CoreNode::Kind::kAppTunnel ? core : nullptr;
}

/// The node at the other end of an App's machine's only cable.
std::optional<std::size_t> find_tunnel(const model::Plan& plan, std::size_t host) {
  if (!std::holds_alternative<model::Host>(plan.nodes[host].role)) return std::nullopt;
  for (const model::Link& link : plan.links)
    for (std::size_t end = 0; end < 2; ++end)
      if (link.ends[end].node == host && app_tunnel(plan.nodes[link.ends[1 - end].node]) != nullptr)
        return link.ends[1 - end].node;
  return std::nullopt;
}

/// RFC 3931 4.1, RFC 8159 3: what precedes the inner frame.
std::size_t outer_headers(const IpAddress& own, const TunnelConfig& tunnel) {
  std::size_t size = sizeof(wire::Ethernet) + (own.is_v4() ? sizeof(wire::Ipv4) : sizeof(wire::Ipv6));
  if (tunnel.transport == Transport::kUdp) size += sizeof(wire::Udp) + sizeof(wire::L2tpUdpPrefix);
  return size + sizeof(Be32) + tunnel.cookie.length + (tunnel.counter ? sizeof(Be32) : 0);
}

}  // namespace

Layout::Layout(std::string lab, const model::Plan& plan, Apps apps)
    : lab_(std::move(lab)), plan_(plan), tunnels_(plan.nodes.size()) {
  std::size_t sockets = 0;
  for (const model::Node& node : plan_.nodes) {
    first_socket_.push_back(sockets);
    sockets += node.ports.size();
  }
  if (apps != Apps::kVirtualMachines) return;
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i)
    if ((tunnels_[i] = find_tunnel(plan_, i))) guests_.push_back(i);
}

std::string Layout::netns(std::size_t node) const { return fmt::format("{}.{}", panel(), plan_.nodes[node].name); }

std::vector<std::string> Layout::all_netns() const {
  std::vector<std::string> names{panel()};
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i) names.push_back(netns(i));
  return names;
}

std::string Layout::interface(model::PortRef port) const {
  const std::string& name = plan_.nodes[port.node].ports[port.port].name;
  // Own names that begin so are replaced too: none can be the same as a replacement.
  return fits(name) && !name.starts_with("port") ? name : fmt::format("port{}", port.port);
}

std::string Layout::socket(model::PortRef port) const {
  return fmt::format("p{}", first_socket_[port.node] + port.port);
}

bool Layout::ends_in_qemu(std::size_t node) const {
  return std::ranges::any_of(guests_, [&](std::size_t guest) { return tunnels_[guest] == node; });
}

Place Layout::place(std::size_t node) const {
  if (!tunnels_[node]) return {.netns = netns(node), .guest = {}};
  return {.netns = {}, .guest = guest_folder(State::folder_of(lab_), plan_.nodes[node].name)};
}

Wire Layout::wire(model::PortRef port) const {
  const auto tunnel_node = tunnels_[port.node];
  if (!tunnel_node) return {port};
  const LisperConfig& config = app_tunnel(plan_.nodes[*tunnel_node])->config;
  for (const LocalNetworkConfig& network : config.local_networks) {
    if (!network.tunnel) continue;
    const ExitConfig& exit = config.exits[network.tunnel->exit.value];
    return {.port = {*tunnel_node, config.interfaces[exit.interface.value].port.value},
            .headers = outer_headers(exit.ip, *network.tunnel)};
  }
  return {port};
}

}  // namespace lisper::lab
