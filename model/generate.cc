#include "model/generate.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <set>

#include "core/base/hash.h"
#include "model/graph/graphml.h"
#include "model/graph/shapes.h"
#include "model/resolver.h"

namespace lisper::model {
namespace {

// A mapping names the sites it goes to, which is what takes memory.
constexpr std::uint64_t kMaxMappingReceivers = 2'000'000;
constexpr std::uint32_t kMaxHostsOfIid = 65'534;  // 10.IID.0.0/16
constexpr std::size_t kMaxEdges = 0xffff;         // fd82:0:0:EDGE::/64
constexpr std::uint16_t kInnerMtu = 1400;         // 1500, less IPv6, L2TPv3 with cookie, and Ethernet

IpAddress ip6(std::uint16_t a, std::size_t b, std::size_t c, std::size_t d, std::uint16_t last) {
  Ipv6Address ip;
  const std::array<std::size_t, 4> groups = {a, b, c, d};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    ip.octets[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8);
    ip.octets[2 * i + 1] = static_cast<std::uint8_t>(groups[i]);
  }
  ip.octets[14] = static_cast<std::uint8_t>(last >> 8);
  ip.octets[15] = static_cast<std::uint8_t>(last);
  return ip;
}

/// Names in topology files have blanks and dots; nodes' names do not.
std::string node_name(std::string_view text) {
  std::string name;
  for (const char c : text) name += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' ? c : '_';
  return name.empty() ? "_" : name;
}

/// One underlay graph turned into routers, and sites at them.
class Generator {
 public:
  Generator(Scenario& scenario, const SitesSpec& spec, const UnderlayGraph& graph)
      : scenario_(scenario),
        spec_(spec),
        graph_(graph),
        sites_(std::min<std::size_t>(spec.sites.value_or(static_cast<std::uint32_t>(graph.site_routers.size())),
                                     graph.site_routers.size())) {}

  void run() {
    for (const std::string& name : graph_.names) {
      std::string unique = node_name(name);
      while (!names_.insert(unique).second) unique += "_";
      router_names_.push_back(unique);
    }
    routers_.resize(graph_.names.size());
    for (std::size_t i = 0; i < graph_.edges.size(); ++i) add_edge(i);
    const std::uint32_t slots = spec_.hosts_per_site + spec_.apps_per_site;
    iids_ = std::max(1u, std::min(spec_.iids, slots));
    hosts_of_iid_.resize(iids_ + 1);
    if (!scenario_.controller) scenario_.controller.emplace();
    for (std::size_t site = 1; site <= sites_; ++site) add_site(site);
    for (std::size_t i = 0; i < routers_.size(); ++i) add_node(router_names_[i], std::move(routers_[i]));
    for (std::uint32_t iid = 1; iid <= iids_; ++iid) add_broadcast(iid);
  }

 private:
  template <typename T>
  Located<T> here(T value) const {
    return {std::move(value), spec_.at};
  }

  void add_node(const std::string& name, decltype(NodeSpec::role) role) {
    scenario_.nodes.push_back({here(name), std::move(role)});
  }

  void add_link(LinkDefaultsSpec parameters, const std::string& a, const std::string& b) {
    LinkSpec link;
    static_cast<LinkDefaultsSpec&>(link) = parameters;
    link.at = spec_.at;
    link.endpoints = {here(a), here(b)};
    scenario_.links.push_back(std::move(link));
  }

  void add_router_port(std::size_t router, const std::string& name, const IpAddress& ip) {
    AddressedPortSpec port;
    port.name = here(name);
    port.ip = {here(InterfaceAddress{ip, 64})};
    routers_[router].interfaces.push_back(std::move(port));
  }

  void add_edge(std::size_t index) {
    const UnderlayGraph::Edge& edge = graph_.edges[index];
    const std::string a_port = "to-" + router_names_[edge.b];
    const std::string b_port = "to-" + router_names_[edge.a];
    add_router_port(edge.a, a_port, ip6(0xfd82, 0, 0, index + 1, 1));
    add_router_port(edge.b, b_port, ip6(0xfd82, 0, 0, index + 1, 2));
    LinkDefaultsSpec parameters = spec_.link.value_or(LinkDefaultsSpec{});
    if (!parameters.rate && edge.rate_bps) parameters.rate = static_cast<std::uint64_t>(*edge.rate_bps);
    if (!parameters.delay && edge.delay_ns) parameters.delay = TimeNs{static_cast<std::int64_t>(*edge.delay_ns)};
    add_link(parameters, router_names_[edge.a] + ":" + a_port, router_names_[edge.b] + ":" + b_port);
  }

