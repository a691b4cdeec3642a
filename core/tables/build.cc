// Tables::build: from configuration to tables.

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "core/tables/header_template.h"
#include "core/tables/tables.h"

namespace lisper {
namespace {

constexpr std::size_t kMaxNetworks = 65535;

std::uint64_t cookie_in_memory(const Cookie& cookie) noexcept {
  if (cookie.length == 8) return byteswap(cookie.value);
  if (cookie.length == 4) return byteswap(static_cast<std::uint32_t>(cookie.value));
  return 0;
}

std::uint64_t cookie_mask(std::uint8_t length) noexcept {
  if (length == 8) return ~std::uint64_t{0};
  return length == 4 ? 0xffff'ffff : 0;
}

bool valid(const Cookie& cookie) noexcept { return cookie.length == 0 || cookie.length == 4 || cookie.length == 8; }

}  // namespace

/// Collects the parts in the order in which they depend on each other. The first problem ends it.
class TablesBuilder {
 public:
  TablesBuilder(const LisperConfig& config, Tables& tables) : config_(config), tables_(tables) {}

  [[nodiscard]] Result<void> run() {
    tables_.ports_.resize(config_.ports.size());
    tables_.networks_.resize(1);
    for (const InterfaceConfig& interface : config_.interfaces) tables_.own_macs_.push_back(interface.mac);
    if (auto ok = check_ids(); !ok) return ok;
    for (const ExitConfig& exit : config_.exits)
      if (auto ok = add_exit(exit); !ok) return ok;
    for (std::size_t i = 0; i < config_.local_networks.size(); ++i)
      if (auto ok = add_local_network(i); !ok) return ok;
    for (const NetworkPolicy& policy : config_.policies)
      if (auto ok = add_policy(policy); !ok) return ok;
    for (std::size_t i = 0; i < config_.lispers.size(); ++i)
      if (auto ok = add_lisper(i); !ok) return ok;
    add_packet_counters();
    add_storm_meters();
    tables_.lists_.resize(tables_.networks_.size());
    for (std::size_t i = 1; i < tables_.networks_.size(); ++i)
      tables_.lists_[i].locations = tables_.local_locations(NetworkId(static_cast<std::uint16_t>(i)));
    tables_.refresh_locations();
    return {};
  }

 private:
  [[nodiscard]] Result<void> check_ids() const {
    for (const InterfaceConfig& interface : config_.interfaces) {
      if (interface.port.value >= config_.ports.size()) return fail("interface " + interface.name + ": no such port");
      if (interface.vlan_id && (*interface.vlan_id < 1 || *interface.vlan_id > 4094))
        return fail("interface " + interface.name + ": vlan_id must be 1..4094");
    }
    for (const ExitConfig& exit : config_.exits)
      if (exit.interface.value >= config_.interfaces.size()) return fail("exit " + exit.name + ": no such interface");
    return {};
  }

  InterfaceRole& role_of(const InterfaceConfig& interface) {
    PortTable& port = tables_.ports_[interface.port.value];
    if (!interface.vlan_id) return port.untagged;
    if (port.by_vlan.empty()) port.by_vlan.resize(4096);
    return port.by_vlan[*interface.vlan_id];
  }

  [[nodiscard]] Result<void> add_exit(const ExitConfig& exit) {
    const InterfaceConfig& interface = config_.interfaces[exit.interface.value];
    for (const ExitState& other : tables_.exits_)
      if (other.ip == exit.ip) return fail("exit " + exit.name + ": address " + to_string(exit.ip) + " is used twice");
    role_of(interface).kind = InterfaceRole::Kind::kExit;
    ExitState state{exit.ip, interface.port, exit.next_hop_mac, true};
    // Without a next hop the original sends to the zero MAC.
    if (!exit.next_hop && !exit.next_hop_mac) state.next_hop_mac = MacAddress{};
    tables_.exits_.push_back(state);
    return {};
  }

