#include "sim/network.h"

#include <fmt/format.h>
#include <ns3/simulator.h>

#include <algorithm>
#include <string>
#include <variant>

#include "sim/ping.h"

namespace lisper::sim {

namespace {

// Which consumer of randomness a stream of the plan's seed belongs to.
constexpr std::uint64_t kLinkStream = 1;
constexpr std::uint64_t kFlowStream = 2;

/// For a file's name.
std::string plain(std::string_view name) {
  std::string text(name);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '/' || c == '\0' || c == ' '; }, '_');
  return text;
}

}  // namespace

Network::Network(const model::Plan& plan, std::int64_t series_interval_ns)
    : plan_(plan), series_interval_ns_(series_interval_ns), nodes_(plan.nodes.size()) {}

Network::~Network() {
  ns3::Simulator::Destroy();  // events and devices refer to what the members hold
}

Result<std::unique_ptr<Network>> Network::build(const model::Plan& plan, std::int64_t series_interval_ns) {
  std::unique_ptr<Network> network(new Network(plan, series_interval_ns));
  if (auto added = network->add_nodes(); !added) return tl::unexpected(added.error());
  network->add_links();
  network->add_controller();
  for (std::size_t i = 0; i < plan.flows.size(); ++i)
    if (auto added = network->add_flow(i); !added) return tl::unexpected(added.error());
  return network;
}

Result<void> Network::add_nodes() {
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
    const model::Node& plan = plan_.nodes[i];
    const auto node = ns3::CreateObject<ns3::Node>();
    const std::uint32_t context = node->GetId();
    nodes_[i].ports.resize(plan.ports.size());
    if (const auto* host = std::get_if<model::Host>(&plan.role)) {
      std::vector<std::size_t> all(plan.ports.size());
      for (std::size_t p = 0; p < all.size(); ++p) all[p] = p;
      add_host(i, all, host->routes, node);
    } else if (const auto* router = std::get_if<model::Router>(&plan.role)) {
      nodes_[i].router = std::make_unique<UnderlayRouter>(plan, *router, context, pool_);
      for (std::size_t p = 0; p < plan.ports.size(); ++p) nodes_[i].ports[p] = &nodes_[i].router->port(p);
    } else if (const auto* core = std::get_if<model::CoreNode>(&plan.role)) {
      if (auto added = add_core(i, *core, node); !added) return added;
    } else {
      nodes_[i].replay = std::make_unique<ReplaySink>(plan.ports.size(), context);
      for (std::size_t p = 0; p < plan.ports.size(); ++p) nodes_[i].ports[p] = &nodes_[i].replay->port(p);
    }
  }
  return {};
}

void Network::add_host(std::size_t index, const std::vector<std::size_t>& ports,
                       const std::vector<model::Route>& routes, const ns3::Ptr<ns3::Node>& node) {
  std::vector<const model::Port*> configs;
  for (const std::size_t p : ports) configs.push_back(&plan_.nodes[index].ports[p]);
  const auto first_stream = static_cast<std::int64_t>(index) * HostNode::kStreams;
  nodes_[index].host = std::make_unique<HostNode>(node, configs, routes, pool_, first_stream);
  for (std::size_t i = 0; i < ports.size(); ++i) nodes_[index].ports[ports[i]] = &nodes_[index].host->port(i);
}

Result<void> Network::add_core(std::size_t index, const model::CoreNode& plan, const ns3::Ptr<ns3::Node>& node) {
  auto core = CoreNode::create(plan, node->GetId(), pool_);
  const auto& ports = plan_.nodes[index].ports;
  if (!core) return fail(fmt::format("node \"{}\": {}", plan_.nodes[index].name, core.error().message));
  nodes_[index].core = std::move(*core);
  // The management port is left out of the core's.
  std::size_t core_port = 0;
  for (std::size_t p = 0; p < ports.size(); ++p)
    if (p != plan.management_port) nodes_[index].ports[p] = &nodes_[index].core->port(core_port++);
  if (plan.management_port) add_host(index, {*plan.management_port}, {}, node);
  return {};
}

