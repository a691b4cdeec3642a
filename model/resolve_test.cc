#include "model/resolve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "model/testing.h"

namespace lisper::model {
namespace {

using ::testing::HasSubstr;

const Node& node(const Plan& plan, std::string_view name) {
  const auto it = std::ranges::find(plan.nodes, name, &Node::name);
  EXPECT_NE(it, plan.nodes.end()) << name;
  return *it;
}

TEST(Resolve, OriginalConfigurationOfSite04) {
  const auto loaded = load_scenario("scenarios/mesh.json");
  ASSERT_TRUE(loaded) << loaded.error().render();
  const Node& site = node(loaded->plan, "site04");
  const auto& core = std::get<CoreNode>(site.role);
  EXPECT_EQ(core.control_sock, "/var/tmp/lisp-ipc-map-cache04");
  EXPECT_EQ(core.config.dialect, Dialect::k2016);
  EXPECT_TRUE(core.config.punts);
  EXPECT_EQ(core.config.arp_timeout, seconds(60));
  ASSERT_EQ(site.ports.size(), 3u);
  EXPECT_EQ(site.ports[2].name, "e13");
  ASSERT_EQ(core.config.exits.size(), 1u);
  EXPECT_EQ(to_string(core.config.exits[0].ip), "fd80:4::2");
  EXPECT_EQ(to_string(*core.config.exits[0].next_hop), "fd80:4::1");
  ASSERT_EQ(core.config.local_networks.size(), 4u);
  const auto& tunnel = core.config.local_networks[1].tunnel;
  ASSERT_TRUE(tunnel);
  EXPECT_EQ(tunnel->session_id, SessionId(2));
  EXPECT_EQ(tunnel->remote_session_id, SessionId(2));
  EXPECT_EQ(tunnel->cookie, (Cookie{0, 8}));
  EXPECT_EQ(core.config.local_networks[3].interface, InterfaceId(2));
  EXPECT_EQ(loaded->plan.controller.actions.size(), 8u);
  EXPECT_EQ(std::ranges::count(loaded->plan.flows, false, &Flow::probe), 10);
}

TEST(Resolve, InterfacesOfOnePciShareAPort) {
  const Plan plan = plan_of(small("", R"(, "h": {"type": "host", "interfaces": [{"name": "e0"}]})",
                                  R"(, {"endpoints": ["site:v2", "h:e0"]})"));
  const Node& site = node(plan, "site");
  ASSERT_EQ(site.ports.size(), 2u);
  EXPECT_EQ(site.ports[1].name, "v1");
  const LisperConfig& config = std::get<CoreNode>(site.role).config;
  EXPECT_EQ(config.interfaces[2].port, PortId(1));
  EXPECT_EQ(config.interfaces[2].vlan_id, 2);
  EXPECT_EQ(plan.links.back().ends[0].port, 1u);
}

TEST(Resolve, AnAppIsAVmAndATunnel) {
  const Plan plan =
      plan_of(small(R"(, "traffic": [{"type": "ping", "from": "vm", "to": "a"}])",
                    R"(, "vm": {"type": "app", "underlay": {"ip": "10.0.4.2/24", "gateway": "10.0.4.1", "mtu": 1600},
      "tunnel": {"ip": "10.0.3.2", "session_id": 7, "cookie": "99", "remote_session_id": 8, "remote_cookie": "aa", "counter": true},
      "vm": {"ip": ["10.0.1.9/24"], "mtu": 1400}},
      "r": {"type": "router", "interfaces": [{"name": "e0", "ip": ["10.0.4.1/24"]}]})",
                    R"(, {"endpoints": ["r:e0", "vm:e0"], "mtu": 1600})"));
  const Node& vm = node(plan, "vm");
  const Node& tunnel = node(plan, "vm.l2tp");
  EXPECT_EQ(vm.icon, "app");
  EXPECT_EQ(vm.ports[0].name, "t0");
  EXPECT_EQ(vm.ports[0].mtu, 1400);
  const auto& core = std::get<CoreNode>(tunnel.role);
  EXPECT_EQ(core.kind, CoreNode::Kind::kAppTunnel);
  EXPECT_FALSE(core.config.punts);
  const TunnelConfig& config = *core.config.local_networks[1].tunnel;
  EXPECT_EQ(config.session_id, SessionId(7));
  EXPECT_EQ(config.cookie.value, 0x99u);
  EXPECT_EQ(config.remote_session_id, SessionId(8));
  EXPECT_EQ(config.remote_cookie.value, 0xaau);
  EXPECT_TRUE(config.counter);
  const auto tap = std::ranges::find(plan.links, "vm:t0 - vm.l2tp:vm", &Link::name);
  ASSERT_NE(tap, plan.links.end());
  EXPECT_EQ(tap->directions[0].rate_bps, 0u);
  EXPECT_EQ(&plan.nodes[plan.flows.at(0).from], &vm);
  EXPECT_EQ(to_string(plan.flows.at(0).source), "10.0.1.9");
  EXPECT_EQ(&plan.nodes[plan.links.back().ends[1].node], &tunnel);
}

