#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "core/base/random.h"
#include "model/resolver.h"

namespace lisper::model {
namespace {

// Ids are 16 bits wide, and every remote LISPER has a location in each network.
constexpr std::size_t kMaxInterfaces = 4096;
constexpr std::size_t kMaxEntries = 0xfffe;
constexpr std::size_t kMaxPeerLocations = 1u << 20;

bool is_l2tpv3(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text == "l2tpv3";
}

/// Builds one LISPER's node. References within it are by names of its own.
class LisperBuilder {
 public:
  LisperBuilder(Resolver& resolver, const NodeSpec& node, const LisperSpec& spec)
      : resolver_(resolver), problems_(resolver.problems), node_(node), spec_(spec) {}

  void build() {
    index_ = resolver_.plan.nodes.size();
    (void)resolver_.add_node(node_.name.value, "lisper");
    limit(spec_.interfaces.size(), kMaxInterfaces, "interfaces");
    limit(spec_.exits.size(), kMaxInterfaces, "exits");
    limit(spec_.lispers.size(), kMaxEntries, "lispers");
    limit(spec_.local_networks.size(), kMaxEntries, "local_networks");
    if (too_large_) return;
    add_interfaces();
    add_exits();
    add_lispers();
    for (const LocalNetworkSpec& network : spec_.local_networks) add_local_network(network);
    for (const PolicySpec& policy : spec_.policies) add_policy(policy);
    check_sessions();
    add_the_rest();
  }

 private:
  void limit(std::size_t size, std::size_t max, std::string_view what) {
    if (size <= max) return;
    too_large_ = true;
    problems_.error(node_.name.at, fmt::format("at most {} {}, not {}", max, what, size));
  }

  template <typename Map>
  auto find(const Name& name, const Map& map, std::string_view what) -> std::optional<typename Map::mapped_type> {
    if (const auto it = map.find(name.value); it != map.end()) return it->second;
    if (name.value.empty()) return std::nullopt;
    problems_.error(name.at, fmt::format("{} \"{}\" is not defined in \"{}\"", what, name.value, node_.name.value),
                    suggest_key(name.value, map, problems_));
    return std::nullopt;
  }

  void add_interfaces() {
    std::map<std::string, std::uint16_t> by_pci;
    std::set<std::pair<std::uint16_t, std::uint16_t>> used;
    for (const InterfaceSpec& interface : spec_.interfaces) {
      const MacAddress mac = interface.mac.value;
      if (mac.is_group() || mac.is_zero())
        problems_.error(interface.mac.at, fmt::format("{} is not a station's MAC address", to_string(mac)));
      if (interface.vlan_id && !interface.pci)
        problems_.error(interface.at,
                        fmt::format("interface \"{}\" has a vlan_id, which needs pci: the port that it shares",
                                    interface.name.value));
      if (interface.name.value.find(':') != std::string::npos)
        problems_.error(interface.name.at, "an interface's name cannot have a ':'");
      const auto next = static_cast<std::uint16_t>(config_.ports.size());
      const auto port = interface.pci ? by_pci.emplace(*interface.pci, next).first->second : next;
      if (port == next) {
        config_.ports.push_back({interface.name.value});
        Port physical = make_port(interface.name.value, mac, interface.mtu);
        physical.pci = interface.pci.value_or("");
        resolver_.add_port(index_, std::move(physical));
      }
      add_storm_limits(interface, config_.ports[port].storm_limits);
      Port& physical = resolver_.plan.nodes[index_].ports[port];
      physical.mtu = std::max(physical.mtu, interface.mtu);
      resolver_.ports[index_].emplace(interface.name.value, port);
      if (!used.emplace(port, interface.vlan_id.value_or(0)).second)
        problems_.error(interface.at, fmt::format("two interfaces of port {} have {}", interface.pci.value_or("?"),
                                                  interface.vlan_id ? fmt::format("vlan_id {}", *interface.vlan_id)
                                                                    : std::string("no vlan_id")));
      const InterfaceId id(static_cast<std::uint16_t>(config_.interfaces.size()));
      if (!interfaces_.emplace(interface.name.value, id).second)
        problems_.error(interface.name.at, fmt::format("interface \"{}\" is defined twice", interface.name.value));
      config_.interfaces.push_back({interface.name.value, mac, PortId(port), interface.vlan_id, interface.mtu});
    }
  }

  void add_storm_limits(const InterfaceSpec& interface, StormLimits& limits) {
    if (!interface.storm_limits) return;
    if (limits != StormLimits{})
      problems_.error(interface.storm_limits->at,
                      fmt::format("port {} has storm_limits already", interface.pci.value_or("?")),
                      "they are the port's: give them to one of its interfaces");
    limits = *interface.storm_limits;
  }

