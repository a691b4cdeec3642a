#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/address.h"
#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/forward/config.h"

namespace lisper::model {

/// An interface address with the length of its on-link prefix: 10.0.0.1/24.
struct InterfaceAddress {
  IpAddress ip;
  std::uint8_t length = 0;  ///< [bits] within the address's own family
};

struct Route {
  IpAddress prefix;
  std::uint8_t length = 0;  ///< [bits] within the prefix's own family; 0 is the default route
  struct Hop {
    std::size_t port;  ///< of the node
    IpAddress via;
  };
  std::vector<Hop> hops;  ///< equal cost; a flow keeps its hop
};

/// One end of at most one link at a time.
struct Port {
  std::string name;
  MacAddress mac;
  std::uint16_t mtu = 1500;                 ///< [bytes] at the IP layer
  std::vector<InterfaceAddress> addresses;  ///< hosts and routers
  std::string pci{};                        ///< LISPERs: "0000:01:00.0"; empty: none given
};

/// A machine with an IP stack: a host, or the VM of an App.
struct Host {
  std::vector<Route> routes;
};

/// Forwards IP between its ports.
struct Router {
  std::vector<Route> routes;
};

/// Runs the core: a LISPER site, the tunnel endpoint under an App's VM, or an Ethernet segment.
struct CoreNode {
  enum class Kind : std::uint8_t { kLisper, kAppTunnel, kSegment } kind = Kind::kLisper;
  LisperConfig config;       ///< ports as in Node::ports
  std::string control_sock;  ///< empty: none
  std::string punt_sock;     ///< empty: none
  /// Controller traffic over the simulated network arrives on this port, which is not one of
  /// config.ports; absent: out of band.
  std::optional<std::size_t> management_port;
};

/// Sends what captures hold, and swallows what it receives.
struct ReplayNode {};

struct Node {
  std::string name;
  std::vector<Port> ports;
  std::variant<Host, Router, CoreNode, ReplayNode> role;
  std::array<double, 2> position{};  ///< for pictures, 0..1 each
  std::string icon;                  ///< "lisper", "router", "host", "app", "tunnel", "segment", "replay", "controller"
};

struct PortRef {
  std::size_t node = 0;
  std::size_t port = 0;
  friend constexpr auto operator<=>(const PortRef&, const PortRef&) noexcept = default;
};

/// What frames meet on their way in one direction of a link.
struct LinkDirection {
  std::uint64_t rate_bps = 1'000'000'000;  ///< [bit/s]; preamble and gap included, 20 bytes a frame; 0: infinite
  TimeNs delay = microseconds(5);
  std::uint32_t queue = 1000;  ///< [frames] waiting
  double loss = 0;             ///< probability, of each frame
};

struct Link {
  std::string name;  ///< "site04:e0 - r2:e04"
  std::array<PortRef, 2> ends;
  std::array<LinkDirection, 2> directions;  ///< [0] from ends[0] to ends[1]
  std::uint16_t mtu = 1500;                 ///< [bytes] at the IP layer; larger frames are dropped
  bool up = true;                           ///< at the start
};

// ---- Controller

/// Keys for what goes to a LISPER and what comes from there, in hexadecimal digits; an empty one is not said.
struct MappingKeys {
  std::uint32_t id = 1;
  std::string encap;
  std::string decap;
};

/// One locator of a mapping, as the controller will say it. Not checked against any configuration:
/// scenarios may be wrong on purpose.
struct MappingLocator {
  IpAddress rloc;
  std::uint8_t priority = 1;
  std::uint8_t weight = 50;
  std::optional<MappingKeys> keys{};
  std::optional<std::uint8_t> level{};  ///< of a replication list
};

struct Mapping {
  Iid iid;
  MacAddress eid;
  std::uint8_t length = 48;
  bool replicate = false;  ///< rles instead of rlocs
  std::vector<MappingLocator> locators;
  MacAddress source{};  ///< for frames from this host only; zero: from all
};

/// Something the controller does at a time.
struct ControllerAction {
  enum class Kind : std::uint8_t {
    kSet,     ///< adds or replaces `mapping`
    kDelete,  ///< withdraws `mapping`
    kRaw,     ///< sends `raw` as one datagram, whatever it is
    kFlush,   ///< entire-map-cache with no entries
    kStop,    ///< the controller process dies: forgets nothing of its configuration, sends nothing
    kStart,   ///< and comes back
  };
  TimeNs at{};
  Kind kind = Kind::kSet;
  std::vector<std::size_t> to;  ///< node indices; empty: every LISPER with a control_sock
  Mapping mapping;
  std::string raw;
};

struct ControllerPlan {
  bool present = false;
  Dialect dialect = Dialect::kToday;
  /// Set: messages travel as UDP datagrams from this host node to each LISPER's management port.
  std::optional<std::size_t> node;
  std::uint16_t udp_port = 4340;  ///< over the simulated network
  TimeNs delay{};                 ///< out of band: from decision to arrival
  TimeNs resend{};                ///< everything is sent again at this interval; 0: never
  std::uint32_t burst = 0;        ///< > 0: at most so many messages at one instant, the rest 1 ms later, ...
  double lose = 0;                ///< probability that a message is lost
  double garble = 0;              ///< probability that a message has one byte changed
  double truncate = 0;            ///< probability that a message loses its tail
  bool duplicate = false;         ///< every message is sent twice
  /// Maps hosts that LISPERs report (punts) to their RLOCs and tells the other LISPERs, as a mapping
  /// system would; a move replaces the mapping everywhere.
  bool follow_hosts = false;
  TimeNs dynamic_eid_timeout = seconds(15);  ///< follow_hosts: a host not reported for so long is withdrawn
  std::vector<ControllerAction> actions;     ///< sorted by time
};

// ---- Traffic

enum class FlowKind : std::uint8_t { kPing, kUdpConstant, kUdpPoisson, kTcpBulk, kReplay };
/// As results have it.
[[nodiscard]] constexpr std::string_view name_of(FlowKind kind) noexcept {
  constexpr std::array<std::string_view, 5> kNames{"ping", "udp-constant", "udp-poisson", "tcp-bulk", "replay"};
  return kNames[static_cast<std::size_t>(kind)];
}

struct Flow {
  std::string name;
  FlowKind kind = FlowKind::kPing;
  std::size_t from = 0;  ///< node
  std::size_t to = 0;    ///< node; kReplay: ignored
  IpAddress source;
  IpAddress destination;
  TimeNs start{};
  TimeNs stop = kNever;
  std::uint64_t count = 0;  ///< packets; 0: until `stop`
  std::uint32_t size = 56;  ///< [bytes] of payload a packet; TCP: of a write
  TimeNs interval{};        ///< ping: 0 sends the next one on the reply, or after 10 ms
  double rate_pps = 0;      ///< UDP [packets/s], mean for Poisson
  std::uint64_t bytes = 0;  ///< TCP: to transfer
  std::uint16_t port = 0;   ///< UDP and TCP destination port
  bool probe = false;       ///< made by a reachability expectation; not in the flow table