TEST(Resolve, LevelsAndSources) {
  const Plan plan = plan_of(small(
      R"(, "controller": {"mappings": [{"iid": 1, "eid": "01:00:5e:00:00:01", "source": "00:00:00:00:00:02", "rles": [{"rle": "fd80::1", "level": 3}, {"rle": "fd80::2"}]}]})"));
  const Mapping& mapping = plan.controller.actions.at(0).mapping;
  EXPECT_EQ(mapping.source, *parse_mac("00:00:00:00:00:02"));
  EXPECT_EQ(mapping.locators.at(0).level, 3);
  EXPECT_EQ(mapping.locators.at(1).level, std::nullopt);
}

TEST(Resolve, LinkParameters) {
  const Plan plan =
      plan_of(small(R"(, "link_defaults": {"rate": "2Gbps", "delay": "7us", "queue": 5})",
                    R"(, "s": {"type": "segment"}, "t": {"type": "segment"})",
                    R"(, {"endpoints": ["s:1", "t:1"], "delay": "1ms", "reverse": {"loss": 0.5, "rate": "0"}})"));
  const Link& link = plan.links.back();
  EXPECT_EQ(link.directions[0].rate_bps, 2'000'000'000u);
  EXPECT_EQ(link.directions[0].delay, milliseconds(1));
  EXPECT_EQ(link.directions[0].loss, 0);
  EXPECT_EQ(link.directions[1].rate_bps, 0u);
  EXPECT_EQ(link.directions[1].delay, milliseconds(1));
  EXPECT_EQ(link.directions[1].queue, 5u);
  EXPECT_EQ(link.directions[1].loss, 0.5);
}

TEST(Resolve, ASegmentHasThePortsThatAreUsed) {
  const Plan plan =
      plan_of(small(R"(, "events": [{"at": "1s", "move": "a", "to": "s:9"}])",
                    R"(, "s": {"type": "segment"}, "h": {"type": "host", "interfaces": [{"name": "e0"}]})",
                    R"(, {"endpoints": ["h:e0", "s:x"]})"));
  const Node& segment = node(plan, "s");
  ASSERT_EQ(segment.ports.size(), 2u);
  EXPECT_EQ(segment.ports[1].name, "9");
  EXPECT_EQ(std::get<CoreNode>(segment.role).config.local_networks.size(), 2u);
  ASSERT_EQ(plan.events.size(), 1u);
  EXPECT_EQ(plan.events[0].to.port, 1u);
  EXPECT_EQ(plan.nodes[plan.links[plan.events[0].link].ends[0].node].name, "a");
}

TEST(Resolve, AHostThatMovesIsTheNearEndOfItsLink) {
  std::string text =
      small(R"(, "events": [{"at": "2s", "move": "b", "to": "s:2"}, {"at": "1s", "move": "b", "to": "s:1"}])",
            R"(, "s": {"type": "segment"})");
  const std::string link = R"({"endpoints": ["b:e0", "core:e1"]})";
  text.replace(text.find(link), link.size(),
               R"({"endpoints": ["core:e1", "b:e0"], "delay": "1ms", "reverse": {"delay": "2ms"}})");
  const Plan plan = plan_of(text);
  ASSERT_EQ(plan.events.size(), 2u);
  EXPECT_EQ(plan.events[0].text, "b moves to s:1");
  const Link& moved = plan.links[plan.events[0].link];
  EXPECT_EQ(plan.nodes[moved.ends[0].node].name, "b");
  EXPECT_EQ(moved.directions[0].delay, milliseconds(2));
  EXPECT_EQ(moved.name, "core:e1 - b:e0");
}

TEST(Resolve, AddressesThatShareAPrefixAreChosen) {
  const Plan plan =
      plan_of(small(R"(, "traffic": [{"type": "udp", "from": "m", "to": "n", "rate": "8Mbps", "size": 1000}])",
                    R"(, "m": {"type": "host", "interfaces": [{"name": "e0", "ip": ["10.9.0.1/24", "fd01::1/64"]}]},
      "n": {"type": "host", "interfaces": [{"name": "e0", "ip": ["10.8.0.1/24", "fd01::2/64"]}]})",
                    R"(, {"endpoints": ["m:e0", "n:e0"]})"));
  ASSERT_EQ(plan.flows.size(), 1u);
  EXPECT_EQ(to_string(plan.flows[0].source), "fd01::1");
  EXPECT_EQ(to_string(plan.flows[0].destination), "fd01::2");
  EXPECT_EQ(plan.flows[0].rate_pps, 1000);
  EXPECT_EQ(plan.flows[0].port, 10'000);
}

TEST(Resolve, ReachabilityMakesProbesButNoneThatANamesakeWouldAnswer) {
  const auto host = [](const char* name, const char* ip) {
    return std::string(", \"") + name + R"(": {"type": "host", "interfaces": [{"name": "e0", "ip": [")" + ip +
           R"("]}]})";
  };
  const Plan plan = plan_of(small(
      R"(, "expect": [{"reachability": [["r1", "r2"], ["b1", "b3"]], "at": "2s"}])",
      host("r1", "10.0.0.1/24") + host("r2", "10.0.0.2/24") + host("b1", "10.0.0.1/24") + host("b3", "10.0.0.3/24") +
          R"(, "s": {"type": "segment"}, "t": {"type": "segment"})",
      R"(, {"endpoints": ["r1:e0", "s:1"]}, {"endpoints": ["r2:e0", "s:2"]}, {"endpoints": ["b1:e0", "t:1"]}, {"endpoints": ["b3:e0", "t:2"]})"));
  const auto& expectation = std::get<ReachabilityExpectation>(plan.expectations.at(0).what);
  std::vector<std::string> probes;
  for (std::size_t i = 0; i < expectation.probes.size(); ++i)
    probes.push_back(plan.flows[expectation.probes[i]].name + (expectation.expected[i] ? " yes" : " no"));
  EXPECT_THAT(probes, ::testing::ElementsAre("probe r1-r2 at 2s yes", "probe r1-b3 at 2s no", "probe r2-r1 at 2s yes",
                                             "probe r2-b3 at 2s no", "probe b1-r2 at 2s no", "probe b1-b3 at 2s yes",
                                             "probe b3-r2 at 2s no", "probe b3-b1 at 2s yes"));
  EXPECT_EQ(plan.flows[expectation.probes[3]].start, seconds(2) + milliseconds(3));
}