  [[nodiscard]] Result<NetworkId> network(Iid iid) {
    if (const auto known = tables_.network_of(iid)) return *known;
    if (tables_.networks_.size() > kMaxNetworks) return fail("more than 65535 instance IDs");
    const NetworkId id(static_cast<std::uint16_t>(tables_.networks_.size()));
    tables_.networks_.push_back({iid, {}, {}, Tables::flood_list(id), Tables::flood_list(id), Tables::flood_list(id)});
    return id;
  }

  [[nodiscard]] LocationId next_location() const {
    return LocationId(static_cast<std::uint32_t>(tables_.locations_.size()));
  }

  [[nodiscard]] Result<void> add_local_network(std::size_t index) {
    const LocalNetworkConfig& local = config_.local_networks[index];
    if (local.interface.has_value() == local.tunnel.has_value())
      return fail("a local network needs either an interface or a tunnel");
    const auto id = network(local.iid);
    if (!id) return tl::unexpected(id.error());
    return local.interface ? add_ethernet(*local.interface, *id) : add_tunnel(index, *local.tunnel, *id);
  }

  [[nodiscard]] Result<void> add_ethernet(InterfaceId interface_id, NetworkId network) {
    if (interface_id.value >= config_.interfaces.size()) return fail("local network: no such interface");
    const InterfaceConfig& interface = config_.interfaces[interface_id.value];
    InterfaceRole& role = role_of(interface);
    if (role.kind != InterfaceRole::Kind::kUnused)
      return fail("interface " + interface.name + " is used twice: as an Ethernet network and as something else");
    role = {InterfaceRole::Kind::kEthernet, next_location(), network};
    Location location;
    location.kind = LocationKind::kEthernet;
    location.port = interface.port;
    location.network = network;
    location.index = interface_id.value;
    write_template(interface, location);
    tables_.locations_.push_back(location);
    return {};
  }

  [[nodiscard]] Result<void> add_tunnel(std::size_t index, const TunnelConfig& tunnel, NetworkId network) {
    if (tunnel.exit.value >= config_.exits.size()) return fail("tunnel " + to_string(tunnel.ip) + ": no such exit");
    const ExitConfig& exit = config_.exits[tunnel.exit.value];
    if (tunnel.ip.is_v4() != exit.ip.is_v4())
      return fail("tunnel " + to_string(tunnel.ip) + ": exit " + exit.name + " has another address family");
    if (!valid(tunnel.cookie) || !valid(tunnel.remote_cookie))
      return fail("tunnel " + to_string(tunnel.ip) + ": a cookie has 0, 4 or 8 bytes");
    // RFC 3931 3.1: session ID 0 is a control message.
    if (tunnel.session_id.value == 0 || tunnel.remote_session_id.value == 0)
      return fail("tunnel " + to_string(tunnel.ip) + ": session ID 0 is reserved");

    OuterHeader outer = outer_header(tunnel.exit);
    outer.peer = tunnel.ip;
    outer.session_id = tunnel.remote_session_id;
    outer.cookie = tunnel.remote_cookie;
    outer.transport = tunnel.transport;
    outer.counter = tunnel.counter;
    outer.remote_port = tunnel.remote_port;
    outer.source_port = tunnel.source_port;

    Session session;
    session.peer = tunnel.ip;
    session.own = exit.ip;
    session.cookie = cookie_in_memory(tunnel.cookie);
    session.cookie_mask = cookie_mask(tunnel.cookie.length);
    session.session_id = tunnel.session_id.value;
    session.cookie_length = tunnel.cookie.length;
    session.counter = tunnel.counter;
    session.carrier = tunnel.transport == Transport::kUdp ? Carrier::kUdp : Carrier::kIp;
    session.local_port = tunnel.local_port;
    return add_remote(LocationKind::kTunnel, index, outer, std::move(session), network);
  }

  [[nodiscard]] Result<void> add_policy(const NetworkPolicy& policy) {
    const auto id = tables_.network_of(policy.iid);
    const std::string name = "policy of IID " + std::to_string(policy.iid.value);
    if (!id) return fail(name + ": no local network has it");
    NetworkPolicy& place = tables_.networks_[id->value].policy;
    if (place.iid == policy.iid) return fail(name + ": there are two");
    place = policy;
    tables_.suppresses_arp_ |= policy.suppress_arp;
    return {};
  }

