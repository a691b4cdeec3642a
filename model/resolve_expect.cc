#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "core/control/control_plane.h"
#include "core/forward/reasons.h"
#include "model/resolver.h"

namespace lisper::model {
namespace {

constexpr std::size_t kMaxProbes = 2000;
constexpr TimeNs kProbeSpacing = milliseconds(1);  // so that one probe's ARP does not hold up all others'

constexpr auto kTrafficCounters = std::to_array<std::string_view>({"rx_packets", "rx_bytes", "tx_packets", "tx_bytes"});
constexpr auto kControlCounters = std::to_array<std::string_view>(
    {"control.messages",         "control.malformed",          "control.ignored",
     "control.entries_set",      "control.entries_deleted",    "control.unknown_iid",
     "control.unknown_rloc",     "control.own_rloc",           "control.table_full",
     "control.hosts_learned",    "control.hosts_aged",         "control.hosts_pinned",
     "control.punts_sent",       "control.punts_suppressed",   "control.statistics_sent",
     "control.statistics_lost",  "control.solicitations_sent", "control.neighbour_malformed",
     "control.next_hop_changes", "control.keys_set",           "control.keys_refused",
     "control.group_messages",   "control.group_malformed",    "control.group_queries_sent",
     "control.groups_crowded",   "control.bindings_learned",   "control.bindings_contested"});
static_assert(kControlCounters.size() * sizeof(std::uint64_t) == sizeof(ControlCounters));
constexpr auto kPlainLeads = std::to_array<std::string_view>({"set", "replicate", "no locator", "nothing"});

std::vector<std::string_view> counter_names() {
  std::vector<std::string_view> names(kTrafficCounters.begin(), kTrafficCounters.end());
  for (const ReasonText& reason : kReasonTexts) names.push_back(reason.name);
  names.insert(names.end(), kControlCounters.begin(), kControlCounters.end());
  return names;
}

/// Everything that entries of this node's table can lead to, as run results spell it.
std::vector<std::string> leads(const LisperConfig& config) {
  std::vector<std::string> result(kPlainLeads.begin(), kPlainLeads.end());
  for (const LocalNetworkConfig& network : config.local_networks) {
    if (network.interface)
      result.push_back(fmt::format("interface {}", config.interfaces[network.interface->value].name));
    if (network.tunnel)
      result.push_back(
          fmt::format("tunnel {} session {}", to_string(network.tunnel->ip), network.tunnel->session_id.value));
  }
  for (const LisperPeerConfig& peer : config.lispers) result.push_back(fmt::format("lisper {}", to_string(peer.ip)));
  return result;
}

class ExpectationBuilder {
 public:
  explicit ExpectationBuilder(Resolver& resolver) : resolver_(resolver), problems_(resolver.problems) {}

  void add(const ExpectSpec& spec) {
    at_ = spec.at;
    if (auto expectation = std::visit([&](const auto& what) { return resolve(what); }, spec.what)) {
      if (spec.title) expectation->name = *spec.title;
      resolver_.plan.expectations.push_back(std::move(*expectation));
    }
  }

 private:
  using Resolved = std::optional<Expectation>;

  Resolved resolve(std::monostate) { return std::nullopt; }

  Resolved resolve(const FlowExpectSpec& spec) {
    std::string_view prefix = spec.flow.value;
    const bool pattern = prefix.ends_with('*');
    if (pattern) prefix.remove_suffix(1);
    std::vector<std::string_view> names;
    for (const Flow& flow : resolver_.plan.flows)
      if (!flow.probe) names.push_back(flow.name);
    if (std::ranges::none_of(names, [&](auto name) { return pattern ? name.starts_with(prefix) : name == prefix; }))
      problems_.error(spec.flow.at, fmt::format("no traffic is named \"{}\"", spec.flow.value), suggest(prefix, names));
    FlowExpectation flow;
    flow.flow = spec.flow.value;
    flow.sent = spec.sent.value_or(Bound{});
    flow.received = spec.received.value_or(Bound{});
    flow.loss = spec.loss.value_or(Bound{});
    flow.latency_median_ns = spec.latency_median.value_or(Bound{});
    flow.latency_p99_ns = spec.latency_p99.value_or(Bound{});
    flow.latency_max_ns = spec.latency_max.value_or(Bound{});
    flow.throughput_bps = spec.throughput.value_or(Bound{});
    flow.completed = spec.completed;
    if (!spec.sent && !spec.received && !spec.loss && !spec.latency_median && !spec.latency_p99 && !spec.latency_max &&
        !spec.throughput && !spec.completed)
      problems_.error(at_, "expects nothing of the flow", "sent, received, loss, latency_..., throughput or completed");
    return Expectation{"flow " + flow.flow, flow};
  }