TEST(Resolve, GatewayBecomesTheDefaultRoute) {
  const Plan plan = plan_of(small());
  const auto& routes = std::get<Host>(node(plan, "a").role).routes;
  ASSERT_EQ(routes.size(), 1u);
  EXPECT_EQ(routes[0].length, 0);
  EXPECT_EQ(to_string(routes[0].hops.at(0).via), "10.0.1.1");
}

TEST(Resolve, StatisticsAreForTodaysControllerWithAPuntSocket) {
  const auto interval = [](const std::string& members) {
    const Plan plan = plan_of(small("", R"(, "s3": {"type": "lisper")" + members + "}"));
    return std::get<CoreNode>(plan.nodes.back().role).config.statistics_interval;
  };
  EXPECT_EQ(interval(""), TimeNs{});
  EXPECT_EQ(interval(R"(, "punt_sock": "p")"), seconds(5));
  EXPECT_EQ(interval(R"(, "punt_sock": "p", "dialect": "2016")"), TimeNs{});
  EXPECT_EQ(interval(R"(, "punt_sock": "p", "statistics_interval": "0")"), TimeNs{});
  EXPECT_EQ(interval(R"(, "punt_sock": "p", "statistics_interval": "100ms")"), milliseconds(100));
}

TEST(Resolve, EspSaltIsEightHexDigits) {
  const Plan plan = plan_of(small("", R"(, "s3": {"type": "lisper", "esp_salt": "0011fF33"})"));
  const std::array salt{std::byte{0x00}, std::byte{0x11}, std::byte{0xff}, std::byte{0x33}};
  EXPECT_EQ(std::get<CoreNode>(plan.nodes.back().role).config.esp_salt, salt);
  for (const char* bad : {R"("0011223")", R"("001122334")", R"("0011223g")", "11223344"})
    EXPECT_THAT(problems_of(small("", std::string(R"(, "s3": {"type": "lisper", "esp_salt": )") + bad + "}"), {}),
                HasSubstr("8 hex digits"))
        << bad;
}