  void add_exits() {
    for (const ExitSpec& exit : spec_.exits) {
      const ExitId id(static_cast<std::uint16_t>(config_.exits.size()));
      if (!exits_.emplace(exit.name.value, id).second)
        problems_.error(exit.name.at, fmt::format("exit \"{}\" is defined twice", exit.name.value));
      const auto interface = find(exit.interface, interfaces_, "interface");
      if (interface) exit_interfaces_.insert(*interface);
      if (exit.next_hop && exit.next_hop->is_v4() != exit.ip.value.is_v4())
        problems_.error(exit.ip.at,
                        fmt::format("exit \"{}\" has ip and next_hop of different families", exit.name.value));
      for (const ExitConfig& other : config_.exits)
        if (other.ip == exit.ip.value && !other.ip.is_unspecified())
          problems_.error(exit.ip.at,
                          fmt::format("{} is the ip of exit \"{}\" already", to_string(other.ip), other.name));
      config_.exits.push_back(
          {exit.name.value, exit.ip.value, interface.value_or(InterfaceId(0)), exit.next_hop, exit.next_hop_mac});
    }
  }

  void check_family(const Located<IpAddress>& peer, ExitId exit) {
    const ExitConfig& used = config_.exits[exit.value];
    if (used.ip.is_v4() != peer.value.is_v4())
      problems_.error(peer.at, fmt::format("{} cannot be reached from exit \"{}\": its ip is {}", to_string(peer.value),
                                           used.name, to_string(used.ip)));
    if (std::ranges::any_of(config_.exits, [&](const ExitConfig& e) { return e.ip == peer.value; }))
      problems_.error(peer.at, fmt::format("{} is this LISPER itself", to_string(peer.value)));
  }

  void add_lispers() {
    for (const LisperPeerSpec& peer : spec_.lispers) {
      const auto exit = find(peer.exit, exits_, "exit");
      if (!exit) continue;
      check_family(peer.ip, *exit);
      if (!peers_.insert(peer.ip.value).second)
        problems_.error(peer.ip.at, fmt::format("LISPER {} is listed twice", to_string(peer.ip.value)));
      std::optional<Cookie> cookie;
      if (peer.cookie) cookie = Cookie{*peer.cookie, 8};
      config_.lispers.push_back({peer.ip.value, *exit, cookie});
    }
  }

  void add_local_network(const LocalNetworkSpec& network) {
    iids_.insert(network.iid);
    const bool tunnel = network.type || network.ip || network.exit || network.session_id;
    if (tunnel == network.interface.has_value())
      return problems_.error(network.at,
                             "a local network has either \"interface\", or \"type\": \"L2TPv3\" with "
                             "\"ip\", \"exit\" and \"session_id\"");
    if (network.interface) return add_ethernet(network);
    if (network.type && !is_l2tpv3(network.type->value))
      return problems_.error(network.type->at, fmt::format("expected \"L2TPv3\", not \"{}\"", network.type->value));
    if (!network.type || !network.exit)
      return problems_.error(network.at, "a tunnel needs \"type\": \"L2TPv3\", \"ip\", \"exit\" and \"session_id\"");
    const auto exit = find(*network.exit, exits_, "exit");
    const TunnelConfig config = tunnel_config(network, exit.value_or(ExitId(0)), network.at, problems_);
    if (!exit || !network.ip) return;
    check_family(*network.ip, *exit);
    config_.local_networks.push_back({Iid(network.iid), std::nullopt, config, network.max_macs});
    tunnels_.push_back(&network);
  }

  void add_ethernet(const LocalNetworkSpec& network) {
    const auto interface = find(*network.interface, interfaces_, "interface");
    if (!interface) return;
    if (exit_interfaces_.contains(*interface))
      problems_.error(
          network.interface->at,
          fmt::format("interface \"{}\" has an exit, so it cannot be an Ethernet network", network.interface->value));
    if (!ethernets_.insert(*interface).second)
      problems_.error(network.interface->at,
                      fmt::format("interface \"{}\" is in a local network already", network.interface->value));
    config_.local_networks.push_back({Iid(network.iid), *interface, std::nullopt, network.max_macs});
  }

  void add_policy(const PolicySpec& policy) {
    const auto& [iid, at] = policy.iid;
    if (!iids_.contains(iid))
      problems_.error(at, fmt::format("no local network of \"{}\" has IID {}", node_.name.value, iid),
                      fmt::format("its IIDs: {}", fmt::join(iids_, ", ")));
    const auto same = [wanted = Iid(iid)](const NetworkPolicy& other) { return other.iid == wanted; };
    if (std::ranges::any_of(config_.policies, same))
      problems_.error(at, fmt::format("IID {} has a policy already", iid));
    config_.policies.push_back(
        {Iid(iid), policy.unknown_unicast, policy.broadcast, policy.multicast, policy.suppress_arp});
  }

