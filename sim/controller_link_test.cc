#include "sim/controller_link.h"

#include <gmock/gmock.h>

#include "sim/runner.h"

namespace lisper::sim {
namespace {

constexpr std::size_t kHost = 0;
constexpr std::size_t kSite1 = 1;
constexpr std::size_t kSite2 = 2;
constexpr std::size_t kController = 3;

IpAddress ip(const char* text) { return *parse_ip(text); }
MacAddress mac(std::uint64_t low) { return MacAddress::from_u64(0x0200'0000'0000 | low); }

/// A site with an Ethernet network, an exit to the other site and a management port.
model::Node site(std::size_t i) {
  const auto own = "fd80::" + std::to_string(i);
  const auto other = "fd80::" + std::to_string(3 - i);
  model::Node node;
  node.name = "site" + std::to_string(i);
  node.icon = "lisper";
  node.ports = {
      {.name = "lan", .mac = {}, .addresses = {}},
      {.name = "e0", .mac = {}, .addresses = {}},
      {.name = "mgmt", .mac = mac(0x30 + i), .addresses = {{ip(("fd0c::" + std::to_string(i)).c_str()), 64}}}};
  model::CoreNode core;
  core.config.ports = {{"lan"}, {"e0"}};
  core.config.interfaces = {{.name = "lan", .mac = mac(0x10 + i), .port = PortId(0), .vlan_id = {}},
                            {.name = "e0", .mac = mac(0x20 + i), .port = PortId(1), .vlan_id = {}}};
  core.config.exits = {
      {.name = "exit", .ip = ip(own.c_str()), .interface = InterfaceId(1), .next_hop = {}, .next_hop_mac = {}}};
  core.config.lispers = {{.ip = ip(other.c_str()), .exit = ExitId(0), .cookie = {}}};
  core.config.local_networks = {{.iid = Iid(1), .interface = InterfaceId(0), .tunnel = {}}};
  core.control_sock = "control";
  core.punt_sock = "punt";
  core.management_port = 2;
  node.role = core;
  return node;
}

/// A host at site 1, and a controller whose host is linked to one site's management port.
model::Plan plan_with(bool over_the_network) {
  model::Plan plan;
  plan.end = seconds(3);
  model::Node host;
  host.name = "host";
  host.ports = {{.name = "e0", .mac = mac(0xa1), .addresses = {{ip("10.0.0.1"), 24}}}};
  host.role = model::Host{};
  model::Node controller;
  controller.name = "controller";
  controller.ports = {{.name = "e0", .mac = mac(0xcc), .addresses = {{ip("fd0c::c"), 64}}}};
  controller.role = model::Host{};
  plan.nodes = {host, site(1), site(2), controller};
  const auto link = [&](model::PortRef from, model::PortRef to) {
    model::Link l;
    l.ends = {from, to};
    plan.links.push_back(l);
  };
  link({kHost, 0}, {kSite1, 0});
  link({kSite1, 1}, {kSite2, 1});
  link({kController, 0}, {over_the_network ? kSite1 : kSite2, 2});

  plan.controller.present = true;
  plan.controller.delay = milliseconds(20);
  if (over_the_network) plan.controller.node = kController;
  model::ControllerAction action;
  action.at = seconds(1);
  action.mapping = {
      .iid = Iid(1), .eid = mac(0xb2), .length = 48, .replicate = false, .locators = {{ip("fd80::2"), 1, 100}}};
  plan.controller.actions = {action};

  model::Flow flow;
  flow.kind = model::FlowKind::kPing;
  flow.from = flow.to = kHost;
  flow.source = ip("10.0.0.1");
  flow.destination = ip("10.0.0.2");  // nobody; its ARP request makes the host known
  flow.start = milliseconds(100);
  flow.count = 1;
  plan.flows = {flow};
  for (const std::size_t node : {kSite1, kSite2})
    for (const TimeNs at : {milliseconds(1010), milliseconds(1030)})
      plan.expectations.push_back(
          {"", model::TableExpectation{.node = node, .at = at, .iid = Iid(1), .mac = mac(0xb2), .leads_to = {}}});
  return plan;
}

/// What site `node` had for the mapped EID before and after 20 ms.
std::vector<std::string> seen_by(const report::RunResult& result, std::size_t node) {
  std::vector<std::string> rows;
  for (const auto& row : result.nodes[node].fib)
    if (row.at_ns < result.end_ns && row.mac == to_string(mac(0xb2))) rows.push_back(row.leads_to);
  return rows;
}

TEST(ControllerLink, OutOfBandAfterItsDelay) {
  const auto result = run(plan_with(false), {});
  ASSERT_TRUE(result);
  EXPECT_THAT(seen_by(*result, kSite1), ::testing::ElementsAre("nothing", "lisper fd80::2"));
  EXPECT_GT(result->nodes[kSite1].control.at("punts_sent"), 0u);
}

TEST(ControllerLink, OverTheNetworkOnlyWhereItLeads) {
  const auto result = run(plan_with(true), {});
  ASSERT_TRUE(result);
  // Datagrams take microseconds, not the out-of-band delay; site 2's management port is not plugged.
  EXPECT_THAT(seen_by(*result, kSite1), ::testing::ElementsAre("lisper fd80::2", "lisper fd80::2"));
  EXPECT_THAT(seen_by(*result, kSite2), ::testing::ElementsAre("nothing", "nothing"));
  // Messages to the management port, and punts from it.
  EXPECT_GT(result->nodes[kSite1].ports.at("mgmt").at("rx_packets"), 0u);
  EXPECT_GT(result->nodes[kController].ports.at("e0").at("rx_packets"), 2u);
}

TEST(ControllerLink, HostsThatPuntsReportAreToldToOtherSites) {
  model::Plan plan = plan_with(false);
  plan.controller.follow_hosts = true;
  plan.expectations = {
      {"", model::TableExpectation{.node = kSite2, .at = seconds(2), .iid = Iid(1), .mac = mac(0xa1), .leads_to = {}}}};
  const auto result = run(plan, {});
  ASSERT_TRUE(result);
  ASSERT_FALSE(result->nodes[kSite2].fib.empty());
  EXPECT_EQ(result->nodes[kSite2].fib.front().at_ns, 2'000'000'000);
  EXPECT_EQ(result->nodes[kSite2].fib.front().leads_to, "lisper fd80::1");
}

}  // namespace
}  // namespace lisper::sim
