#include "sim/runner.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace lisper::sim {
namespace {

IpAddress ip(const char* text) { return *parse_ip(text); }

model::Node host(const char* name, const char* mac, std::vector<model::InterfaceAddress> addresses,
                 std::vector<model::Route> routes = {}) {
  model::Node node;
  node.name = name;
  node.icon = "host";
  node.ports = {{.name = "e0", .mac = *parse_mac(mac), .mtu = 1500, .addresses = std::move(addresses)}};
  node.role = model::Host{std::move(routes)};
  return node;
}

/// Hosts a and b on a segment, whose port p3 is free; router r between the segment and host d.
model::Plan small_plan() {
  model::Plan plan;
  plan.name = "small";
  plan.seed = 5;
  plan.end = seconds(4);
  const auto net = [](const char* address, std::uint8_t length) {
    return model::InterfaceAddress{ip(address), length};
  };
  const model::Route default4{ip("0.0.0.0"), 0, {{0, ip("10.0.0.254")}}};
  const model::Route default6{ip("::"), 0, {{0, ip("fd00::fe")}}};
  const model::Route back4{ip("0.0.0.0"), 0, {{0, ip("10.9.0.254")}}};
  const model::Route back6{ip("::"), 0, {{0, ip("fd09::fe")}}};
  plan.nodes.push_back(host("a", "02:00:00:00:00:0a", {net("10.0.0.1", 24), net("fd00::1", 64)}, {default4, default6}));
  plan.nodes.push_back(host("b", "02:00:00:00:00:0b", {net("10.0.0.2", 24), net("fd00::2", 64)}, {default4, default6}));
  plan.nodes.push_back(host("d", "02:00:00:00:00:0d", {net("10.9.0.1", 24), net("fd09::1", 64)}, {back4, back6}));

  model::Node segment;
  segment.name = "lan";
  segment.icon = "segment";
  model::CoreNode core;
  core.kind = model::CoreNode::Kind::kSegment;
  core.config.punts = false;
  for (std::uint16_t i = 0; i < 4; ++i) {
    const std::string name = "p" + std::to_string(i);
    segment.ports.push_back({.name = name, .mac = {}, .mtu = 1500, .addresses = {}});
    core.config.ports.push_back({name});
    core.config.interfaces.push_back({.name = name, .mac = {}, .port = PortId(i), .vlan_id = {}, .mtu = 1500});
    core.config.local_networks.push_back({.iid = Iid(1), .interface = InterfaceId(i), .tunnel = {}});
  }
  segment.role = core;
  plan.nodes.push_back(segment);

  model::Node router;
  router.name = "r";
  router.icon = "router";
  router.ports = {{.name = "p0",
                   .mac = *parse_mac("02:00:00:00:01:00"),
                   .mtu = 1500,
                   .addresses = {net("10.0.0.254", 24), net("fd00::fe", 64)}},
                  {.name = "p1",
                   .mac = *parse_mac("02:00:00:00:01:01"),
                   .mtu = 1500,
                   .addresses = {net("10.9.0.254", 24), net("fd09::fe", 64)}}};
  router.role = model::Router{};
  plan.nodes.push_back(router);

  const auto link = [&](const char* name, model::PortRef from, model::PortRef to) {
    model::Link l;
    l.name = name;
    l.ends = {from, to};
    plan.links.push_back(l);
  };
  link("a - lan", {0, 0}, {3, 0});
  link("b - lan", {1, 0}, {3, 1});
  link("r - lan", {4, 0}, {3, 2});
  link("d - r", {2, 0}, {4, 1});
  return plan;
}

model::Flow flow(model::FlowKind kind, std::size_t from, std::size_t to, const char* source, const char* destination) {
  model::Flow f;
  f.name = "flow";
  f.kind = kind;
  f.from = from;
  f.to = to;
  f.source = ip(source);
  f.destination = ip(destination);
  f.start = milliseconds(10);
  f.port = 5001;
  return f;
}

report::FlowResult result_of(model::Flow f, model::Plan plan = small_plan()) {
  plan.flows.push_back(std::move(f));
  auto result = run(plan, {});
  EXPECT_TRUE(result) << result.error().message;
  return result ? result->flows.at(0) : report::FlowResult{};
}

TEST(Runner, PingOverSegmentAndRouterInBothFamilies) {
  for (const auto& [to, source, destination] : {std::tuple{std::size_t{1}, "10.0.0.1", "10.0.0.2"},
                                                {std::size_t{1}, "fd00::1", "fd00::2"},
                                                {std::size_t{2}, "10.0.0.1", "10.9.0.1"},
                                                {std::size_t{2}, "fd00::1", "fd09::1"}}) {
    model::Flow f = flow(model::FlowKind::kPing, 0, to, source, destination);
    f.count = 50;
    f.size = 1000;
    const auto result = result_of(f);
    EXPECT_EQ(result.sent, 50u) << destination;
    EXPECT_EQ(result.received, 50u) << destination;
    EXPECT_TRUE(result.latency);
  }
}

TEST(Runner, PingLatencyIsThatOfTheLinks) {
  model::Flow f = flow(model::FlowKind::kPing, 0, 1, "10.0.0.1", "10.0.0.2");
  f.count = 3;
  f.size = 56;
  f.interval = milliseconds(100);
  const auto result = result_of(f);
  // Four times over a link: (14 + 20 + 8 + 56 + 20) bytes at 8 ns, and 5 us.
  EXPECT_EQ(result.latency->min, 4 * (118 * 8 + 5000));
  EXPECT_EQ(result.latency->median, result.latency->min);
  EXPECT_GT(result.latency->max, result.latency->min);  // the first waited for ARP
}

TEST(Runner, PingOfNobodyIsLost) {
  model::Flow f = flow(model::FlowKind::kPing, 0, 1, "10.0.0.1", "10.0.0.77");
  f.count = 5;
  const auto result = result_of(f);
  EXPECT_EQ(result.sent, 5u);
  EXPECT_EQ(result.received, 0u);
}

TEST(Runner, UdpAtConstantRate) {
  model::Flow f = flow(model::FlowKind::kUdpConstant, 0, 2, "fd00::1", "fd09::1");
  f.rate_pps = 3000;
  f.stop = milliseconds(10) + seconds(1);
  f.size = 200;
  const auto result = result_of(f);
  EXPECT_EQ(result.sent, 3000u);
  EXPECT_EQ(result.received, 3000u);
  EXPECT_NEAR(static_cast<double>(result.throughput_bps), 3000 * 200 * 8, 3000 * 8);
}

TEST(Runner, PoissonUdpHasItsMeanAndFollowsTheSeed) {
  model::Flow f = flow(model::FlowKind::kUdpPoisson, 0, 1, "10.0.0.1", "10.0.0.2");
  f.rate_pps = 5000;
  f.stop = milliseconds(10) + seconds(2);
  f.size = 100;
  const auto result = result_of(f);
  EXPECT_NEAR(static_cast<double>(result.sent), 10'000, 400);
  model::Plan other = small_plan();
  other.seed = 6;
  EXPECT_NE(result_of(f, other).sent, result.sent);
  EXPECT_EQ(result_of(f), result);
}

TEST(Runner, LossOfALinkIsLossOfTheFlow) {
  model::Plan plan = small_plan();
  plan.links[1].directions[1].loss = 0.25;
  model::Flow f = flow(model::FlowKind::kUdpConstant, 0, 1, "10.0.0.1", "10.0.0.2");
  f.rate_pps = 10'000;
  f.count = 10'000;
  const auto result = result_of(f, plan);
  EXPECT_EQ(result.sent, 10'000u);
  EXPECT_NEAR(result.loss(), 0.25, 0.02);
}

TEST(Runner, TcpDeliversEveryByte) {
  for (const auto& [source, destination] : {std::pair{"10.0.0.1", "10.9.0.1"}, {"fd00::1", "fd09::1"}}) {
    model::Flow f = flow(model::FlowKind::kTcpBulk, 0, 2, source, destination);
    f.bytes = 20'000'000;
    f.size = 10'000;
    model::Plan plan = small_plan();
    plan.links[3].directions[1].loss = 0.001;
    const auto result = result_of(f, plan);
    EXPECT_EQ(result.completed, true) << destination;
    EXPECT_EQ(result.sent, 20'000'000u);
    EXPECT_EQ(result.received, 20'000'000u);
    EXPECT_GT(result.throughput_bps, 50'000'000u);
  }
}

TEST(Runner, TcpThatDoesNotEndInTime) {
  model::Flow f = flow(model::FlowKind::kTcpBulk, 0, 2, "10.0.0.1", "10.9.0.1");
  f.bytes = 20'000'000;
  f.size = 10'000;
  model::Plan plan = small_plan();
  plan.events.push_back(
      {.kind = model::Event::Kind::kLinkDown, .at = milliseconds(30), .link = 3, .to = {}, .text = "cut"});
  const auto result = result_of(f, plan);
  EXPECT_EQ(result.completed, false);
  EXPECT_GT(result.received, 0u);
  EXPECT_LT(result.received, 20'000'000u);
}

TEST(Runner, MovedHostIsReachedAtItsNewPort) {
  model::Plan plan = small_plan();
  plan.events.push_back(
      {.kind = model::Event::Kind::kMove, .at = seconds(2), .link = 1, .to = {3, 3}, .text = "b moves"});
  model::Flow f = flow(model::FlowKind::kUdpConstant, 1, 0, "10.0.0.2", "10.0.0.1");
  f.rate_pps = 100;
  f.stop = seconds(3);
  plan.flows.push_back(f);
  f = flow(model::FlowKind::kPing, 0, 1, "10.0.0.1", "10.0.0.2");
  f.interval = milliseconds(100);
  f.stop = seconds(3);
  plan.flows.push_back(f);
  const auto result = run(plan, {});
  ASSERT_TRUE(result);
  EXPECT_GE(result->flows[0].received, result->flows[0].sent - 1);
  EXPECT_GE(result->flows[1].received, result->flows[1].sent - 1);
  ASSERT_EQ(result->events.size(), 1u);
  EXPECT_EQ(result->events[0].text, "b moves");
  EXPECT_GT(result->nodes[3].ports.at("p3").at("tx_packets"), 9u);
}

std::map<std::string, std::string> files(const std::filesystem::path& folder) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    contents[entry.path().filename()] = {std::istreambuf_iterator<char>(file), {}};
  }
  return contents;
}

TEST(Runner, EqualPlansGiveEqualBytes) {
  model::Plan plan = small_plan();
  plan.links[0].directions[0].loss = 0.1;
  plan.flows.push_back(flow(model::FlowKind::kUdpPoisson, 0, 2, "fd00::1", "fd09::1"));
  plan.flows.back().rate_pps = 1000;
  plan.flows.push_back(flow(model::FlowKind::kTcpBulk, 0, 1, "10.0.0.1", "10.0.0.2"));
  plan.flows.back().bytes = 500'000;
  plan.flows.push_back(flow(model::FlowKind::kPing, 1, 2, "10.0.0.2", "10.9.0.1"));
  plan.flows.back().count = 100;

  const auto root = std::filesystem::temp_directory_path() / ("lisper-runner-" + std::to_string(getpid()));
  std::vector<report::RunResult> results;
  for (const char* name : {"1", "2"}) {
    std::filesystem::create_directories(root / name);
    auto result = run(plan, {.captures = root / name, .progress = {}});
    ASSERT_TRUE(result);
    results.push_back(std::move(*result));
  }
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(files(root / "1"), files(root / "2"));
  EXPECT_EQ(files(root / "1").size(), 9u);
  std::filesystem::remove_all(root);
}

TEST(Runner, CanBeStopped) {
  model::Plan plan = small_plan();
  int calls = 0;
  const auto result = run(plan, {.captures = {}, .progress = [&](double done) {
                                   ++calls;
                                   return done < 0.5;
                                 }});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, RunFailure::Kind::kStopped);
  EXPECT_EQ(calls, 501);
}

TEST(Runner, SeriesIntervals) {
  EXPECT_EQ(series_interval_ns(seconds(10)), 50'000'000);
  EXPECT_EQ(series_interval_ns(seconds(1)), 5'000'000);
  EXPECT_EQ(series_interval_ns(TimeNs{1}), 1);
}

}  // namespace
}  // namespace lisper::sim