  void add_site(std::size_t site) {
    const std::size_t router = graph_.site_routers[site - 1];
    const std::string name = fmt::format("site{}", site);
    const IpAddress rloc = ip6(0xfd80, site, 0, 0, 2);
    add_router_port(router, name, ip6(0xfd80, site, 0, 0, 1));
    LisperSpec lisper;
    add_interface(lisper, name, "e0", 1500);
    lisper.exits.push_back(
        {here<std::string>("e0"), here(rloc), here<std::string>("e0"), ip6(0xfd80, site, 0, 0, 1), {}});
    for (std::size_t other = 1; other <= sites_; ++other)
      if (other != site) lisper.lispers.push_back({here(ip6(0xfd80, other, 0, 0, 2)), here<std::string>("e0"), {}});
    lisper.control_sock = "/var/tmp/lisp-ipc-map-cache-" + name;
    lisper.punt_sock = "/var/tmp/lispers.net-itr-" + name;
    add_link({}, name + ":e0", router_names_[router] + ":" + name);
    for (std::uint32_t host = 1; host <= spec_.hosts_per_site; ++host) add_host(lisper, site, host);
    for (std::uint32_t app = 1; app <= spec_.apps_per_site; ++app) add_app(lisper, site, app, router);
    add_node(name, std::move(lisper));
  }

  void add_interface(LisperSpec& lisper, const std::string& node, const std::string& name, std::uint16_t mtu) const {
    InterfaceSpec interface;
    interface.at = spec_.at;
    interface.name = here(name);
    interface.mac = here(derive_mac(node, name));
    interface.mtu = mtu;
    lisper.interfaces.push_back(std::move(interface));
  }

  struct Identity {
    std::uint32_t iid;
    MacAddress mac;
    InterfaceAddress ip;
  };

  /// The next host of the site's `slot`: slots take IIDs in turn.
  Identity new_host(std::size_t site, std::uint32_t slot) {
    const std::uint32_t iid = slot % iids_ + 1;
    const std::uint32_t number = ++hosts_of_iid_[iid];
    const MacAddress mac = MacAddress::from_u64(std::uint64_t{0x02} << 40 | std::uint64_t{iid} << 32 | number);
    EntrySpec entry;
    entry.at = spec_.at;
    for (std::size_t other = 1; other <= sites_; ++other)
      if (other != site) entry.to.push_back(here(fmt::format("site{}", other)));
    entry.iid = iid;
    entry.eid = MacPrefixText{mac, 48};
    entry.rlocs = {{.rloc = ip6(0xfd80, site, 0, 0, 2), .keys = {}}};
    if (!entry.to.empty()) scenario_.controller->mappings.push_back(std::move(entry));
    return {iid, mac, {Ipv4Address::from_u32(10u << 24 | iid << 16 | number), 16}};
  }

  void add_host(LisperSpec& lisper, std::size_t site, std::uint32_t number) {
    const std::string site_name = fmt::format("site{}", site);
    const std::string port = fmt::format("h{}", number);
    const std::string name = site_name + "-" + port;
    const Identity identity = new_host(site, number - 1);
    HostSpec host;
    host.interfaces.push_back({here<std::string>("e0"), identity.mac, {here(identity.ip)}, kInnerMtu, {}});
    add_node(name, std::move(host));
    add_interface(lisper, site_name, port, 1500);
    LocalNetworkSpec network;
    network.at = spec_.at;
    network.iid = identity.iid;
    network.interface = here(port);
    lisper.local_networks.push_back(std::move(network));
    add_link({}, name + ":e0", site_name + ":" + port);
  }

