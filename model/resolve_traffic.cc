#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "core/base/random.h"
#include "model/resolver.h"

namespace lisper::model {
namespace {

constexpr std::size_t kMaxPairs = 100'000;
constexpr std::size_t kMaxHostsOfAll = 2'000;
constexpr std::uint16_t kFirstPort = 10'000;
constexpr std::uint64_t kPairsStream = 0x7061'6972;  // of the scenario's seed

/// True if the two have an address each in one prefix.
bool share_a_prefix(const Node& a, const Node& b) {
  for (const Port& port : a.ports)
    for (const InterfaceAddress& address : port.addresses)
      for (const Port& other : b.ports)
        for (const InterfaceAddress& peer : other.addresses)
          if (on_link(address, peer.ip)) return true;
  return false;
}

class TrafficBuilder {
 public:
  explicit TrafficBuilder(Resolver& resolver) : resolver_(resolver), problems_(resolver.problems) {}

  void add(const TrafficSpec& spec) {
    if (spec.stop && *spec.stop < spec.start)
      problems_.error(spec.at,
                      fmt::format("stops at {}, before it starts at {}", to_string(*spec.stop), to_string(spec.start)));
    if (spec.start > resolver_.plan.end)
      problems_.warning(spec.at, fmt::format("starts at {}, after the end at {}", to_string(spec.start),
                                             to_string(resolver_.plan.end)));
    if (spec.type == TrafficType::kReplay) return add_replay(spec);
    if (spec.pairs != Pairs::kNone) return add_pairs(spec);
    if (spec.number != 0) problems_.error(spec.at, "\"number\" needs \"pairs\": \"random\"");
    if (!spec.from || !spec.to) return problems_.error(spec.at, "traffic needs \"from\" and \"to\", or \"pairs\"");
    const auto from = resolver_.find_host(*spec.from);
    const auto to = resolver_.find_host(*spec.to);
    if (!from || !to) return;
    if (*from == *to) return problems_.error(spec.to->at, "traffic from a node to itself");
    add_flow(spec, *from, *to,
             spec.name ? spec.name->value : fmt::format("{} {}-{}", kind(spec), spec.from->value, spec.to->value));
  }

 private:
  static std::string_view kind(const TrafficSpec& spec) {
    constexpr std::array<std::string_view, 4> kKinds = {"ping", "udp", "tcp", "replay"};
    return kKinds[static_cast<std::size_t>(spec.type)];
  }

  void push(Flow flow, const TrafficSpec& spec, std::string name) {
    flow.name = std::move(name);
    if (!names_.insert(flow.name).second)
      problems_.error(spec.name ? spec.name->at : spec.at, fmt::format("traffic \"{}\" is defined twice", flow.name),
                      spec.name ? "" : "give it a \"name\"");
    resolver_.plan.flows.push_back(std::move(flow));
  }

  void add_flow(const TrafficSpec& spec, std::size_t from, std::size_t to, std::string name) {
    Flow flow = host_flow(spec, from, to);
    if (!choose(spec, flow)) return;
    if (flow.kind != FlowKind::kPing) {
      if (!spec.port) flow.port = next_port_.try_emplace(to, kFirstPort).first->second++;
      if (!taken_.emplace(to, spec.type, flow.port).second)
        problems_.error(spec.at, fmt::format("port {} of \"{}\" is another flow's already", flow.port,
                                             resolver_.plan.nodes[to].name));
    }
    push(std::move(flow), spec, std::move(name));
  }

  bool choose(const TrafficSpec& spec, Flow& flow) {
    const Node& from = resolver_.plan.nodes[flow.from];
    Node to = resolver_.plan.nodes[flow.to];
    if (spec.to_address) {
      for (Port& port : to.ports)
        std::erase_if(port.addresses, [&](const InterfaceAddress& a) { return a.ip != spec.to_address->value; });
      if (std::ranges::all_of(to.ports, [](const Port& p) { return p.addresses.empty(); })) {
        problems_.error(spec.to_address->at,
                        fmt::format("{} is no address of \"{}\"", to_string(spec.to_address->value), to.name));
        return false;
      }
    }
    const auto addresses = choose_addresses(from, to);
    if (!addresses) {
      problems_.error(spec.at, fmt::format("\"{}\" and \"{}\" have no addresses of one family", from.name, to.name));
      return false;
    }
    flow.source = addresses->first;
    flow.destination = addresses->second;
    return true;
  }

  void add_pairs(const TrafficSpec& spec) {
    if (spec.from || spec.to || spec.to_address)
      return problems_.error(spec.at, "\"pairs\" stands instead of \"from\" and \"to\"");
    if ((spec.number != 0) != (spec.pairs == Pairs::kRandom))
      return problems_.error(spec.at, "\"pairs\": \"random\", and only that, needs a \"number\"");
    const std::string prefix = spec.name ? spec.name->value : std::string(kind(spec));
    std::vector<std::size_t> hosts;
    for (std::size_t i = 0; i < resolver_.plan.nodes.size(); ++i)
      if (resolver_.is_host(i) && resolver_.plan.controller.node != i) hosts.push_back(i);
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    if (spec.pairs == Pairs::kAll) {
      if (hosts.size() > kMaxHostsOfAll)
        return problems_.error(spec.at, fmt::format("\"all\" pairs of {} hosts are too many", hosts.size()),
                               "\"pairs\": \"random\"");
      for (const std::size_t a : hosts)
        for (const std::size_t b : hosts)
          if (a != b && pairs.size() <= kMaxPairs && share_a_prefix(resolver_.plan.nodes[a], resolver_.plan.nodes[b]))
            pairs.emplace_back(a, b);
      if (pairs.size() > kMaxPairs) return problems_.error(spec.at, fmt::format("more than {} pairs", kMaxPairs));
    } else {
      pairs = random_pairs(hosts, spec.number);
      if (pairs.size() < spec.number)
        problems_.error(spec.at,
                        fmt::format("there are not {} different pairs of hosts that share a prefix", spec.number));
    }
    for (std::size_t i = 0; i < pairs.size(); ++i)
      add_flow(spec, pairs[i].first, pairs[i].second, fmt::format("{}-{}", prefix, i + 1));
  }