  // kReplay: frames of `capture` leave port `from_port` of node `from` at the capture's pace, or `rate_pps`.
  std::filesystem::path capture;
  std::size_t from_port = 0;
  std::optional<MacAddress> only_source;       ///< Ethernet source filter
  std::optional<MacAddress> only_destination;  ///< Ethernet destination filter
  std::optional<IpAddress> only_ip_source;     ///< outer IP source filter
  std::uint32_t loops = 1;
};

// ---- Events

struct Event {
  enum class Kind : std::uint8_t { kLinkDown, kLinkUp, kMove, kJoin, kLeave } kind = Kind::kLinkDown;
  TimeNs at{};
  std::size_t link = 0;  ///< index in Plan::links
  PortRef to;            ///< kMove: where the link's far end (ends[1]) is plugged in; kJoin, kLeave: a host's port
  IpAddress group{};     ///< kJoin, kLeave
  std::string text;      ///< for people: "vm1 moves to site08:e17"
};

// ---- Expectations

/// A bound on a number. All that are present must hold.
struct Bound {
  std::optional<double> at_least;
  std::optional<double> at_most;
  std::optional<double> equals;
};

struct FlowExpectation {
  std::string flow;  ///< name; may end in "*"
  Bound sent;
  Bound received;
  Bound loss;               ///< 0..1
  Bound latency_median_ns;  ///< one way for UDP, round trip for ping
  Bound latency_p99_ns;
  Bound latency_max_ns;
  Bound throughput_bps;           ///< of payload
  std::optional<bool> completed;  ///< TCP: every byte arrived, in order and unchanged
};

/// Every pair of hosts within a group can ping each other; no pair across groups can.
struct ReachabilityExpectation {
  std::vector<std::vector<std::size_t>> groups;
  std::vector<std::size_t> probes;  ///< indices of Plan::flows, each of one ping
  std::vector<bool> expected;       ///< per probe
};

/// What (IID, MAC) leads to in a LISPER's table at a time.
struct TableExpectation {
  std::size_t node = 0;
  TimeNs at = kNever;  ///< kNever: at the end
  Iid iid;
  MacAddress mac;
  std::string leads_to;  ///< as RunResult's tables spell it: "interface e03", "tunnel fd80:1::2 session 1",
                         ///< "lisper fd80:8::2", "set", "replicate", "no locator", "nothing"
};

struct CounterExpectation {
  std::size_t node = 0;
  std::optional<std::string> port;  ///< absent: summed over all ports
  std::optional<Iid> iid;           ///< of one network instead of ports
  std::string counter;              ///< a reason's name, rx_packets, tx_packets..., or "control." and a control counter
  Bound bound;
};

/// Frames that a link carried in one direction.
struct LinkExpectation {
  std::size_t link = 0;
  std::size_t direction = 0;
  Bound packets;
  Bound share;  ///< 0..1, of what all links of `among` carried in their direction 0 or 1 out of the same node
  std::vector<std::pair<std::size_t, std::size_t>> among;  ///< (link, direction)
};

struct Expectation {
  std::string name;
  std::variant<FlowExpectation, ReachabilityExpectation, TableExpectation, CounterExpectation, LinkExpectation> what;
};

/// Everything a runner needs, with every name resolved: a pure function of the scenario.
struct Plan {
  std::string name;
  std::string description;
  std::uint64_t seed = 1;
  TimeNs end = seconds(10);
  std::vector<Node> nodes;
  std::vector<Link> links;
  ControllerPlan controller;
  std::vector<Flow> flows;
  std::vector<Event> events;  ///< sorted by time
  std::vector<Expectation> expectations;
};

}  // namespace lisper::model