void Network::add_links() {
  const Random random = Random(plan_.seed).derive(kLinkStream);
  for (std::size_t i = 0; i < plan_.links.size(); ++i) {
    links_.push_back(std::make_unique<Link>(plan_.links[i], random.derive(i), series_interval_ns_));
    for (std::size_t end = 0; end < 2; ++end) links_[i]->plug(end, port(plan_.links[i].ends[end]));
  }
}

void Network::add_controller() {
  if (!plan_.controller.present) return;
  controller_.emplace(plan_);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const auto* core = std::get_if<model::CoreNode>(&plan_.nodes[i].role);
    if (core == nullptr || core->kind != model::CoreNode::Kind::kLisper) continue;
    controller_->add(i, *nodes_[i].core, nodes_[i].host ? nodes_[i].host->node() : nullptr);
  }
  if (plan_.controller.node) controller_->set_host(nodes_[*plan_.controller.node].host->node());
}

GroupMember& Network::group_member(std::size_t node) {
  auto& member = nodes_[node].member;
  if (member == nullptr) {
    const model::Port& port = plan_.nodes[node].ports.front();
    member = std::make_unique<GroupMember>(nodes_[node].host->device(0), port);
  }
  return *member;
}

UdpReceiver& Network::udp_receiver(const model::Flow& flow) {
  const bool v4 = flow.destination.is_v4();
  auto& receiver = udp_receivers_[{flow.to, v4, flow.port}];
  if (receiver == nullptr) receiver = std::make_unique<UdpReceiver>(nodes_[flow.to].host->node(), v4, flow.port);
  return *receiver;
}

TcpReceiver& Network::tcp_receiver(const model::Flow& flow, std::uint32_t segment) {
  const bool v4 = flow.destination.is_v4();
  auto& receiver = tcp_receivers_[{flow.to, v4, flow.port}];
  if (receiver == nullptr)
    receiver = std::make_unique<TcpReceiver>(nodes_[flow.to].host->node(), v4, flow.port, segment);
  return *receiver;
}

Result<void> Network::add_flow(std::size_t index) {
  const model::Flow& flow = plan_.flows[index];
  const auto number = static_cast<std::uint32_t>(index);
  Node& from = nodes_[flow.from];
  switch (flow.kind) {
    case model::FlowKind::kPing:
      if (from.icmp == nullptr) from.icmp = std::make_unique<IcmpEndpoint>(from.host->node());
      flows_.push_back(std::make_unique<Ping>(flow, *from.icmp, from.host->node()->GetId(), series_interval_ns_));
      return {};
    case model::FlowKind::kUdpConstant:
    case model::FlowKind::kUdpPoisson:
      flows_.push_back(std::make_unique<UdpFlow>(flow, number, from.host->node(), udp_receiver(flow),
                                                 Random(plan_.seed).derive(kFlowStream).derive(index),
                                                 series_interval_ns_));
      return {};
    case model::FlowKind::kTcpBulk: {
      const std::uint16_t mtu = std::min(from.host->mtu(), nodes_[flow.to].host->mtu());
      const std::uint32_t segment = tcp_segment(mtu, flow.destination.is_v4());
      flows_.push_back(std::make_unique<TcpFlow>(flow, number, from.host->node(), tcp_receiver(flow, segment), segment,
                                                 series_interval_ns_));
      return {};
    }
    case model::FlowKind::kReplay:
      return add_replay(flow);
  }
  return {};
}

Result<void> Network::add_replay(const model::Flow& flow) {
  auto frames = read_capture(flow);
  if (!frames) return tl::unexpected(frames.error());
  LinkPort& out = port({flow.from, flow.from_port});
  auto replay = std::make_unique<ReplayFlow>(flow, std::move(*frames), out, out.context(), pool_, series_interval_ns_);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const bool end_system = nodes_[i].replay != nullptr || (nodes_[i].host != nullptr && nodes_[i].core == nullptr);
    if (!end_system) continue;
    for (LinkPort* candidate : nodes_[i].ports) replay->watch(*candidate);
  }
  flows_.push_back(std::move(replay));
  return {};
}