TEST(Resolve, PoliciesAreOfIidsAndStormLimitsOfPorts) {
  const Plan plan = plan_of(small("", R"(, "s3": {"type": "lisper",
      "interfaces": [{"name": "v1", "mac": "00:00:00:00:03:01", "pci": "1", "vlan_id": 1},
                     {"name": "v2", "mac": "00:00:00:00:03:01", "pci": "1", "vlan_id": 2,
                      "storm_limits": {"broadcast": 10, "unknown_unicast": 30}}],
      "local_networks": [{"iid": 5, "interface": "v1"}, {"iid": 6, "interface": "v2", "max_macs": 9}],
      "policies": [{"iid": 6, "unknown_unicast": "queue", "broadcast": "drop", "multicast": "snoop",
                    "suppress_arp": true}, {"iid": 5, "unknown_unicast": "drop"}]})"));
  const LisperConfig& config = std::get<CoreNode>(plan.nodes.back().role).config;
  ASSERT_EQ(config.ports.size(), 1u);
  EXPECT_EQ(config.ports[0].storm_limits, (StormLimits{10, {}, 30}));
  EXPECT_EQ(config.local_networks[0].max_macs, std::nullopt);
  EXPECT_EQ(config.local_networks[1].max_macs, 9u);
  ASSERT_EQ(config.policies.size(), 2u);
  EXPECT_EQ(config.policies[0].iid, Iid(6));
  EXPECT_EQ(config.policies[0].unknown_unicast, UnknownUnicast::kQueue);
  EXPECT_EQ(config.policies[0].broadcast, Broadcast::kDrop);
  EXPECT_EQ(config.policies[0].multicast, Multicast::kSnoop);
  EXPECT_TRUE(config.policies[0].suppress_arp);
  EXPECT_EQ(config.policies[1].unknown_unicast, UnknownUnicast::kDrop);
  EXPECT_EQ(config.policies[1].broadcast, Broadcast::kFlood);
  EXPECT_EQ(config.policies[1].multicast, Multicast::kFlood);
  EXPECT_FALSE(config.policies[1].suppress_arp);
}

TEST(Generate, EveryShapeGivesAWholeNetwork) {
  for (const std::string shape : {"mesh", "star", "ring", "line", "clos"}) {
    const Plan plan = plan_of(R"({"generate": {"shape": ")" + shape +
                              R"(", "sites": 5, "hosts_per_site": 1, "apps_per_site": 2, "iids": 2},
      "traffic": [{"type": "ping", "name": "p", "pairs": "random", "number": 10}, {"type": "ping", "name": "q", "pairs": "all"}]})");
    EXPECT_EQ(std::ranges::count(plan.nodes, "lisper", &Node::icon), 5) << shape;
    EXPECT_EQ(std::ranges::count(plan.nodes, "app", &Node::icon), 10) << shape;
    // 15 hosts: slots 1 and 3 of each site in IID 1, slot 2 in IID 2; all ordered pairs of a network.
    EXPECT_EQ(plan.flows.size(), 10u + 10 * 9 + 5 * 4) << shape;
    EXPECT_EQ(plan.controller.actions.size(), 15u + 2) << shape;
  }
}

TEST(Generate, SeedDecidesThePairs) {
  const std::string text =
      R"({"generate": {"shape": "ring", "sites": 20}, "traffic": [{"type": "ping", "pairs": "random", "number": 5}]})";
  const auto pairs = [&](const char* seed) {
    std::vector<std::pair<std::size_t, std::size_t>> result;
    for (const Flow& flow : plan_of(text, {std::string("seed=") + seed}).flows) result.emplace_back(flow.from, flow.to);
    return result;
  };
  EXPECT_EQ(pairs("1"), pairs("1"));
  EXPECT_NE(pairs("1"), pairs("2"));
}

TEST(Generate, TooLargeIsRefused) {
  EXPECT_THAT(problems_of(R"({"generate": {"shape": "star", "sites": 2000, "hosts_per_site": 100}})"),
              HasSubstr("too many"));
  EXPECT_THAT(
      problems_of(
          R"({"generate": {"shape": "star", "sites": 2}, "traffic": [{"type": "ping", "pairs": "random", "number": 5}]})"),
      HasSubstr("there are not 5 different pairs"));
}

}  // namespace
}  // namespace lisper::model