  void add_app(LisperSpec& lisper, std::size_t site, std::uint32_t number, std::size_t router) {
    const std::string name = fmt::format("site{}-a{}", site, number);
    const Identity identity = new_host(site, spec_.hosts_per_site + number - 1);
    const IpAddress address = ip6(0xfd81, site, number, 0, 2);
    const IpAddress gateway = ip6(0xfd81, site, number, 0, 1);
    TunnelSpec tunnel;
    tunnel.session_id = here(number);
    tunnel.cookie = here(hash_u64(std::uint64_t{site} << 32 | number) | 1);
    LocalNetworkSpec network;
    static_cast<TunnelSpec&>(network) = tunnel;
    network.at = spec_.at;
    network.ip = here(address);
    network.iid = identity.iid;
    network.type = here<std::string>("L2TPv3");
    network.exit = here<std::string>("e0");
    lisper.local_networks.push_back(std::move(network));
    AppSpec app;
    app.underlay.ip = here(InterfaceAddress{address, 64});
    app.underlay.gateway = gateway;
    tunnel.ip = here(ip6(0xfd80, site, 0, 0, 2));
    app.tunnel = here(tunnel);
    app.vm = VmSpec{identity.mac, {here(identity.ip)}, kInnerMtu, {}};
    add_node(name, std::move(app));
    add_router_port(router, name, gateway);
    add_link({}, name + ":e0", router_names_[router] + ":" + name);
  }

  void add_broadcast(std::uint32_t iid) {
    EntrySpec entry;
    entry.at = spec_.at;
    entry.iid = iid;
    entry.eid = MacPrefixText{kBroadcastMac, 48};
    entry.rles.emplace();
    for (std::size_t site = 1; site <= sites_; ++site) {
      entry.to.push_back(here(fmt::format("site{}", site)));
      entry.rles->push_back({ip6(0xfd80, site, 0, 0, 2), {}});
    }
    scenario_.controller->mappings.push_back(std::move(entry));
  }

  Scenario& scenario_;
  const SitesSpec& spec_;
  const UnderlayGraph& graph_;
  std::size_t sites_;
  std::uint32_t iids_ = 1;
  std::set<std::string> names_;
  std::vector<std::string> router_names_;
  std::vector<RouterSpec> routers_;
  std::vector<std::uint32_t> hosts_of_iid_;
};

void expand(Scenario& scenario, const SitesSpec& spec, const UnderlayGraph& graph, Problems& problems) {
  const std::uint64_t sites = graph.site_routers.size();
  const std::uint64_t hosts = std::uint64_t{spec.hosts_per_site} + spec.apps_per_site;
  if (sites * sites * std::max<std::uint64_t>(hosts, 1) > kMaxMappingReceivers || sites * hosts > kMaxHostsOfIid ||
      graph.edges.size() > kMaxEdges)
    return problems.error(spec.at, fmt::format("{} sites with {} hosts each and {} links are too many", sites, hosts,
                                               graph.edges.size()));
  if (spec.sites && *spec.sites > sites)
    return problems.error(spec.at, fmt::format("{} sites, but there is room for {} only", *spec.sites, sites));
  Generator(scenario, spec, graph).run();
}

UnderlayGraph shape_graph(const GenerateSpec& spec) {
  const std::size_t sites = spec.sites.value_or(1);
  switch (spec.shape) {
    case Shape::kMesh:
      return make_mesh(sites);
    case Shape::kStar:
      return make_star(sites);
    case Shape::kRing:
      return make_ring(sites);
    case Shape::kLine:
      return make_line(sites);
    case Shape::kClos:
      return make_clos(spec.spines, spec.leaves, sites);
  }
  return {};
}

}  // namespace

void expand(Scenario& scenario, const std::filesystem::path& directory, Problems& problems) {
  if (scenario.generate && scenario.import)
    return problems.error(scenario.import->at, "a scenario has \"generate\" or \"import\", not both");
  if (const auto spec = scenario.generate) expand(scenario, *spec, shape_graph(*spec), problems);
  if (const auto spec = scenario.import; spec && !spec->graphml.value.empty()) {
    const std::filesystem::path path = directory / spec->graphml.value;
    std::error_code error;
    std::ifstream file(path);
    if (!std::filesystem::is_regular_file(path, error) || !file)
      return problems.error(spec->graphml.at, fmt::format("there is no file \"{}\"", path.string()));
    const auto graph = read_graphml(file);
    if (!graph) return problems.error(spec->graphml.at, fmt::format("{}: {}", path.string(), graph.error().message));
    expand(scenario, *spec, *graph, problems);
  }
}

}  // namespace lisper::model
