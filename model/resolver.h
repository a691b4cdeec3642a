#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/plan.h"
#include "model/problems.h"
#include "model/scenario.h"

namespace lisper::model {

/// The plan in the making, and the names in it. Look-ups that fail are problems of their own, and
/// give nullopt; so do names that could not be read, silently.
struct Resolver {
  const Scenario& scenario;
  std::filesystem::path directory;
  Problems& problems;
  Plan plan;

  std::map<std::string, std::size_t, std::less<>> nodes;
  std::set<std::string, std::less<>> unreadable_nodes;
  /// A node's ports by every name they go by.
  std::vector<std::map<std::string, std::size_t, std::less<>>> ports;
  std::map<std::string, std::size_t, std::less<>> links;
  std::map<PortRef, std::size_t> link_at;                 ///< at the start
  std::set<std::pair<std::size_t, IpAddress>> addresses;  ///< of nodes

  [[nodiscard]] Node& add_node(const std::string& name, std::string icon);
  std::size_t add_port(std::size_t node, Port port);

  [[nodiscard]] std::optional<std::size_t> find_node(const Name& name);
  /// A host or the VM of an App.
  [[nodiscard]] std::optional<std::size_t> find_host(const Name& name);
  /// "node:port". Of an App, ports other than the VM's are its tunnel's; a segment or replay node has
  /// whatever port is asked for.
  [[nodiscard]] std::optional<PortRef> find_port(const Name& name);
  /// By its name, or as "a:e0 - b:e1" in either order.
  [[nodiscard]] std::optional<std::size_t> find_link(const Name& name);
  /// The node that `name` means on this link: an App's name stands for its tunnel, too.
  [[nodiscard]] std::optional<std::size_t> find_direction(const Name& from, std::size_t link);
  [[nodiscard]] bool is_host(std::size_t node) const { return std::holds_alternative<Host>(plan.nodes[node].role); }
};

inline constexpr std::string_view kTunnelSuffix = ".l2tp";
inline constexpr std::string_view kVmPort = "t0";   ///< of an App's host
inline constexpr std::string_view kTapPort = "vm";  ///< of an App's tunnel, towards the host

/// Locally administered (IEEE 802 8.4), and the same in every run.
[[nodiscard]] MacAddress derive_mac(std::string_view node, std::string_view port);

[[nodiscard]] Port make_port(std::string name, MacAddress mac, std::uint16_t mtu = 1500);

// The steps, in their order.
void resolve_nodes(Resolver& resolver);
void resolve_lisper(Resolver& resolver, const NodeSpec& spec, const LisperSpec& lisper);
void resolve_links(Resolver& resolver);
void resolve_controller(Resolver& resolver);
void resolve_traffic(Resolver& resolver);
void resolve_events(Resolver& resolver);
void resolve_expectations(Resolver& resolver);

[[nodiscard]] TunnelConfig tunnel_config(const TunnelSpec& spec, ExitId exit, Place at, Problems& problems);
[[nodiscard]] Flow host_flow(const TrafficSpec& spec, std::size_t from, std::size_t to);
/// Source and destination of a flow: the first pair, in order of destination, that shares a prefix;
/// else the first of one family. Nullopt if the nodes have no family in common.
[[nodiscard]] std::optional<std::pair<IpAddress, IpAddress>> choose_addresses(const Node& from, const Node& to);

}  // namespace lisper::model
