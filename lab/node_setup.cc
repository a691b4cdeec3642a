#include "lab/node_setup.h"

#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <utility>

#include "lab/netns.h"

namespace lisper::lab {

namespace {

using Settings = std::vector<std::pair<std::string, int>>;  ///< below /proc/sys/net

Result<void> write_settings(const Settings& settings) {
  for (const auto& [name, value] : settings) {
    std::ofstream file("/proc/sys/net/" + name);
    file << value << std::flush;
    if (!file) return fail(fmt::format("/proc/sys/net/{}: {}", name, std::strerror(errno)));
  }
  return {};
}

/// The addresses that a node's kernel has at a port. Those of an App's tunnel are the kernel's where QEMU ends it.
std::vector<model::InterfaceAddress> addresses_of(const Layout& layout, const model::Plan& plan, model::PortRef ref) {
  if (layout.tunnel_of(ref.node)) return {};
  const model::Node& node = plan.nodes[ref.node];
  if (!layout.ends_in_qemu(ref.node)) return node.ports[ref.port].addresses;
  std::vector<model::InterfaceAddress> addresses;
  const LisperConfig& config = std::get<model::CoreNode>(node.role).config;
  for (const ExitConfig& exit : config.exits)
    if (config.interfaces[exit.interface.value].port.value == ref.port)
      addresses.push_back({exit.ip, static_cast<std::uint8_t>(exit.ip.is_v4() ? 32 : 128)});
  return addresses;
}

bool has_ipv6(const Layout& layout, const model::Plan& plan, std::size_t node) {
  for (std::size_t p = 0; p < plan.nodes[node].ports.size(); ++p)
    for (const model::InterfaceAddress& address : addresses_of(layout, plan, {node, p}))
      if (!address.ip.is_v4()) return true;
  return false;
}

/// The scenario says all: nothing is probed, asked for, learned from routers or told by them.
Settings ip_settings(bool router, bool ipv6) {
  Settings settings{{"ipv4/ip_forward", router}, {"ipv4/fib_multipath_hash_policy", 1}};
  for (const char* of : {"all", "default"}) {
    const std::string v4 = fmt::format("ipv4/conf/{}/", of);
    for (const char* name : {"rp_filter", "send_redirects", "accept_redirects"}) settings.emplace_back(v4 + name, 0);
    const std::string v6 = fmt::format("ipv6/conf/{}/", of);
    settings.emplace_back(v6 + "disable_ipv6", !ipv6);
    if (!ipv6) continue;
    settings.emplace_back(v6 + "forwarding", router);
    for (const char* name : {"accept_dad", "accept_ra", "autoconf", "router_solicitations", "accept_redirects"})
      settings.emplace_back(v6 + name, 0);
  }
  if (ipv6) settings.emplace_back("ipv6/fib_multipath_hash_policy", 1);
  return settings;
}

const Settings kSilent{{"ipv6/conf/all/disable_ipv6", 1}, {"ipv6/conf/default/disable_ipv6", 1}};

const std::vector<model::Route>* routes_of(const model::Node& node) {
  if (const auto* host = std::get_if<model::Host>(&node.role)) return &host->routes;
  if (const auto* router = std::get_if<model::Router>(&node.role)) return &router->routes;
  return nullptr;
}

std::string route_command(const Layout& layout, std::size_t node, const model::Route& route) {
  std::string text = fmt::format("route add {}/{}", to_string(route.prefix), route.length);
  const bool several = route.hops.size() > 1;
  for (const model::Route::Hop& hop : route.hops)
    text += fmt::format("{} via {} dev {}", several ? " nexthop" : "", to_string(hop.via),
                        layout.interface({node, hop.port}));
  return text + "\n";
}

/// To where a tunnel that QEMU ends begins: over its next hop, or on the link.
std::string tunnel_routes(const Layout& layout, const model::Plan& plan, std::size_t node) {
  const LisperConfig& config = std::get<model::CoreNode>(plan.nodes[node].role).config;
  std::string text;
  for (const LocalNetworkConfig& network : config.local_networks) {
    if (!network.tunnel) continue;
    const ExitConfig& exit = config.exits[network.tunnel->exit.value];
    const std::string interface = layout.interface({node, config.interfaces[exit.interface.value].port.value});
    const std::string peer = to_string(network.tunnel->ip);
    const std::string next = exit.next_hop ? to_string(*exit.next_hop) : peer;
    text += fmt::format("route add {} dev {}\n", next, interface);
    if (next != peer) text += fmt::format("route add {} via {} dev {}\n", peer, next, interface);
    if (exit.next_hop_mac)
      text += fmt::format("neighbour add {} lladdr {} dev {} nud permanent\n", next, to_string(*exit.next_hop_mac),
                          interface);
  }
  return text;
}

Result<void> switch_offload_off(int socket, const std::string& interface, std::uint32_t command) {
  ethtool_value value{.cmd = command, .data = 0};
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_data = reinterpret_cast<char*>(&value);
  // What a device does not have it need not switch off.
  if (ioctl(socket, SIOCETHTOOL, &request) == 0 || errno == EOPNOTSUPP) return {};
  return fail(fmt::format("{}: offloads: {}", interface, std::strerror(errno)));
}

}  // namespace

Result<void> prepare_kernel(const Layout& layout, const model::Plan& plan, std::size_t index) {
  const model::Node& node = plan.nodes[index];
  const bool router = std::holds_alternative<model::Router>(node.role);
  const bool host = std::holds_alternative<model::Host>(node.role) && !layout.tunnel_of(index);
  if (!router && !host && !layout.ends_in_qemu(index)) return silence_kernel(layout.netns(index));
  return in_netns(layout.netns(index),
                  [&] { return write_settings(ip_settings(router, has_ipv6(layout, plan, index))); });
}

Result<void> silence_kernel(const std::string& netns) {
  return in_netns(netns, [] { return write_settings(kSilent); });
}

std::string node_commands(const Layout& layout, const model::Plan& plan, std::size_t index) {
  const model::Node& node = plan.nodes[index];
  const auto* core = std::get_if<model::CoreNode>(&node.role);
  const bool bridge = core != nullptr && core->kind == model::CoreNode::Kind::kSegment;
  std::string text = "link set lo up\n";
  if (bridge)
    text += "link add name bridge type bridge stp_state 0 forward_delay 0 mcast_snooping 0\nlink set bridge up\n";
  for (std::size_t p = 0; p < node.ports.size(); ++p) {
    const model::Port& port = node.ports[p];
    const std::string name = layout.interface({index, p});
    text += fmt::format("link set dev {} mtu {}\n", name, port.mtu);
    if (!bridge) text += fmt::format("link set dev {} address {}\n", name, to_string(port.mac));
    if (bridge) text += fmt::format("link set dev {} master bridge\n", name);
    text += fmt::format("link set dev {} up\n", name);
    for (const model::InterfaceAddress& address : addresses_of(layout, plan, {index, p}))
      text += fmt::format("address add {}/{} dev {}{}\n", to_string(address.ip), address.length, name,
                          address.ip.is_v4() ? "" : " nodad");
  }
  if (layout.ends_in_qemu(index)) text += tunnel_routes(layout, plan, index);
  if (layout.tunnel_of(index)) return text;
  if (const auto* routes = routes_of(node))
    for (const model::Route& route : *routes)
      if (!route.hops.empty()) text += route_command(layout, index, route);
  return text;
}

Result<void> configure_node(const Layout& layout, const model::Plan& plan, std::size_t node) {
  const std::string netns = layout.netns(node);
  if (auto off = switch_offloads_off(netns); !off) return off;
  auto done = must_run({"ip", "-n", netns, "-batch", "-"}, {}, node_commands(layout, plan, node));
  if (!done) return tl::unexpected(done.error());
  return {};
}

Result<void> switch_offloads_off(const std::string& netns) {
  return in_netns(netns, []() -> Result<void> {
    const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const std::unique_ptr<struct if_nameindex, decltype(&if_freenameindex)> names(if_nameindex(), &if_freenameindex);
    if (!socket || !names) return fail(fmt::format("interfaces: {}", std::strerror(errno)));
    for (const auto* entry = names.get(); entry->if_index != 0; ++entry)
      for (const std::uint32_t command : {ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO})
        if (auto off = switch_offload_off(socket.get(), entry->if_name, command); !off) return off;
    return {};
  });
}

}  // namespace lisper::lab
