// Frames x hops a second of CPU time: a chain station - LISPER - routers - LISPER - station of ours, core
// included, against the same chain of plain ns-3: csma and bridges where the LISPERs are, point-to-point
// and IPv6 forwarding between routers. The stations only send and count, so that no IP stack of theirs
// hides what the chain costs. Both carry the same IPv6 packets at the same times.

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <ns3/bridge-helper.h>
#include <ns3/csma-helper.h>
#include <ns3/global-value.h>
#include <ns3/internet-stack-helper.h>
#include <ns3/ipv6-interface.h>
#include <ns3/ipv6-l3-protocol.h>
#include <ns3/ipv6-static-routing-helper.h>
#include <ns3/ipv6-static-routing.h>
#include <ns3/ndisc-cache.h>
#include <ns3/point-to-point-helper.h>
#include <ns3/string.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/wire/ip_protocol.h"
#include "core/wire/ipv6.h"
#include "sim/core_node.h"
#include "sim/testing.h"
#include "sim/underlay_router.h"

namespace lisper::sim {
namespace {

constexpr std::uint64_t kFrames = 20'000;
constexpr std::int64_t kWarmUpNs = 10'000'000;  // neighbours are found meanwhile
constexpr std::int64_t kGapNs = 5000;           // csma is half-duplex: the wire is free again
constexpr std::size_t kPayload = 200;           // [bytes] after the IPv6 header
constexpr std::int64_t kEndNs = kWarmUpNs + kGapNs * static_cast<std::int64_t>(kFrames) + 10'000'000;

IpAddress ip(const std::string& text) { return *parse_ip(text); }

std::vector<std::byte> packet_bytes() {
  std::vector<std::byte> bytes(sizeof(wire::Ipv6) + kPayload);
  at<wire::Ipv6>(bytes.data()) = {Be32(0x6000'0000),  Be16(kPayload),    wire::kProtocolNoNext, 64,
                                  ip("fd01::2").v6(), ip("fd02::2").v6()};
  return bytes;
}

/// Sends the packets when `send` is called at the right times, in ns-3's own events on both sides.
template <typename Send>
void schedule_traffic(testing::Simulation& simulation, Send send) {
  struct Source {
    Send send;
    std::uint64_t left = kFrames;
    void operator()() {
      send();
      if (--left > 0) ns3::Simulator::Schedule(ns3::NanoSeconds(kGapNs), [this] { (*this)(); });
    }
  };
  auto source = std::make_shared<Source>(Source{std::move(send)});
  simulation.at(kWarmUpNs, [source] { (*source)(); });
  simulation.at(kEndNs, [source] {});  // keeps it
}

class LisperChain {
 public:
  explicit LisperChain(std::size_t nodes) : routers_(nodes - 4) {
    const model::LinkDirection direction{.rate_bps = 10'000'000'000, .delay = microseconds(1)};
    config_.directions = {direction, direction};
    for (std::size_t i = 0; i < 2; ++i) lispers_[i] = make_lisper(i);
    for (std::size_t i = 0; i < routers_; ++i) make_router(i);
    connect(ends_[0].port, lispers_[0]->port(0));
    connect(lispers_[0]->port(1), router_nodes_.front()->port(0));
    for (std::size_t i = 0; i + 1 < routers_; ++i) connect(router_nodes_[i]->port(1), router_nodes_[i + 1]->port(0));
    connect(router_nodes_.back()->port(1), lispers_[1]->port(1));
    connect(lispers_[1]->port(0), ends_[1].port);
    simulation_.at(0, [this] {
      for (const auto& lisper : lispers_) lisper->start();
      lispers_[0]->on_control(R"({"instance-id":1,"eid-prefix":"020000-0000b2/48","rlocs":[{"rloc":"fd81::1"}]})");
      lispers_[1]->on_control(R"({"instance-id":1,"eid-prefix":"020000-0000b1/48","rlocs":[{"rloc":"fd80::1"}]})");
    });
    auto bytes = std::vector<std::byte>(sizeof(wire::Ethernet));
    at<wire::Ethernet>(bytes.data()) = {mac(0xb2), mac(0xb1), Be16(wire::kEtherTypeIpv6)};
    const auto packet = packet_bytes();
    bytes.insert(bytes.end(), packet.begin(), packet.end());
    // The far station makes itself known, so that what it gets is no flood.
    simulation_.at(kWarmUpNs / 2, [this] {
      FramePtr hello = testing::frame_of(pool_, 64);
      at<wire::Ethernet>(hello->data) = {mac(0xb1), mac(0xb2), Be16(0x88b5)};
      ends_[1].port.send(std::move(hello));
    });
    schedule_traffic(simulation_, [this, bytes] { ends_[0].port.send(pool_.copy(bytes)); });
  }

  std::uint64_t run() {
    simulation_.run(kEndNs);
    return ends_[1].received;
  }

 private:
  struct End final : FrameSink {
    void receive(FramePtr, std::size_t) override { ++received; }
    void carrier(std::size_t, bool) override {}
    std::uint64_t received = 0;
    LinkPort port{*this, 0, 0};
  };

  static MacAddress mac(std::uint64_t low) { return MacAddress::from_u64(0x0200'0000'0000 | low); }

  /// LISPER i is fd8i::1, its router fd8i::fe.
  std::unique_ptr<CoreNode> make_lisper(std::size_t i) {
    model::CoreNode plan;
    LisperConfig& config = plan.config;
    config.punts = false;
    config.ports = {{"e0"}, {"e1"}};
    config.interfaces = {{.name = "e0", .mac = mac(0xc0 + i), .port = PortId(0), .vlan_id = {}},
                         {.name = "e1", .mac = mac(0xd0 + i), .port = PortId(1), .vlan_id = {}}};
    config.exits = {{.name = "exit",
                     .ip = ip(fmt::format("fd8{}::1", i)),
                     .interface = InterfaceId(1),
                     .next_hop = ip(fmt::format("fd8{}::fe", i)),
                     .next_hop_mac = {}}};
    config.lispers = {{.ip = ip(fmt::format("fd8{}::1", 1 - i)), .exit = ExitId(0), .cookie = {}}};
    config.local_networks = {{.iid = Iid(1), .interface = InterfaceId(0), .tunnel = {}}};
    return std::move(*CoreNode::create(plan, 0, pool_));
  }

  /// Between router i and the next is fd90:i::/64; the ends are on the LISPERs' links.
  void make_router(std::size_t i) {
    const bool last = i + 1 == routers_;
    model::Node node;
    model::Router plan;
    const auto left = i == 0 ? std::string("fd80::fe") : fmt::format("fd90:{}::2", i - 1);
    const auto right = last ? std::string("fd81::fe") : fmt::format("fd90:{}::1", i);
    node.ports = {{.name = "p0", .mac = mac(0x1000 + 2 * i), .addresses = {{ip(left), 64}}},
                  {.name = "p1", .mac = mac(0x1001 + 2 * i), .addresses = {{ip(right), 64}}}};
    if (i > 0) plan.routes.push_back({ip("fd80::"), 64, {{0, ip(fmt::format("fd90:{}::1", i - 1))}}});
    if (!last) plan.routes.push_back({ip("fd81::"), 64, {{1, ip(fmt::format("fd90:{}::2", i))}}});
    router_nodes_.push_back(std::make_unique<UnderlayRouter>(node, plan, 0, pool_));
  }

  void connect(LinkPort& a, LinkPort& b) {
    links_.push_back(std::make_unique<Link>(config_, Random(1), 1'000'000'000));
    links_.back()->plug(0, a);
    links_.back()->plug(1, b);
  }

  std::size_t routers_;
  FramePool pool_;
  model::Link config_;
  End ends_[2];
  std::unique_ptr<CoreNode> lispers_[2];
  std::vector<std::unique_ptr<UnderlayRouter>> router_nodes_;
  std::vector<std::unique_ptr<Link>> links_;
  testing::Simulation simulation_;
};

class PlainChain {
 public:
  explicit PlainChain(std::size_t nodes) : routers_(nodes - 4) {
    nodes_.Create(static_cast<std::uint32_t>(nodes));
    csma_.SetChannelAttribute("DataRate", ns3::StringValue("10Gbps"));
    csma_.SetChannelAttribute("Delay", ns3::StringValue("1us"));
    p2p_.SetDeviceAttribute("DataRate", ns3::StringValue("10Gbps"));
    p2p_.SetChannelAttribute("Delay", ns3::StringValue("1us"));
    ns3::InternetStackHelper stack;
    stack.SetIpv4StackInstall(false);
    for (std::size_t i = 0; i < routers_; ++i) stack.Install(router(i));

    const auto from = csma_.Install({node(0), node(1)});
    const auto left = csma_.Install({node(1), node(2)});
    const auto right = csma_.Install({router(routers_ - 1), node(nodes - 2)});
    const auto to = csma_.Install({node(nodes - 2), node(nodes - 1)});
    bridge(node(1), from.Get(1), left.Get(0));
    bridge(node(nodes - 2), right.Get(1), to.Get(0));

    add_address(router(0), left.Get(1), "fd01::1");
    const auto out = add_address(router(routers_ - 1), right.Get(0), "fd02::1");
    for (std::size_t i = 0; i + 1 < routers_; ++i) {
      const auto link = p2p_.Install({router(i), router(i + 1)});
      add_address(router(i), link.Get(0), fmt::format("fd90:{}::1", i));
      add_address(router(i + 1), link.Get(1), fmt::format("fd90:{}::2", i));
      add_route(router(i), link.Get(0), fmt::format("fd90:{}::2", i));
    }
    // The far station has no stack to answer solicitations.
    auto* entry = out->GetNdiscCache()->Add(ns3::Ipv6Address("fd02::2"));
    entry->SetMacAddress(to.Get(1)->GetAddress());
    entry->MarkPermanent();
    to.Get(1)->SetReceiveCallback(ns3::MakeCallback(&PlainChain::receive, this));

    const auto bytes = packet_bytes();
    const auto destination = left.Get(1)->GetAddress();
    schedule_traffic(simulation_, [bytes, device = from.Get(0), destination] {
      const auto packet = ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                                   static_cast<std::uint32_t>(bytes.size()));
      device->Send(packet, destination, wire::kEtherTypeIpv6);
    });
  }

  std::uint64_t run() {
    simulation_.run(kEndNs);
    return received_;
  }

 private:
  ns3::Ptr<ns3::Node> node(std::size_t i) const { return nodes_.Get(static_cast<std::uint32_t>(i)); }
  ns3::Ptr<ns3::Node> router(std::size_t i) const { return node(i + 2); }

  void bridge(const ns3::Ptr<ns3::Node>& node, const ns3::Ptr<ns3::NetDevice>& a, const ns3::Ptr<ns3::NetDevice>& b) {
    ns3::NetDeviceContainer ports(a);
    ports.Add(b);
    ns3::BridgeHelper().Install(node, ports);
  }

  ns3::Ptr<ns3::Ipv6Interface> add_address(const ns3::Ptr<ns3::Node>& node, const ns3::Ptr<ns3::NetDevice>& device,
                                           const std::string& address) {
    const auto ipv6 = node->GetObject<ns3::Ipv6L3Protocol>();
    const auto interface = ipv6->AddInterface(device);
    ipv6->AddAddress(interface, {ns3::Ipv6Address(address.c_str()), ns3::Ipv6Prefix(64)});
    ipv6->SetForwarding(interface, true);
    ipv6->SetUp(interface);
    return ipv6->GetInterface(interface);
  }

  void add_route(const ns3::Ptr<ns3::Node>& node, const ns3::Ptr<ns3::NetDevice>& device, const std::string& via) {
    const auto ipv6 = node->GetObject<ns3::Ipv6>();
    ns3::Ipv6StaticRoutingHelper().GetStaticRouting(ipv6)->AddNetworkRouteTo(
        ns3::Ipv6Address("fd02::"), ns3::Ipv6Prefix(64), ns3::Ipv6Address(via.c_str()),
        static_cast<std::uint32_t>(ipv6->GetInterfaceForDevice(device)));
  }

  bool receive(ns3::Ptr<ns3::NetDevice>, ns3::Ptr<const ns3::Packet>, std::uint16_t type, const ns3::Address&) {
    if (type == wire::kEtherTypeIpv6) ++received_;
    return true;
  }

  std::size_t routers_;
  ns3::NodeContainer nodes_;
  ns3::CsmaHelper csma_;
  ns3::PointToPointHelper p2p_;
  std::uint64_t received_ = 0;
  testing::Simulation simulation_;
};

template <typename Chain>
void run_chain(benchmark::State& state, std::size_t nodes) {
  ns3::GlobalValue::Bind("SchedulerType", ns3::TypeIdValue(ns3::TypeId::LookupByName("ns3::PriorityQueueScheduler")));
  for (auto _ : state) {
    state.PauseTiming();
    auto chain = std::make_unique<Chain>(nodes);
    state.ResumeTiming();
    const std::uint64_t received = chain->run();
    state.PauseTiming();
    chain.reset();
    state.ResumeTiming();
    if (received < kFrames) state.SkipWithError(fmt::format("only {} of {} frames arrived", received, kFrames).c_str());
  }
  state.counters["hops"] =
      benchmark::Counter(static_cast<double>(kFrames * (nodes - 1)), benchmark::Counter::kIsIterationInvariantRate);
}

/// The usual table, and how much faster ours is.
class Reporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs)
      if (!run.error_occurred && run.run_type == Run::RT_Iteration) {
        double& best = best_[run.benchmark_name()];
        best = std::max(best, run.counters.at("hops").value);
      }
  }
  void Finalize() override {
    for (const auto& [name, plain] : best_) {
      const auto end = name.find("/plain");
      if (end == std::string::npos) continue;
      auto ours = name;
      ours.replace(end, 6, "/lisper");
      if (const auto found = best_.find(ours); found != best_.end())
        fmt::print(stderr, "{}: {:.1f} times as fast as plain ns-3\n", name.substr(0, end), found->second / plain);
    }
  }

 private:
  std::map<std::string, double> best_;
};

}  // namespace
}  // namespace lisper::sim

int main(int argc, char** argv) {
  for (const std::size_t nodes : {5u, 8u, 16u}) {
    const auto add = [&](const char* kind, auto run) {
      benchmark::RegisterBenchmark(fmt::format("sim/chain:{}/{}", nodes, kind).c_str(), run, nodes)
          ->Unit(benchmark::kMillisecond);
    };
    add("lisper", lisper::sim::run_chain<lisper::sim::LisperChain>);
    add("plain", lisper::sim::run_chain<lisper::sim::PlainChain>);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  lisper::sim::Reporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return 0;
}
