#include "report/expectations.h"

#include <gtest/gtest.h>

namespace lisper::report {
namespace {

using model::Bound;

constexpr Bound kZero{.at_least = {}, .at_most = {}, .equals = 0};

Bound equals(double value) { return {.at_least = {}, .at_most = {}, .equals = value}; }
Bound at_least(double value) { return {.at_least = value, .at_most = {}, .equals = {}}; }
Bound at_most(double value) { return {.at_least = {}, .at_most = value, .equals = {}}; }

model::Node make_node(std::string name, std::uint64_t mac, decltype(model::Node::role) role) {
  model::Node node;
  node.name = std::move(name);
  node.ports.push_back({.name = "e0", .mac = MacAddress::from_u64(mac), .mtu = 1500, .addresses = {}});
  node.role = std::move(role);
  return node;
}

/// vm1 - site04 = site08 - vm7, one ping flow.
class ExpectationTest : public testing::Test {
 protected:
  ExpectationTest() {
    model::CoreNode site;
    site.control_sock = "/run/control";
    site.config.lispers.push_back({});
    plan.nodes = {make_node("vm1", 0xaa01, model::Host{}), make_node("site04", 0x0104, site),
                  make_node("site08", 0x0108, site), make_node("vm7", 0xaa07, model::Host{})};
    model::Link link;
    link.name = "site04:e0 - site08:e0";
    link.ends = {model::PortRef{1, 0}, model::PortRef{2, 0}};
    plan.links = {link};
    model::Flow flow;
    flow.name = "p1";
    flow.from = 0;
    flow.to = 3;
    plan.flows = {flow};

    result.end_ns = 10'000'000'000;
    FlowResult ping;
    ping.name = "p1";
    ping.kind = "ping";
    ping.sent = 2000;
    result.flows = {ping};
    LinkResult wire;
    wire.name = link.name;
    wire.from = "site04";
    wire.to = "site08";
    result.links = {wire};
    result.nodes.resize(2);
    result.nodes[0].name = "site04";
    result.nodes[1].name = "site08";
    for (NodeResult& node : result.nodes) node.control["messages"] = 5;
  }

  template <typename T>
  ExpectationResult check_one(T what) {
    plan.expectations = {{"e", std::move(what)}};
    return check(plan, result).at(0);
  }
  ExpectationResult flow_received(Bound bound) {
    model::FlowExpectation expected;
    expected.flow = "p1";
    expected.received = bound;
    return check_one(expected);
  }