Result<void> Network::capture(const std::filesystem::path& folder, std::uint32_t snaplen) {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    for (std::size_t p = 0; p < nodes_[i].ports.size(); ++p) {
      const auto name = plain(plan_.nodes[i].name) + "-" + plain(plan_.nodes[i].ports[p].name) + ".pcap";
      auto file = PcapFile::create(folder / name, snaplen);
      if (!file) return tl::unexpected(file.error());
      nodes_[i].ports[p]->add_tap(**file);
      captures_.push_back(std::move(*file));
    }
  }
  return {};
}

Result<void> Network::close_captures() {
  for (const auto& file : captures_)
    if (auto closed = file->close(); !closed) return closed;
  return {};
}

void Network::start() {
  if (controller_) controller_->start();
  for (Node& node : nodes_)
    if (node.core != nullptr) node.core->start();
}

void Network::apply(const model::Event& event) {
  switch (event.kind) {
    case model::Event::Kind::kLinkDown:
      return links_[event.link]->set_up(false);
    case model::Event::Kind::kLinkUp:
      return links_[event.link]->set_up(true);
    case model::Event::Kind::kMove:
      return links_[event.link]->plug(1, port(event.to));
    case model::Event::Kind::kJoin:
      return group_member(event.to.node).join(event.group);
    case model::Event::Kind::kLeave:
      return group_member(event.to.node).leave(event.group);
  }
}

void Network::observe(const model::TableExpectation& expectation) {
  Node& node = nodes_[expectation.node];
  if (node.core != nullptr) node.observed.push_back(node.core->look_up(expectation.iid, expectation.mac));
}

report::FlowResult Network::flow_result(std::size_t index) const {
  const model::Flow& flow = plan_.flows[index];
  report::FlowResult result;
  result.name = flow.name;
  result.kind = name_of(flow.kind);
  result.from = plan_.nodes[flow.from].name;
  if (flow.kind != model::FlowKind::kReplay) result.to = plan_.nodes[flow.to].name;
  result.probe = flow.probe;
  flows_[index]->write(result);
  return result;
}

report::NodeResult Network::node_result(std::size_t index) {
  const model::Node& plan = plan_.nodes[index];
  Node& node = nodes_[index];
  report::NodeResult result;
  if (node.core != nullptr) result = node.core->result();
  if (node.router != nullptr) result = node.router->result();
  result.name = plan.name;
  result.kind = plan.icon;
  for (std::size_t p = 0; p < node.ports.size(); ++p) {
    // The core counts its ports itself.
    const auto* core = std::get_if<model::CoreNode>(&plan.role);
    if (core != nullptr && p != core->management_port) continue;
    const LinkPort::Counters& counters = node.ports[p]->counters();
    report::Counters& written = result.ports[plan.ports[p].name];
    const auto put = [&](const char* name, std::uint64_t value) {
      if (value != 0) written[name] = value;
    };
    put("rx_packets", counters.rx_packets);
    put("rx_bytes", counters.rx_bytes);
    put("tx_packets", counters.tx_packets);
    put("tx_bytes", counters.tx_bytes);
    put("tx_refused", counters.tx_refused);
  }
  result.fib.insert(result.fib.end(), node.observed.begin(), node.observed.end());
  std::sort(result.fib.begin(), result.fib.end(), [](const report::TableRow& a, const report::TableRow& b) {
    return std::tie(a.at_ns, a.iid, a.mac) < std::tie(b.at_ns, b.iid, b.mac);
  });
  return result;
}

void Network::write(report::RunResult& result) {
  result.series_interval_ns = series_interval_ns_;
  for (std::size_t i = 0; i < flows_.size(); ++i) result.flows.push_back(flow_result(i));
  for (std::size_t i = 0; i < links_.size(); ++i) {
    const model::Link& plan = plan_.links[i];
    const Link& link = *links_[i];
    result.links.push_back({.name = plan.name,
                            .from = plan_.nodes[plan.ends[0].node].name,
                            .to = plan_.nodes[plan.ends[1].node].name,
                            .directions = {link.direction(0).result(), link.direction(1).result()},
                            .up = link.is_up()});
    result.hops += link.direction(0).packets() + link.direction(1).packets();
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    result.nodes.push_back(node_result(i));
    result.topology.push_back(
        {plan_.nodes[i].name, plan_.nodes[i].icon, plan_.nodes[i].position[0], plan_.nodes[i].position[1]});
  }
}

}  // namespace lisper::sim