  /// Distinct ordered pairs, the same for a seed; fewer if they cannot be found.
  std::vector<std::pair<std::size_t, std::size_t>> random_pairs(const std::vector<std::size_t>& hosts,
                                                                std::size_t number) {
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    std::set<std::pair<std::size_t, std::size_t>> seen;
    Random random = Random(resolver_.plan.seed).derive(kPairsStream);
    for (std::size_t attempt = 0; !hosts.empty() && pairs.size() < number && attempt < 20 * number + 1000; ++attempt) {
      const std::size_t a = hosts[random.below(hosts.size())];
      const std::size_t b = hosts[random.below(hosts.size())];
      if (a == b || !share_a_prefix(resolver_.plan.nodes[a], resolver_.plan.nodes[b])) continue;
      if (seen.emplace(a, b).second) pairs.emplace_back(a, b);
    }
    return pairs;
  }

  void add_replay(const TrafficSpec& spec) {
    Flow flow;
    flow.kind = FlowKind::kReplay;
    flow.start = spec.start;
    flow.stop = spec.stop.value_or(kNever);
    flow.only_source = spec.source_mac;
    flow.only_destination = spec.destination_mac;
    flow.only_ip_source = spec.ip_source;
    flow.loops = spec.loops;
    if (spec.rate && spec.rate->bps > 0) problems_.error(spec.at, "a replay's rate is in packets: \"1000pps\"");
    if (spec.rate) flow.rate_pps = spec.rate->pps;
    if (spec.capture) {
      flow.capture = resolver_.directory / spec.capture->value;
      std::error_code error;
      if (!spec.capture->value.empty() && !std::filesystem::is_regular_file(flow.capture, error))
        problems_.error(spec.capture->at, fmt::format("there is no file \"{}\"", flow.capture.string()));
    }
    if (!spec.from) return;
    const auto port = resolver_.find_port(*spec.from);
    if (!port) return;
    if (resolver_.plan.nodes[port->node].icon != "replay")
      return problems_.error(spec.from->at,
                             fmt::format("a capture is replayed from a port of a replay node, but \"{}\" is a {}",
                                         resolver_.plan.nodes[port->node].name, resolver_.plan.nodes[port->node].icon));
    flow.from = flow.to = port->node;
    flow.from_port = port->port;
    push(std::move(flow), spec, spec.name ? spec.name->value : "replay " + spec.from->value);
  }

  Resolver& resolver_;
  Problems& problems_;
  std::set<std::string> names_;
  std::map<std::size_t, std::uint16_t> next_port_;                       ///< of destinations, for flows that name none
  std::set<std::tuple<std::size_t, TrafficType, std::uint16_t>> taken_;  ///< destination ports
};

}  // namespace

Flow host_flow(const TrafficSpec& spec, std::size_t from, std::size_t to) {
  constexpr std::uint32_t kUdpSize = 512;
  constexpr std::uint32_t kTcpSize = 1400;
  Flow flow;
  flow.from = from;
  flow.to = to;
  flow.start = spec.start;
  flow.stop = spec.stop.value_or(kNever);
  flow.count = spec.count;
  flow.port = spec.port.value_or(0);
  switch (spec.type) {
    case TrafficType::kUdp:
      flow.kind = spec.poisson ? FlowKind::kUdpPoisson : FlowKind::kUdpConstant;
      flow.size = spec.size.value_or(kUdpSize);
      if (spec.rate)
        flow.rate_pps = spec.rate->bps > 0 ? static_cast<double>(spec.rate->bps) / (8.0 * flow.size) : spec.rate->pps;
      break;
    case TrafficType::kTcp:
      flow.kind = FlowKind::kTcpBulk;
      flow.size = spec.size.value_or(kTcpSize);
      flow.bytes = spec.bytes;
      break;
    default:
      flow.size = spec.size.value_or(flow.size);
      flow.interval = spec.interval;
  }
  return flow;
}

std::optional<std::pair<IpAddress, IpAddress>> choose_addresses(const Node& from, const Node& to) {
  std::optional<std::pair<IpAddress, IpAddress>> first;
  for (const Port& to_port : to.ports)
    for (const InterfaceAddress& destination : to_port.addresses)
      for (const Port& from_port : from.ports)
        for (const InterfaceAddress& source : from_port.addresses) {
          if (source.ip.is_v4() != destination.ip.is_v4()) continue;
          if (on_link(source, destination.ip)) return std::pair(source.ip, destination.ip);
          if (!first) first = std::pair(source.ip, destination.ip);
        }
  return first;
}

void resolve_traffic(Resolver& resolver) {
  TrafficBuilder builder(resolver);
  for (const TrafficSpec& spec : resolver.scenario.traffic) builder.add(spec);
}

}  // namespace lisper::model
