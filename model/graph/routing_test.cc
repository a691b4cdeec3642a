#include "model/graph/routing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/graph/shapes.h"
#include "model/graph/test_network.h"

namespace lisper::model {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// "prefix/length via address at port, address at port"
std::vector<std::string> text(const std::vector<Route>& routes) {
  std::vector<std::string> lines;
  for (const auto& route : routes) {
    auto line = to_string(route.prefix) + "/" + std::to_string(route.length) + " via ";
    for (std::size_t h = 0; h < route.hops.size(); ++h)
      line += (h ? ", " : "") + to_string(route.hops[h].via) + " at " + std::to_string(route.hops[h].port);
    lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> routes(const TestNetwork& network, std::size_t node) {
  if (const auto* host = std::get_if<Host>(&network.nodes[node].role)) return text(host->routes);
  return text(std::get<Router>(network.nodes[node].role).routes);
}

TEST(Routing, FollowsALine) {
  TestNetwork net;
  auto a = net.router("a"), b = net.router("b"), c = net.router("c");
  net.link(a, {"10.0.1.1/24"}, b, {"10.0.1.2/24"});
  net.link(b, {"10.0.2.2/24"}, c, {"10.0.2.3/24"});
  net.port(c, {"10.0.3.1/25"});
  compute_routes(net.nodes, net.links);
  EXPECT_THAT(routes(net, a), ElementsAre("10.0.2.0/24 via 10.0.1.2 at 0", "10.0.3.0/25 via 10.0.1.2 at 0"));
  EXPECT_THAT(routes(net, b), ElementsAre("10.0.3.0/25 via 10.0.2.3 at 1"));
  EXPECT_THAT(routes(net, c), ElementsAre("10.0.1.0/24 via 10.0.2.2 at 0"));
}

/// a - {b, c} - d, and a stub network at d.
TestNetwork diamond(TimeNs delay_of_c) {
  TestNetwork net;
  auto a = net.router("a"), b = net.router("b"), c = net.router("c"), d = net.router("d");
  net.link(a, {"fd80:ab::a/64"}, b, {"fd80:ab::b/64"});
  net.link(a, {"fd80:ac::a/64"}, c, {"fd80:ac::c/64"});
  net.link(b, {"fd80:bd::b/64"}, d, {"fd80:bd::d/64"});
  net.link(c, {"fd80:cd::c/64"}, d, {"fd80:cd::d/64"}, delay_of_c);
  net.port(d, {"fd80:d::1/56"});
  return net;
}

TEST(Routing, KeepsEveryHopOfEqualCost) {
  auto net = diamond(microseconds(5));
  compute_routes(net.nodes, net.links);
  EXPECT_THAT(routes(net, 0), ElementsAre("fd80:d::/56 via fd80:ab::b at 0, fd80:ac::c at 1",
                                          "fd80:bd::/64 via fd80:ab::b at 0", "fd80:cd::/64 via fd80:ac::c at 1"));
}

TEST(Routing, PrefersLessDelayToFewerHops) {
  auto net = diamond(microseconds(6));
  compute_routes(net.nodes, net.links);
  EXPECT_THAT(routes(net, 0), testing::Contains("fd80:d::/56 via fd80:ab::b at 0"));
  // A direct link that takes longer than two others is not taken.
  net.link(0, {"fd80:ad::a/64"}, 3, {"fd80:ad::d/64"}, microseconds(11));
  compute_routes(net.nodes, net.links);
  EXPECT_THAT(routes(net, 0), testing::Contains("fd80:d::/56 via fd80:ab::b at 0"));
  // One that takes as long is: it has fewer hops.
  net.links.back().directions[0].delay = net.links.back().directions[1].delay = microseconds(10);
  compute_routes(net.nodes, net.links);
  EXPECT_THAT(routes(net, 0), testing::Contains("fd80:d::/56 via fd80:ad::d at 2"));
}

TEST(Routing, TakesTheDelayOfItsOwnDirection) {
  auto net = diamond(microseconds(5));
  net.links[3].directions[1].delay = seconds(1);  // from d to c
  compute_routes(net.nodes, net.links);
  EXPECT_THAT(routes(net, 0), testing::Contains("fd80:d::/56 via fd80:ab::b at 0, fd80:ac::c at 1"));
  EXPECT_THAT(routes(net, 3), testing::Contains("fd80:ac::/64 via fd80:bd::b at 0"));
}

TEST(Routing, LeavesOutLinksThatAreDown) {
  auto net = diamond(microseconds(5));
  net.links[0].up = false;
  compute_routes(net.nodes, net.links);
  EXPECT_THAT(routes(net, 0), testing::Contains("fd80:d::/56 via fd80:ac::c at 1"));
  net.links[1].up = false;
  compute_routes(net.nodes, net.links);
  EXPECT_THAT(routes(net, 0), IsEmpty());
}

TEST(Routing, GoesBothWaysRoundARing) {
  TestNetwork net;
  for (int i = 0; i < 4; ++i) net.router("r" + std::to_string(i));
  for (std::size_t i = 0; i < 4; ++i) {
    auto prefix = "10.0." + std::to_string(i) + ".";
    net.link(i, {prefix + "1/24"}, (i + 1) % 4, {prefix + "2/24"});
  }
  net.port(2, {"192.0.2.1/24"});
  compute_routes(net.nodes, net.links);
  EXPECT_THAT(routes(net, 0), ElementsAre("10.0.1.0/24 via 10.0.0.2 at 0", "10.0.2.0/24 via 10.0.3.1 at 1",
                                          "192.0.2.0/24 via 10.0.0.2 at 0, 10.0.3.1 at 1"));
}

TEST(Routing, CrossesSegments) {
  TestNetwork net;
  auto s = net.segment("s");
  auto a = net.router("a"), b = net.router("b"), c = net.router("c");
  net.link(a, {"10.0.0.1/24"}, s, {});
  net.link(b, {"10.0.0.2/24"}, s, {});
  net.link(c, {"10.0.0.3/24"}, s, {});
  net.port(c, {"192.0.2.1/24"});
  compute_routes(net.nodes, net.links);
  EXPECT_THAT(routes(net, a), ElementsAre("192.0.2.0/24 via 10.0.0.3 at 0"));
  EXPECT_THAT(routes(net, b), ElementsAre("192.0.2.0/24 via 10.0.0.3 at 0"));
  EXPECT_THAT(routes(net, c), IsEmpty());
}

TEST(Routing, KeepsFamiliesApart) {
  TestNetwork net;
  auto a = net.router("a"), b = net.router("b"), c = net.router("c");
  net.link(a, {"10.0.0.1/24", "fe80::1/64"}, b, {"10.0.0.2/24", "fe80::2/64"});
  net.link(a, {"fd80:ac::1/64"}, c, {"fd80:ac::3/64"});
  net.link(c, {"fd80:cb::3/64"}, b, {"fd80:cb::2/64"});
  net.port(b, {"fd80:b::1/64", "192.0.2.1/24"});
  compute_routes(net.nodes, net.links);
  // Link-local addresses serve as next hops, but nothing routes to them.
  EXPECT_THAT(routes(net, a), ElementsAre("192.0.2.0/24 via 10.0.0.2 at 0", "fd80:b::/64 via fe80::2 at 0",
                                          "fd80:cb::/64 via fe80::2 at 0, fd80:ac::3 at 1"));
  EXPECT_THAT(routes(net, c), ElementsAre("fd80:b::/64 via fd80:cb::2 at 1"));
}

TEST(Routing, GivesHostsDefaultRoutes) {
  TestNetwork net;
  auto r = net.router("r");
  auto h = net.host("h"), own = net.host("own"), alone = net.host("alone");
  net.link(h, {"10.0.0.2/24", "fd80::2/64"}, r, {"10.0.0.1/24", "fd80::1/64"});
  net.link(own, {"10.0.1.2/24"}, r, {"10.0.1.1/24"});
  net.link(alone, {"10.9.0.1/24"}, net.segment("s"), {});
  std::get<Host>(net.nodes[own].role).routes = {{*parse_ip("192.0.2.0"), 24, {{0, *parse_ip("10.0.1.9")}}}};
  compute_routes(net.nodes, net.links);
  EXPECT_THAT(routes(net, h), ElementsAre("0.0.0.0/0 via 10.0.0.1 at 0", "::/0 via fd80::1 at 0"));
  EXPECT_THAT(routes(net, own), ElementsAre("192.0.2.0/24 via 10.0.1.9 at 0"));
  EXPECT_THAT(routes(net, alone), IsEmpty());
}

// A size that a quadratic step a prefix would make unbearable.
TEST(Routing, RoutesALargeRing) {
  constexpr std::size_t kRouters = 400;
  TestNetwork net;
  for (std::size_t i = 0; i < kRouters; ++i) net.router("r" + std::to_string(i));
  auto address = [](std::size_t net_number, int host) {
    return "10." + std::to_string(net_number / 256) + "." + std::to_string(net_number % 256) + "." +
           std::to_string(host) + "/24";
  };
  for (const auto& edge : make_ring(kRouters).edges) {
    auto number = net.links.size();
    net.link(edge.a, {address(number, 1)}, edge.b, {address(number, 2)});
  }
  for (std::size_t i = 0; i < kRouters; ++i) {
    net.port(i, {address(1000 + i, 1)});
    net.port(i, {address(2000 + i, 1)});
  }
  compute_routes(net.nodes, net.links);
  for (std::size_t i = 0; i < kRouters; ++i) {
    const auto& table = std::get<Router>(net.nodes[i].role).routes;
    ASSERT_THAT(table, SizeIs(kRouters - 2 + 2 * (kRouters - 1)));
    // Both ways lead to the two networks of the opposite router; links have a nearer end.
    std::size_t both_ways = 0;
    for (const auto& route : table) both_ways += route.hops.size() == 2;
    EXPECT_EQ(both_ways, 2u);
  }
}

}  // namespace
}  // namespace lisper::model