  Resolved resolve(const ReachabilityExpectSpec& spec) {
    ReachabilityExpectation result;
    std::vector<std::pair<std::size_t, std::size_t>> members;  // node, group
    std::set<std::size_t> seen;
    for (std::size_t g = 0; g < spec.groups.size(); ++g) {
      auto& group = result.groups.emplace_back();
      for (const Name& name : spec.groups[g]) {
        const auto node = resolver_.find_host(name);
        if (!node) continue;
        if (!seen.insert(*node).second) problems_.error(name.at, fmt::format("\"{}\" is in two groups", name.value));
        group.push_back(*node);
        members.emplace_back(*node, g);
      }
    }
    if (members.size() < 2)
      problems_.error(at_, "reachability is about two hosts or more, in groups: [[\"a\", \"b\"], [\"c\"]]");
    if (members.size() * members.size() > 2 * kMaxProbes + members.size()) {
      if (members.size() * (members.size() - 1) > kMaxProbes)
        problems_.error(at_, fmt::format("{} hosts need more than {} probes", members.size(), kMaxProbes),
                        "\"traffic\" with \"pairs\": \"random\" takes samples");
      return std::nullopt;
    }
    const std::string name = fmt::format("reachability at {}", to_string(spec.time));
    for (const auto& [from, from_group] : members)
      for (const auto& [to, to_group] : members)
        if (from != to) add_probe(result, spec.time, from, to, from_group, to_group);
    return Expectation{name, std::move(result)};
  }

  void add_probe(ReachabilityExpectation& result, TimeNs at, std::size_t from, std::size_t to, std::size_t from_group,
                 std::size_t to_group) {
    const Node& source = resolver_.plan.nodes[from];
    const Node& destination = resolver_.plan.nodes[to];
    const auto addresses = choose_addresses(source, destination);
    if (!addresses) {
      if (from_group == to_group)
        problems_.error(
            at_, fmt::format("\"{}\" and \"{}\" have no addresses of one family", source.name, destination.name));
      return;
    }
    // Where networks use the same addresses, somebody of the sender's own group would answer.
    const auto has = [&](std::size_t node) {
      return std::ranges::any_of(resolver_.plan.nodes[node].ports, [&](const Port& port) {
        return std::ranges::find(port.addresses, addresses->second, &InterfaceAddress::ip) != port.addresses.end();
      });
    };
    if (from_group != to_group && std::ranges::any_of(result.groups[from_group], has)) return;
    Flow probe;
    probe.name = fmt::format("probe {}-{} at {}", source.name, destination.name, to_string(at));
    probe.from = from;
    probe.to = to;
    probe.source = addresses->first;
    probe.destination = addresses->second;
    probe.start = at + kProbeSpacing * static_cast<std::int64_t>(result.probes.size());
    probe.count = 1;
    probe.probe = true;
    if (probe.start > resolver_.plan.end)
      problems_.error(at_, fmt::format("probes at {}, after the end", to_string(probe.start)));
    result.probes.push_back(resolver_.plan.flows.size());
    result.expected.push_back(from_group == to_group);
    resolver_.plan.flows.push_back(std::move(probe));
  }

  /// The LISPER, tunnel or segment of that name.
  const CoreNode* core(const Name& name, std::size_t& index) {
    auto node = resolver_.find_node(name);
    if (!node) return nullptr;
    if (const auto tunnel = resolver_.nodes.find(name.value + std::string(kTunnelSuffix));
        tunnel != resolver_.nodes.end())
      node = tunnel->second;
    index = *node;
    const auto* result = std::get_if<CoreNode>(&resolver_.plan.nodes[index].role);
    if (result == nullptr)
      problems_.error(name.at, fmt::format("\"{}\" is a {}, which has no tables or counters", name.value,
                                           resolver_.plan.nodes[index].icon));
    return result;
  }

