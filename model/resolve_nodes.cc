#include <fmt/core.h>

#include <algorithm>

#include "model/resolver.h"

namespace lisper::model {
namespace {

constexpr std::string_view kNameLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
constexpr std::uint16_t kTapMtu = 9000;  ///< of the wire between VM and tunnel, which has no limit of its own

void check_address(const Located<InterfaceAddress>& address, Problems& problems) {
  const IpAddress& ip = address.value.ip;
  const bool multicast = ip.is_v4() ? (ip.v4().octets[0] & 0xf0) == 0xe0 : ip.v6().is_multicast();
  if (multicast || ip.is_unspecified() || ip == IpAddress(Ipv4Address{}))
    problems.error(address.at, fmt::format("{} is not an address that an interface can have", to_string(ip)));
}

/// A port with its addresses, and the default routes that its gateways give.
std::size_t add_addressed_port(Resolver& resolver, std::size_t node, const AddressedPortSpec& spec,
                               std::vector<Route>* routes) {
  const std::string& node_name = resolver.plan.nodes[node].name;
  if (resolver.ports[node].contains(spec.name.value))
    resolver.problems.error(spec.name.at, fmt::format("port \"{}\" is defined twice", spec.name.value));
  if (spec.name.value.find(':') != std::string::npos)
    resolver.problems.error(spec.name.at, "a port's name cannot have a ':'");
  Port port = make_port(spec.name.value, spec.mac.value_or(derive_mac(node_name, spec.name.value)), spec.mtu);
  for (const auto& address : spec.ip) {
    check_address(address, resolver.problems);
    if (!resolver.addresses.emplace(node, address.value.ip).second)
      resolver.problems.error(address.at,
                              fmt::format("\"{}\" has the address {} already", node_name, to_string(address.value.ip)));
    port.addresses.push_back(address.value);
  }
  const std::size_t index = resolver.plan.nodes[node].ports.size();
  for (const auto& gateway : spec.gateway) {
    if (routes == nullptr) {
      resolver.problems.error(gateway.at, "only hosts and apps have a gateway; routers' routes are computed");
    } else if (std::ranges::none_of(port.addresses, [&](const auto& a) { return on_link(a, gateway.value); })) {
      resolver.problems.error(gateway.at, fmt::format("gateway {} is in no prefix of port \"{}\"",
                                                      to_string(gateway.value), spec.name.value));
    } else {
      const IpAddress any = gateway.value.is_v4() ? IpAddress(Ipv4Address{}) : IpAddress(Ipv6Address{});
      routes->push_back({any, 0, {{index, gateway.value}}});
    }
  }
  return resolver.add_port(node, std::move(port));
}

void resolve_host(Resolver& resolver, const std::string& name, const std::vector<AddressedPortSpec>& ports,
                  std::string icon) {
  const std::size_t node = resolver.plan.nodes.size();
  (void)resolver.add_node(name, std::move(icon));
  Host host;
  for (const AddressedPortSpec& port : ports) add_addressed_port(resolver, node, port, &host.routes);
  resolver.plan.nodes[node].role = std::move(host);
}

void resolve_router(Resolver& resolver, const std::string& name, const RouterSpec& router) {
  const std::size_t node = resolver.plan.nodes.size();
  resolver.add_node(name, "router").role = Router{};
  for (const AddressedPortSpec& port : router.interfaces) add_addressed_port(resolver, node, port, nullptr);
}

CoreNode app_tunnel(Resolver& resolver, const AppSpec& app, const std::string& name, const VmSpec& vm) {
  CoreNode core;
  core.kind = CoreNode::Kind::kAppTunnel;
  LisperConfig& config = core.config;
  const UnderlaySpec& underlay = app.underlay;
  config.punts = false;
  config.ports = {{underlay.name.value}, {std::string(kTapPort)}};
  const MacAddress mac = underlay.mac.value_or(derive_mac(name, underlay.name.value));
  config.interfaces = {{underlay.name.value, mac, PortId(0), std::nullopt, underlay.mtu},
                       {std::string(kTapPort), derive_mac(name, kTapPort), PortId(1), std::nullopt, vm.mtu}};
  check_address(underlay.ip, resolver.problems);
  config.exits = {{underlay.name.value, underlay.ip.value.ip, InterfaceId(0), underlay.gateway, std::nullopt}};
  if (underlay.gateway && !on_link(underlay.ip.value, *underlay.gateway))
    resolver.problems.error(underlay.ip.at, fmt::format("gateway {} is not in the prefix of the underlay's address",
                                                        to_string(*underlay.gateway)));
  TunnelConfig tunnel = tunnel_config(app.tunnel.value, ExitId(0), app.tunnel.at, resolver.problems);
  if (tunnel.ip.is_v4() != underlay.ip.value.ip.is_v4())
    resolver.problems.error(app.tunnel.at, "the tunnel's ip and the underlay's are of different families");
  config.local_networks = {{Iid(1), InterfaceId(1), std::nullopt}, {Iid(1), std::nullopt, tunnel}};
  return core;
}

void resolve_app(Resolver& resolver, const std::string& name, const AppSpec& app) {
  const VmSpec vm = app.vm.value_or(VmSpec{});
  const std::size_t vm_node = resolver.plan.nodes.size();
  if (app.vm) resolve_host(resolver, name, {{{std::string(kVmPort), {}}, vm.mac, vm.ip, vm.mtu, vm.gateway}}, "app");
  const std::string tunnel_name = name + std::string(kTunnelSuffix);
  const std::size_t tunnel_node = resolver.plan.nodes.size();
  resolver.add_node(tunnel_name, "tunnel").role = app_tunnel(resolver, app, tunnel_name, vm);
  const auto& interfaces = std::get<CoreNode>(resolver.plan.nodes[tunnel_node].role).config.interfaces;
  const auto underlay_mac = interfaces[0].mac;
  const auto tap_mac = interfaces[1].mac;
  if (app.underlay.name.value == kTapPort)
    resolver.problems.error(app.underlay.name.at, fmt::format("port \"{}\" is the one towards the VM", kTapPort));
  resolver.add_port(tunnel_node, make_port(app.underlay.name.value, underlay_mac, app.underlay.mtu));
  resolver.add_port(tunnel_node, make_port(std::string(kTapPort), tap_mac, vm.mtu));
  if (!app.vm) {
    resolver.nodes.emplace(name, tunnel_node);
    return;
  }
  Link tap;
  tap.name = fmt::format("{}:{} - {}:{}", name, kVmPort, tunnel_name, kTapPort);
  tap.ends = {PortRef{vm_node, 0}, PortRef{tunnel_node, 1}};
  tap.directions.fill({.rate_bps = 0, .delay = microseconds(1)});
  tap.mtu = kTapMtu;
  for (const PortRef& end : tap.ends) resolver.link_at.emplace(end, resolver.plan.links.size());
  resolver.links.emplace(tap.name, resolver.plan.links.size());
  resolver.plan.links.push_back(std::move(tap));
}

}  // namespace

void resolve_nodes(Resolver& resolver) {
  for (const NodeSpec& spec : resolver.scenario.nodes) {
    const std::string& name = spec.name.value;
    if (name.empty() || name.find_first_not_of(kNameLetters) != std::string::npos)
      resolver.problems.error(spec.name.at, "a node's name has letters, digits, '-' and '_' only");
    if (resolver.nodes.contains(name) || resolver.unreadable_nodes.contains(name)) {
      resolver.problems.error(spec.name.at, fmt::format("node \"{}\" is defined twice", name));
    } else if (const auto* lisper = std::get_if<LisperSpec>(&spec.role)) {
      resolve_lisper(resolver, spec, *lisper);
    } else if (const auto* host = std::get_if<HostSpec>(&spec.role)) {
      resolve_host(resolver, name, host->interfaces, "host");
    } else if (const auto* router = std::get_if<RouterSpec>(&spec.role)) {
      resolve_router(resolver, name, *router);
    } else if (const auto* app = std::get_if<AppSpec>(&spec.role)) {
      resolve_app(resolver, name, *app);
    } else if (std::holds_alternative<SegmentSpec>(spec.role)) {
      CoreNode segment;
      segment.kind = CoreNode::Kind::kSegment;
      segment.config.punts = false;
      resolver.add_node(name, "segment").role = std::move(segment);
    } else if (std::holds_alternative<ReplaySpec>(spec.role)) {
      resolver.add_node(name, "replay").role = ReplayNode{};
    } else {
      resolver.unreadable_nodes.insert(name);
    }
  }
}

}  // namespace lisper::model
