#include "model/graph/connectivity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/graph/test_network.h"

namespace lisper::model {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Two LISPERs with one exit each, which know each other, at one router.
struct TwoSites : TestNetwork {
  std::size_t router_node = router("r2");
  std::size_t site4 = lisper("site04", "fd80:4::2", "fd80:4::1", "fd80:8::2");
  std::size_t site8 = lisper("site08", "fd80:8::2", "fd80:8::1", "fd80:4::2");

  TwoSites() {
    link(site4, {}, router_node, {"fd80:4::1/64"});
    link(site8, {}, router_node, {"fd80:8::1/64"});
  }

  std::size_t lisper(std::string name, const char* ip, const char* next_hop, const char* peer) {
    CoreNode core;
    core.config.interfaces = {{"e0", {}, PortId(0), {}}};
    core.config.exits = {{"x0", *parse_ip(ip), InterfaceId(0), parse_ip(next_hop), {}}};
    core.config.lispers = {{*parse_ip(peer), ExitId(0), {}}};
    return add(std::move(name), core);
  }
  LisperConfig& config(std::size_t node) { return std::get<CoreNode>(nodes[node].role).config; }

  [[nodiscard]] std::vector<std::string> problems() const {
    Plan plan;
    plan.nodes = nodes;
    plan.links = links;
    for (auto& node : plan.nodes)
      node.icon = std::holds_alternative<Host>(node.role)     ? "host"
                  : std::holds_alternative<Router>(node.role) ? "router"
                                                              : "lisper";
    return connectivity_problems(plan);
  }
};

TEST(Connectivity, IsContentWithWhatWorks) {
  EXPECT_THAT(TwoSites().problems(), IsEmpty());
  EXPECT_THAT(connectivity_problems({}), IsEmpty());
}

TEST(Connectivity, FindsNodesWithoutLinks) {
  TwoSites net;
  net.port(net.host("h1"), {"10.0.0.1/24"});
  EXPECT_THAT(net.problems(), ElementsAre("host \"h1\" has no link"));
}

TEST(Connectivity, FindsSeparateParts) {
  TwoSites net;
  auto h1 = net.host("h1"), h2 = net.host("h2");
  net.link(h1, {"10.0.0.1/24"}, h2, {"10.0.0.2/24"});
  EXPECT_THAT(
      net.problems(),
      ElementsAre(
          R"(the network has 2 parts without a link between them that is up: "r2" and 2 more, "h1" and 1 more)"));
}

TEST(Connectivity, FindsPeersThatNobodyIs) {
  TwoSites net;
  net.config(net.site4).lispers[0].ip = *parse_ip("fd80:9::2");
  EXPECT_THAT(net.problems(), ElementsAre("LISPER fd80:9::2 of \"site04\" is no address of any node"));
}

TEST(Connectivity, LeavesAnybodyToACapture) {
  TwoSites net;
  const auto replay = net.add("wire", ReplayNode{});
  const auto site9 = net.lisper("site09", "fd80:9::2", "fd80:9::1", "fd80:8::2");
  net.config(site9).exits[0].next_hop_mac = MacAddress{{0, 0, 0, 0, 0, 1}};
  net.config(site9).lispers[0].ip = *parse_ip("fd80:66::2");
  net.link(site9, {}, replay, {});
  EXPECT_THAT(net.problems(), ElementsAre(testing::HasSubstr("2 parts")));
}

TEST(Connectivity, FindsPeersThatNoPathLeadsTo) {
  TwoSites net;
  net.links[1].up = false;
  EXPECT_THAT(
      net.problems(),
      ElementsAre(R"(the network has 2 parts without a link between them that is up: "r2" and 1 more, "site08")",
                  "next hop fd80:8::1 of exit \"x0\" of \"site08\" is no address of a node on the same link",
                  "no path leads from \"site04\" to LISPER fd80:8::2 (\"site08\")",
                  "no path leads from \"site08\" to LISPER fd80:4::2 (\"site04\")"));
}

TEST(Connectivity, FindsAddressesOutsideTheRoutersPrefix) {
  TwoSites net;
  net.nodes[net.router_node].ports[1].addresses[0].ip = *parse_ip("fd80:88::1");
  net.config(net.site8).exits[0].next_hop = parse_ip("fd80:88::1");
  EXPECT_THAT(net.problems(), ElementsAre("no path leads from \"site04\" to LISPER fd80:8::2 (\"site08\")"));
}

TEST(Connectivity, FindsNextHopsThatNobodyOnTheLinkIs) {
  TwoSites net;
  net.config(net.site4).exits[0].next_hop = parse_ip("fd80:8::1");
  EXPECT_THAT(net.problems(),
              ElementsAre("next hop fd80:8::1 of exit \"x0\" of \"site04\" is no address of a node on the same link"));
  net.config(net.site4).exits[0].next_hop_mac = MacAddress{};
  EXPECT_THAT(net.problems(), IsEmpty());

  auto h = net.host("h1");
  net.link(h, {"fd80:1::2/64"}, net.router_node, {"fd80:1::1/64"});
  std::get<Host>(net.nodes[h].role).routes = {{*parse_ip("::"), 0, {{0, *parse_ip("fd80:1::9")}}}};
  EXPECT_THAT(net.problems(),
              ElementsAre("next hop fd80:1::9 of port \"e0\" of \"h1\" is no address of a node on the same link"));
}

TEST(Connectivity, LeavesTheOverlayToTheLispers) {
  TwoSites net;
  auto h = net.host("h1");
  net.link(h, {"10.0.0.1/24"}, net.site4, {});
  std::get<Host>(net.nodes[h].role).routes = {{*parse_ip("0.0.0.0"), 0, {{0, *parse_ip("10.0.0.254")}}}};
  EXPECT_THAT(net.problems(), IsEmpty());
}

TEST(Connectivity, FindsDuplicatesOnALinkOnly) {
  TwoSites net;
  auto s = net.segment("s");
  net.link(net.router_node, {}, s, {});
  auto h1 = net.host("h1"), h2 = net.host("h2");
  net.link(h1, {"10.0.0.1/24"}, s, {});
  net.link(h2, {"10.0.0.1/24"}, s, {});
  // Elsewhere, the same address is another network's business.
  net.link(net.host("h3"), {"10.0.0.1/24"}, net.router_node, {});
  EXPECT_THAT(net.problems(), ElementsAre("address 10.0.0.1 is used twice on one link, by \"h1\" and by \"h2\""));
}

TEST(Connectivity, ChecksTunnels) {
  TwoSites net;
  TunnelConfig tunnel;
  tunnel.ip = *parse_ip("fd80:1::2");
  net.config(net.site4).local_networks = {{Iid(1), {}, tunnel}};
  EXPECT_THAT(net.problems(), ElementsAre("tunnel peer fd80:1::2 of \"site04\" is no address of any node"));
}

}  // namespace
}  // namespace lisper::model
