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

bool has_ipv6(const model::Node& node) {
  for (const model::Port& port : node.ports)
    for (const model::InterfaceAddress& address : port.addresses)
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
  if (!router && !std::holds_alternative<model::Host>(node.role)) return silence_kernel(layout.netns(index));
  return in_netns(layout.netns(index), [&] { return write_settings(ip_settings(router, has_ipv6(node))); });
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
    for (const model::InterfaceAddress& address : port.addresses)
      text += fmt::format("address add {}/{} dev {}{}\n", to_string(address.ip), address.length, name,
                          address.ip.is_v4() ? "" : " nodad");
  }
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
    const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const std::unique_ptr<struct if_nameindex, decltype(&if_freenameindex)> names(if_nameindex(), &if_freenameindex);
    if (!socket || !names) return fail(fmt::format("interfaces: {}", std::strerror(errno)));
    for (const auto* entry = names.get(); entry->if_index != 0; ++entry)
      for (const std::uint32_t command : {ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO})
        if (auto off = switch_offload_off(socket.get(), entry->if_name, command); !off) return off;
    return {};
  });
}

}  // namespace lisper::lab
