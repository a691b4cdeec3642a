#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/plan.h"
#include "model/problems.h"
#include "model/units.h"

// A scenario as it is written: strong types, names not yet resolved, positions kept. One struct an
// object of docs/scenario.md, in its order; fields are described there.

namespace lisper::model {

template <typename T>
struct Located {
  T value{};
  Place at;
};
using Name = Located<std::string>;

// ---- Nodes

struct StormLimitsSpec : StormLimits {
  Place at;
};

struct InterfaceSpec {
  Place at;
  Name name;
  Located<MacAddress> mac;
  std::optional<std::string> pci;
  std::optional<std::uint16_t> vlan_id;
  std::uint16_t mtu = 1500;
  std::optional<StormLimitsSpec> storm_limits;
};

struct ExitSpec {
  Name name;
  Located<IpAddress> ip;
  Name interface;
  std::optional<IpAddress> next_hop;
  std::optional<MacAddress> next_hop_mac;
};

struct LisperPeerSpec {
  Located<IpAddress> ip;
  Name exit;
  std::optional<std::uint64_t> cookie;
};

/// Fields that an L2TPv3 local network and an App's tunnel share.
struct TunnelSpec {
  std::optional<Located<IpAddress>> ip;
  std::optional<Located<std::uint32_t>> session_id;
  Located<std::uint64_t> cookie;
  Located<std::uint8_t> cookie_length{8, {}};
  std::optional<std::uint32_t> remote_session_id;
  std::optional<Located<std::uint64_t>> remote_cookie;
  Transport transport = Transport::kIp;
  bool counter = false;
  std::uint16_t local_port = 1701;
  std::uint16_t remote_port = 1701;
  std::optional<std::uint16_t> source_port;
};

struct LocalNetworkSpec : TunnelSpec {
  Place at;
  std::uint32_t iid = 0;
  std::optional<Name> type;
  std::optional<Name> interface;
  std::optional<Name> exit;
  std::optional<std::uint32_t> max_macs;
};

struct PolicySpec {
  Located<std::uint32_t> iid;
  UnknownUnicast unknown_unicast = UnknownUnicast::kFlood;
  Broadcast broadcast = Broadcast::kFlood;
  Multicast multicast = Multicast::kFlood;
  bool suppress_arp = false;
};

/// A port with addresses: of a host, a router, or a LISPER's management.
struct AddressedPortSpec {
  Name name;
  std::optional<MacAddress> mac;
  std::vector<Located<InterfaceAddress>> ip;
  std::uint16_t mtu = 1500;
  std::vector<Located<IpAddress>> gateway;  ///< hosts: at most one a family
};

struct LisperSpec {
  std::vector<InterfaceSpec> interfaces;
  std::vector<ExitSpec> exits;
  std::vector<LisperPeerSpec> lispers;
  std::vector<LocalNetworkSpec> local_networks;
  std::vector<PolicySpec> policies;
  std::string control_sock;
  std::string punt_sock;
  double arp_timeout = 60;  ///< [s]
  std::array<std::byte, 4> esp_salt{};
  std::optional<Dialect> dialect;
  std::optional<TimeNs> dynamic_eid_timeout;
  std::optional<TimeNs> statistics_interval;
  std::uint32_t max_macs = 1u << 20;
  std::optional<AddressedPortSpec> management;
};

struct HostSpec {
  std::vector<AddressedPortSpec> interfaces;
};

struct RouterSpec {
  std::vector<AddressedPortSpec> interfaces;
};

struct UnderlaySpec {
  Name name{"e0", {}};
  std::optional<MacAddress> mac;
  Located<InterfaceAddress> ip;
  std::optional<IpAddress> gateway;
  std::uint16_t mtu = 1500;
};

struct VmSpec {
  std::optional<MacAddress> mac;
  std::vector<Located<InterfaceAddress>> ip;
  std::uint16_t mtu = 1500;
  std::vector<Located<IpAddress>> gateway;
};

struct AppSpec {
  UnderlaySpec underlay;
  Located<TunnelSpec> tunnel;
  std::optional<VmSpec> vm;  ///< absent: an endpoint that waits for a VM to move in
};

struct SegmentSpec {};
struct ReplaySpec {};

struct NodeSpec {
  Name name;
  /// monostate: of no known type, which is a problem already.
  std::variant<std::monostate, LisperSpec, HostSpec, AppSpec, RouterSpec, SegmentSpec, ReplaySpec> role;
};

// ---- Links

struct DirectionSpec {
  std::optional<std::uint64_t> rate;  ///< [bit/s]
  std::optional<TimeNs> delay;
  std::optional<std::uint32_t> queue;
  std::optional<double> loss;
};

struct LinkDefaultsSpec : DirectionSpec {
  std::optional<std::uint16_t> mtu;
};

struct LinkSpec : LinkDefaultsSpec {
  Place at;
  std::vector<Name> endpoints;
  std::optional<DirectionSpec> reverse;
  bool up = true;
  std::optional<Name> name;
};

// ---- Controller

struct KeysSpec {
  std::uint32_t key_id = 1;
  std::string encap_key;
  std::string decap_key;
};

struct RlocSpec {
  IpAddress rloc;
  std::uint8_t priority = 1;
  std::uint8_t weight = 50;
  std::optional<KeysSpec> keys;
};

struct RleSpec {
  IpAddress rle;
  std::optional<KeysSpec> keys;
  std::optional<std::uint8_t> level{};
};

/// Fields that mappings and actions share.
struct EntrySpec {
  Place at;
  TimeNs time{};
  std::vector<Name> to;
  std::optional<std::uint32_t> iid;
  std::optional<MacPrefixText> eid;
  std::optional<MacAddress> source;
  std::optional<std::vector<RlocSpec>> rlocs;
  std::optional<std::vector<RleSpec>> rles;
};

struct ActionSpec : EntrySpec {
  ControllerAction::Kind kind = ControllerAction::Kind::kDelete;
  std::optional<std::string> message;
};

struct ControllerSpec {
  std::optional<Dialect> dialect;
  std::optional<Name> node;
  std::uint16_t udp_port = 4340;
  TimeNs delay{};
  TimeNs resend{};
  std::uint32_t burst = 0;
  double lose = 0;
  double garble = 0;
  double truncate = 0;
  bool duplicate = false;
  bool follow_hosts = false;
  std::optional<TimeNs> dynamic_eid_timeout;
  std::vector<EntrySpec> mappings;
  std::vector<ActionSpec> actions;
};

// ---- Traffic and events

enum class TrafficType : std::uint8_t { kPing, kUdp, kTcp, kReplay };
enum class Pairs : std::uint8_t { kNone, kRandom, kAll };

struct TrafficSpec {
  Place at;
  TrafficType type = TrafficType::kPing;
  std::optional<Name> name;
  std::optional<Name> from;
  std::optional<Name> to;
  std::optional<Located<IpAddress>> to_address;
  Pairs pairs = Pairs::kNone;
  std::uint32_t number = 0;
  TimeNs start{};
  std::optional<TimeNs> stop;
  std::uint64_t count = 0;
  TimeNs interval = seconds(1);
  std::optional<std::uint32_t> size;
  std::optional<PacketOrBitRate> rate;
  bool poisson = false;
  std::uint64_t bytes = 0;
  std::optional<std::uint16_t> port;
  std::optional<Name> capture;
  std::optional<MacAddress> source_mac;
  std::optional<MacAddress> destination_mac;
  std::optional<IpAddress> ip_source;
  std::uint32_t loops = 1;
};

struct EventSpec {
  Place at;
  TimeNs time{};
  std::optional<Name> link_down;
  std::optional<Name> link_up;
  std::optional<Name> move;
  std::optional<Name> to;
  std::optional<Name> join;
  std::optional<Name> leave;
  std::optional<Located<IpAddress>> group;
};

// ---- Expectations

struct FlowExpectSpec {
  Name flow;
  std::optional<Bound> sent, received, loss, latency_median, latency_p99, latency_max, throughput;
  std::optional<bool> completed;
};

struct ReachabilityExpectSpec {
  std::vector<std::vector<Name>> groups;
  TimeNs time = seconds(1);  ///< of the first probe
};

struct TableExpectSpec {
  Name node;
  std::optional<TimeNs> time;
  std::uint32_t iid = 0;
  MacAddress mac;
  Name leads_to;
};

struct CounterExpectSpec : Bound {
  Name node;
  std::optional<Name> port;
  std::optional<Located<std::uint32_t>> iid;
  Name counter;
};

struct LinkExpectSpec {
  Name link;
  Name from;
  std::optional<Bound> packets, share;
  std::vector<Name> among;
};

struct ExpectSpec {
  Place at;
  std::optional<std::string> title;
  std::variant<std::monostate, FlowExpectSpec, ReachabilityExpectSpec, TableExpectSpec, CounterExpectSpec,
               LinkExpectSpec>
      what;
};

// ---- Generators

/// What is attached to each site of a generated or imported underlay.
struct SitesSpec {
  Place at;
  std::optional<std::uint32_t> sites;
  std::uint32_t hosts_per_site = 1;
  std::uint32_t apps_per_site = 0;
  std::uint32_t iids = 1;
  std::optional<LinkDefaultsSpec> link;  ///< between routers
};

enum class Shape : std::uint8_t { kMesh, kStar, kRing, kLine, kClos };

struct GenerateSpec : SitesSpec {
  Shape shape = Shape::kMesh;
  std::uint32_t spines = 2;
  std::uint32_t leaves = 4;
};

struct ImportSpec : SitesSpec {
  Name graphml;
};

struct Scenario {
  std::string name;
  std::string description;
  std::uint64_t seed = 1;
  Located<TimeNs> end{seconds(10), {}};
  std::vector<NodeSpec> nodes;
  std::vector<LinkSpec> links;
  LinkDefaultsSpec link_defaults;
  std::optional<ControllerSpec> controller;
  std::vector<TrafficSpec> traffic;
  std::vector<EventSpec> events;
  std::vector<ExpectSpec> expect;
  std::optional<GenerateSpec> generate;
  std::optional<ImportSpec> import;
};

}  // namespace lisper::model