  /// Receivers tell sessions apart by the sender's address and the session ID; a LISPER's session IDs
  /// are the IIDs.
  void check_sessions() {
    std::set<std::pair<IpAddress, std::uint32_t>> sessions;
    for (const LocalNetworkSpec* network : tunnels_) {
      if (!network->session_id) continue;
      const auto& [id, at] = *network->session_id;
      const IpAddress& peer = network->ip->value;
      if (!sessions.emplace(peer, id).second)
        problems_.error(at, fmt::format("session {} from {} is configured twice", id, to_string(peer)));
      if (peers_.contains(peer) && iids_.contains(id))
        problems_.error(at, fmt::format("session {} from {} cannot be told from IID {} of the LISPER there", id,
                                        to_string(peer), id));
    }
    limit(peers_.size() * iids_.size(), kMaxPeerLocations, "remote LISPERs times IIDs");
  }

  void add_the_rest() {
    const auto& controller = resolver_.scenario.controller;
    config_.dialect =
        spec_.dialect.value_or(controller && controller->dialect ? *controller->dialect : Dialect::kToday);
    config_.punts = !spec_.punt_sock.empty();
    config_.arp_timeout = {static_cast<std::int64_t>(spec_.arp_timeout * 1e9)};
    const TimeNs timeout =
        controller && controller->dynamic_eid_timeout ? *controller->dynamic_eid_timeout : config_.dynamic_eid_timeout;
    config_.dynamic_eid_timeout = spec_.dynamic_eid_timeout.value_or(timeout);
    const TimeNs interval = config_.punts && config_.dialect == Dialect::kToday ? seconds(5) : TimeNs{};
    config_.statistics_interval = spec_.statistics_interval.value_or(interval);
    config_.max_macs = spec_.max_macs;
    config_.seed = Random(resolver_.plan.seed).derive(index_).next();
    config_.esp_salt = spec_.esp_salt;
    CoreNode core{CoreNode::Kind::kLisper, std::move(config_), spec_.control_sock, spec_.punt_sock, std::nullopt};
    if (spec_.management) {
      const AddressedPortSpec& management = *spec_.management;
      if (interfaces_.contains(management.name.value))
        problems_.error(management.name.at, fmt::format("port \"{}\" is an interface already", management.name.value));
      if (!management.gateway.empty())
        problems_.error(management.gateway.front().at,
                        "the management port has no gateway: its network is the controller's");
      Port port =
          make_port(management.name.value, management.mac.value_or(derive_mac(node_.name.value, management.name.value)),
                    management.mtu);
      for (const auto& address : management.ip) port.addresses.push_back(address.value);
      core.management_port = resolver_.add_port(index_, std::move(port));
    }
    resolver_.plan.nodes[index_].role = std::move(core);
  }

  Resolver& resolver_;
  Problems& problems_;
  const NodeSpec& node_;
  const LisperSpec& spec_;
  std::size_t index_ = 0;
  bool too_large_ = false;
  LisperConfig config_;
  std::map<std::string, InterfaceId, std::less<>> interfaces_;
  std::map<std::string, ExitId, std::less<>> exits_;
  std::set<InterfaceId> exit_interfaces_;
  std::set<InterfaceId> ethernets_;
  std::set<IpAddress> peers_;
  std::set<std::uint32_t> iids_;
  std::vector<const LocalNetworkSpec*> tunnels_;
};

}  // namespace

TunnelConfig tunnel_config(const TunnelSpec& spec, ExitId exit, Place at, Problems& problems) {
  if (!spec.ip || !spec.session_id) problems.error(at, "a tunnel needs \"ip\" and \"session_id\"");
  const std::uint8_t length = spec.cookie_length.value;
  const Located<std::uint64_t> remote_cookie = spec.remote_cookie.value_or(spec.cookie);
  for (const auto& cookie : {spec.cookie, remote_cookie})
    if (length < 8 && cookie.value >> (8 * length) != 0)
      problems.error(cookie.at,
                     fmt::format("cookie {:x} is longer than cookie_length, {} bytes", cookie.value, length));
  TunnelConfig config;
  config.ip = spec.ip ? spec.ip->value : IpAddress();
  config.exit = exit;
  config.transport = spec.transport;
  config.session_id = SessionId(spec.session_id ? spec.session_id->value : 0);
  config.cookie = {spec.cookie.value, length};
  config.remote_session_id = SessionId(spec.remote_session_id.value_or(config.session_id.value));
  config.remote_cookie = {remote_cookie.value, length};
  config.counter = spec.counter;
  config.local_port = spec.local_port;
  config.remote_port = spec.remote_port;
  config.source_port = spec.source_port;
  return config;
}

void resolve_lisper(Resolver& resolver, const NodeSpec& spec, const LisperSpec& lisper) {
  LisperBuilder(resolver, spec, lisper).build();
}

}  // namespace lisper::model