  Resolved resolve(const TableExpectSpec& spec) {
    TableExpectation table;
    const CoreNode* node = core(spec.node, table.node);
    if (node == nullptr) return std::nullopt;
    const auto known = leads(node->config);
    if (std::ranges::find(known, spec.leads_to.value) == known.end())
      problems_.error(spec.leads_to.at,
                      fmt::format("nothing in \"{}\" leads to \"{}\"", spec.node.value, spec.leads_to.value),
                      suggest(spec.leads_to.value, std::vector<std::string_view>(known.begin(), known.end())));
    if (spec.time > resolver_.plan.end)
      problems_.error(at_, fmt::format("looks at {}, after the end", to_string(*spec.time)));
    table.at = spec.time.value_or(kNever);
    table.iid = Iid(spec.iid);
    table.mac = spec.mac;
    table.leads_to = spec.leads_to.value;
    return Expectation{fmt::format("table {} IID {} {}{}", spec.node.value, spec.iid, to_string(spec.mac),
                                   spec.time ? " at " + to_string(*spec.time) : std::string()),
                       table};
  }

  Resolved resolve(const CounterExpectSpec& spec) {
    CounterExpectation counter;
    const CoreNode* node = core(spec.node, counter.node);
    if (node == nullptr) return std::nullopt;
    const auto names = counter_names();
    if (std::ranges::find(names, spec.counter.value) == names.end())
      problems_.error(spec.counter.at, fmt::format("there is no counter \"{}\"", spec.counter.value),
                      suggest(spec.counter.value, names));
    if (spec.port && spec.iid) problems_.error(spec.port->at, "a counter is of a port or of an iid");
    if (spec.port) {
      const auto& ports = resolver_.ports[counter.node];
      if (const auto it = ports.find(spec.port->value); it != ports.end()) {
        counter.port = resolver_.plan.nodes[counter.node].ports[it->second].name;
      } else {
        problems_.error(spec.port->at, fmt::format("\"{}\" has no port \"{}\"", spec.node.value, spec.port->value),
                        suggest_key(spec.port->value, ports, problems_));
      }
    }
    if (spec.iid) {
      counter.iid = Iid(spec.iid->value);
      // Network 0 counts what belongs to no network.
      if (spec.iid->value != 0 && std::ranges::find(node->config.local_networks, *counter.iid,
                                                    &LocalNetworkConfig::iid) == node->config.local_networks.end())
        problems_.error(spec.iid->at, fmt::format("\"{}\" has no IID {}", spec.node.value, spec.iid->value));
    }
    if (!spec.at_least && !spec.at_most && !spec.equals)
      problems_.error(at_, "expects nothing of the counter", "at_least, at_most or equals");
    counter.counter = spec.counter.value;
    counter.bound = spec;
    return Expectation{
        fmt::format("counter {}{} {}", spec.node.value, spec.port ? ":" + spec.port->value : "", spec.counter.value),
        counter};
  }

  Resolved resolve(const LinkExpectSpec& spec) {
    LinkExpectation result;
    const auto link = resolver_.find_link(spec.link);
    const auto direction = link ? resolver_.find_direction(spec.from, *link) : std::nullopt;
    if (spec.share.has_value() == spec.among.empty())
      problems_.error(at_, "\"share\" and \"among\" (the links that share) go together");
    if (!spec.share && !spec.packets) problems_.error(at_, "expects nothing of the link", "packets or share");
    for (const Name& name : spec.among) {
      const auto other = resolver_.find_link(name);
      const auto other_direction = other ? resolver_.find_direction(spec.from, *other) : std::nullopt;
      if (other && other_direction) result.among.emplace_back(*other, *other_direction);
    }
    if (!link || !direction) return std::nullopt;
    result.link = *link;
    result.direction = *direction;
    result.packets = spec.packets.value_or(Bound{});
    result.share = spec.share.value_or(Bound{});
    return Expectation{fmt::format("link {} from {}", spec.link.value, spec.from.value), std::move(result)};
  }

  Resolver& resolver_;
  Problems& problems_;
  Place at_;
};

}  // namespace

void resolve_expectations(Resolver& resolver) {
  ExpectationBuilder builder(resolver);
  for (const ExpectSpec& spec : resolver.scenario.expect) builder.add(spec);
}

}  // namespace lisper::model