  model::Plan plan;
  RunResult result;
};

TEST_F(ExpectationTest, PassesWithoutAReason) {
  result.flows[0].received = 2000;
  EXPECT_EQ(flow_received(equals(2000)), (ExpectationResult{"e", true, ""}));
}

TEST_F(ExpectationTest, NamesTheDropThatExplainsTheLoss) {
  result.nodes[1].ports["e0"]["bad_cookie"] = 2000;
  result.nodes[1].ports["e0"]["punt_new_host"] = 9000;
  EXPECT_EQ(flow_received(equals(2000)).why,
            "flow p1: sent 2000, received 0, expected received = 2000; site08 port e0 dropped 2000 packets: bad_cookie "
            "(cookie differs from the configured one, RFC 3931 8.2)");
}

TEST_F(ExpectationTest, SaysSoIfNothingWasDropped) {
  EXPECT_EQ(flow_received(at_least(1)).why,
            "flow p1: sent 2000, received 0, expected received >= 1; no node or link counted a drop");
}

TEST_F(ExpectationTest, LargestDropsFirstRoutineOnesLastAndTheRestCounted) {
  result.nodes[0].ports["e0"] = {{"split_horizon", 5000}, {"runt_frame", 1}};
  result.nodes[1].ports["e0"] = {{"unknown_vlan", 7}, {"mtu_exceeded", 9}};
  EXPECT_EQ(flow_received(at_least(1)).why,
            "flow p1: sent 2000, received 0, expected received >= 1; "
            "site08 port e0 dropped 9 packets: mtu_exceeded (outer packet larger than the exit's MTU, RFC 9300 7); "
            "site08 port e0 dropped 7 packets: unknown_vlan (802.1Q tag that no interface of the port has, IEEE 802.1Q "
            "8.6); site04 port e0 dropped 1 packet: runt_frame (shorter than an Ethernet header, IEEE 802.3 3.2); "
            "and 1 more");
}

TEST_F(ExpectationTest, NamesLinksThatDroppedOrAreDown) {
  result.links[0].directions[1].drops["queue_full"] = 3;
  result.links[0].up = false;
  EXPECT_EQ(flow_received(at_least(1)).why,
            "flow p1: sent 2000, received 0, expected received >= 1; link site04:e0 - site08:e0 dropped 3 frames from "
            "site08: queue_full (more frames than the link's rate and queue take); link site04:e0 - site08:e0 is down "
            "at the end");
}

TEST_F(ExpectationTest, NamesUnknownDestinationsAndControllerTrouble) {
  result.nodes[0].networks[1]["punt_unknown_destination"] = 4;
  result.nodes[0].control["malformed"] = 1;
  result.nodes[0].control["unknown_rloc"] = 2;
  EXPECT_EQ(flow_received(at_least(1)).why,
            "flow p1: sent 2000, received 0, expected received >= 1; "
            "site04 skipped 2 locators: unknown_rloc (not among its configured lispers); "
            "site04 rejected 1 controller message: malformed (not JSON, or fields of the wrong shape); "
            "site04 had no map-cache entry in IID 1 for the destination of 4 packets");
}

TEST_F(ExpectationTest, NamesTheMissingMappingsOfTheFlowsPath) {
  plan.controller.present = true;
  result.nodes[0].fib = {{result.end_ns, 1, "00:00:00:00:aa:01", "interface e03"}};
  EXPECT_EQ(flow_received(at_least(1)).why,
            "flow p1: sent 2000, received 0, expected received >= 1; "
            "site04 has no map-cache entry for 00:00:00:00:aa:07 in IID 1; "
            "no mapping tells site04 where broadcasts (ff:ff:ff:ff:ff:ff) of IID 1 go, so ARP stays local");

  result.nodes[0].fib.push_back({result.end_ns, 1, "00:00:00:00:aa:07", "lisper fd80:8::2"});
  model::ControllerAction action;
  action.mapping.iid = Iid(1);
  action.mapping.replicate = true;
  plan.controller.actions = {action};
  EXPECT_EQ(flow_received(at_least(1)).why,
            "flow p1: sent 2000, received 0, expected received >= 1; no node or link counted a drop");
}

TEST_F(ExpectationTest, NamesALisperThatTheControllerNeverReached) {
  plan.controller.present = true;
  result.nodes[1].control.clear();
  EXPECT_EQ(flow_received(at_least(1)).why,
            "flow p1: sent 2000, received 0, expected received >= 1; "
            "site08 received no message from the controller");
}

TEST_F(ExpectationTest, BoundsOfEveryUnit) {
  result.flows[0].received = 1000;
  result.flows[0].latency = Latency{1, 2000, 3'000'001, 4};
  result.flows[0].throughput_bps = 1'500'000;
  model::FlowExpectation expected;
  expected.flow = "p1";
  expected.sent = {.at_least = 2001, .at_most = 3000, .equals = {}};
  expected.loss = kZero;
  expected.latency_median_ns = at_most(2000);  // met
  expected.latency_p99_ns = at_most(3'000'000);
  expected.throughput_bps = at_least(2'000'000);
  expected.completed = true;
  EXPECT_EQ(check_one(expected).why,
            "flow p1: sent 2000, received 1000, expected sent >= 2001 and <= 3000, loss 50 %, expected loss = 0 %, p99 "
            "latency 3.000001 ms, expected p99 latency <= 3 ms, throughput 1.5 Mbit/s, expected throughput >= 2 "
            "Mbit/s, not completed; no node or link counted a drop");
}

TEST_F(ExpectationTest, LatencyThatWasNotMeasuredFails) {
  model::FlowExpectation expected;
  expected.flow = "p1";
  expected.latency_max_ns = at_most(1);
  EXPECT_EQ(check_one(expected).why,
            "flow p1: sent 2000, received 0, no maximum latency measured, expected maximum latency <= 1 ns; no node or "
            "link counted a drop");
}

TEST_F(ExpectationTest, WildcardChecksEveryFlowButProbes) {
  FlowResult other = result.flows[0];
  other.name = "p2";
  other.received = 2000;
  FlowResult probe = result.flows[0];
  probe.name = "p-probe";
  probe.probe = true;
  result.flows.push_back(other);
  result.flows.push_back(probe);
  model::FlowExpectation expected;
  expected.flow = "p*";
  expected.received = equals(2000);
  EXPECT_EQ(check_one(expected).why,
            "flow p1: sent 2000, received 0, expected received = 2000; no node or link counted a drop");
}

TEST_F(ExpectationTest, AFlowThatDoesNotExistFails) {
  for (const char* name : {"q*", "p", "p1x"}) {
    model::FlowExpectation expected;
    expected.flow = name;
    EXPECT_EQ(check_one(expected), (ExpectationResult{"e", false, std::string("no flow is named ") + name}));
  }
}

TEST_F(ExpectationTest, Reachability) {
  model::ReachabilityExpectation expected;
  expected.probes = {0};
  expected.expected = {true};
  EXPECT_EQ(check_one(expected).why,
            "1 of 1 pairs are not as expected: vm1 -> vm7: no reply, expected to be reachable; no node or link counted "
            "a drop");
  expected.expected = {false};
  EXPECT_TRUE(check_one(expected).passed);
  result.flows[0].received = 1;
  EXPECT_EQ(check_one(expected).why,
            "1 of 1 pairs are not as expected: vm1 -> vm7: reachable, expected to be kept apart");
  result.flows[0].sent = 0;
  EXPECT_EQ(check_one(expected).why, "1 of 1 pairs are not as expected: vm1 -> vm7: the probe was not sent");
}

TEST_F(ExpectationTest, TableRowsAtATime) {
  model::TableExpectation expected;
  expected.node = 2;
  expected.iid = Iid(1);
  expected.mac = MacAddress::from_u64(0xaa07);
  expected.leads_to = "interface e17";
  result.nodes[1].fib = {{1, 1, "00:00:00:00:aa:07", "nothing"},
                         {result.end_ns, 1, "00:00:00:00:aa:07", "interface e17"}};
  EXPECT_TRUE(check_one(expected).passed);
  expected.at = TimeNs{1};
  EXPECT_EQ(check_one(expected).why,
            "site08 at 1 ns: IID 1, 00:00:00:00:aa:07 leads to nothing, expected interface e17; no node or link "
            "counted a drop");
  expected.at = TimeNs{2};
  EXPECT_FALSE(check_one(expected).passed);
  expected.leads_to = "nothing";
  EXPECT_TRUE(check_one(expected).passed);
}

TEST_F(ExpectationTest, Counters) {
  result.nodes[0].ports["e0"]["bad_cookie"] = 2;
  result.nodes[0].ports["e1"]["bad_cookie"] = 3;
  result.nodes[0].networks[7]["bad_cookie"] = 4;
  model::CounterExpectation expected;
  expected.node = 1;
  expected.counter = "bad_cookie";
  expected.bound = equals(5);
  EXPECT_TRUE(check_one(expected).passed);
  expected.port = "e1";
  EXPECT_EQ(check_one(expected).why,
            "site04 port e1: bad_cookie (cookie differs from the configured one, RFC 3931 8.2) is 3, expected = 5");
  expected.port.reset();
  expected.iid = Iid(7);
  EXPECT_EQ(check_one(expected).why,
            "site04 IID 7: bad_cookie (cookie differs from the configured one, RFC 3931 8.2) is 4, expected = 5");
  expected.iid.reset();
  expected.counter = "control.messages";
  EXPECT_TRUE(check_one(expected).passed);
  expected.counter = "control.malformed";
  EXPECT_EQ(check_one(expected).why, "site04: control.malformed is 0, expected = 5");
}

TEST_F(ExpectationTest, LinkPacketsAndShare) {
  plan.links.push_back(plan.links[0]);
  plan.links[1].name = "other";
  result.links.push_back(result.links[0]);
  result.links[1].name = "other";
  model::LinkExpectation expected;
  expected.link = 0;
  expected.direction = 0;
  expected.share = {.at_least = 0.4, .at_most = 0.6, .equals = {}};
  expected.among = {{0, 0}, {1, 0}};
  EXPECT_EQ(check_one(expected).why,
            "link site04:e0 - site08:e0 from site04: carried no share, as no link of the group carried anything, "
            "expected a share >= 40 % and <= 60 %; no node or link counted a drop");
  result.links[0].directions[0].packets = 75;
  result.links[1].directions[0].packets = 25;
  EXPECT_EQ(check_one(expected).why,
            "link site04:e0 - site08:e0 from site04: carried 75 of 100 frames, a share of 75 %, expected a share >= 40 "
            "% and <= 60 %; no node or link counted a drop");
  result.links[1].directions[0].packets = 75;
  EXPECT_TRUE(check_one(expected).passed);
  expected.packets = at_most(10);
  EXPECT_FALSE(check_one(expected).passed);
}

}  // namespace
}  // namespace lisper::report