  [[nodiscard]] Result<void> add_lisper(std::size_t index) {
    const LisperPeerConfig& peer = config_.lispers[index];
    if (peer.exit.value >= config_.exits.size()) return fail("lisper " + to_string(peer.ip) + ": no such exit");
    const ExitConfig& exit = config_.exits[peer.exit.value];
    if (peer.ip.is_v4() != exit.ip.is_v4())
      return fail("lisper " + to_string(peer.ip) + ": exit " + exit.name + " has another address family");
    const Cookie cookie = peer.cookie.value_or(Cookie{});
    if (!valid(cookie)) return fail("lisper " + to_string(peer.ip) + ": a cookie has 0, 4 or 8 bytes");
    for (std::size_t n = 1; n < tables_.networks_.size(); ++n) {
      const Iid iid = tables_.networks_[n].iid;
      OuterHeader outer = outer_header(peer.exit);
      outer.peer = peer.ip;
      outer.session_id = SessionId(iid.value);
      outer.cookie = cookie;

      Session session;
      session.peer = peer.ip;
      session.own = exit.ip;
      session.cookie = cookie_in_memory(cookie);
      session.cookie_mask = peer.cookie ? cookie_mask(cookie.length) : 0;
      session.session_id = iid.value;
      session.cookie_length = cookie.length;
      session.from_lisper = true;
      auto ok =
          add_remote(LocationKind::kLisper, index, outer, std::move(session), NetworkId(static_cast<std::uint16_t>(n)));
      if (!ok) return ok;
    }
    return {};
  }

  void add_packet_counters() {
    tables_.sent_ =
        std::shared_ptr<std::atomic<std::uint32_t>[]>(new std::atomic<std::uint32_t>[tables_.locations_.size()]());
    for (std::size_t i = 0; i < tables_.locations_.size(); ++i) tables_.locations_[i].sent = tables_.sent_.get() + i;
  }

  void add_storm_meters() {
    const std::size_t count = tables_.ports_.size() * 3;
    tables_.meters_ = std::shared_ptr<std::atomic<std::int64_t>[]>(new std::atomic<std::int64_t>[count]());
    std::atomic<std::int64_t>* next = tables_.meters_.get();
    for (std::size_t i = 0; i < tables_.ports_.size(); ++i) {
      PortTable& port = tables_.ports_[i];
      const StormLimits& limits = config_.ports[i].storm_limits;
      port.broadcast = StormMeter(limits.broadcast, next++);
      port.multicast = StormMeter(limits.multicast, next++);
      port.unknown_unicast = StormMeter(limits.unknown_unicast, next++);
    }
  }

  [[nodiscard]] OuterHeader outer_header(ExitId id) const {
    OuterHeader outer;
    outer.exit = &config_.exits[id.value];
    outer.interface = &config_.interfaces[outer.exit->interface.value];
    return outer;
  }

  [[nodiscard]] Result<void> add_remote(LocationKind kind, std::size_t index, const OuterHeader& outer,
                                        Session&& session, NetworkId network) {
    Location location;
    location.kind = kind;
    location.port = outer.interface->port;
    location.exit = ExitId(static_cast<std::uint16_t>(outer.exit - config_.exits.data()));
    location.network = network;
    location.index = static_cast<std::uint16_t>(index);
    write_template(outer, location);
    const auto& mac = tables_.exits_[location.exit.value].next_hop_mac;
    location.resolved = mac.has_value();
    if (mac) std::memcpy(location.start(), &*mac, sizeof *mac);
    session.location = next_location();
    session.network = network;
    if (!tables_.sessions_.insert(session))
      return fail("two sessions with ID " + std::to_string(session.session_id) + " from " + to_string(session.peer) +
                  " cannot be told apart");
    tables_.locations_.push_back(location);
    return {};
  }

  const LisperConfig& config_;
  Tables& tables_;
};

Result<Tables> Tables::build(const LisperConfig& config) {
  Tables tables(config.max_macs);
  if (auto ok = TablesBuilder(config, tables).run(); !ok) return tl::unexpected(ok.error());
  return tables;
}

}  // namespace lisper
