#include "model/graph/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "model/graph/shapes.h"
#include "model/graph/test_network.h"

namespace lisper::model {
namespace {

/// Routers in a shape, a LISPER at each site, hosts at each of these; in this order.
Plan network(const UnderlayGraph& graph, std::size_t hosts) {
  TestNetwork net;
  for (const auto& name : graph.names) net.router(name);
  for (const auto& edge : graph.edges) net.link(edge.a, {}, edge.b, {});
  for (auto router : graph.site_routers) {
    auto site = net.add("site", CoreNode{});
    net.link(router, {}, site, {});
    for (std::size_t h = 0; h < hosts; ++h) net.link(net.host("host"), {}, site, {});
  }
  Plan plan;
  plan.nodes = net.nodes;
  plan.links = net.links;
  layout(plan);
  return plan;
}

double distance(const Plan& plan, std::size_t a, std::size_t b) {
  const auto &p = plan.nodes[a].position, &q = plan.nodes[b].position;
  return std::hypot(p[0] - q[0], p[1] - q[1]);
}

double smallest_distance(const Plan& plan) {
  double smallest = 2;
  for (std::size_t a = 0; a < plan.nodes.size(); ++a)
    for (std::size_t b = a + 1; b < plan.nodes.size(); ++b) smallest = std::min(smallest, distance(plan, a, b));
  return smallest;
}

void expect_within_picture(const Plan& plan) {
  for (const auto& node : plan.nodes)
    for (auto coordinate : node.position) EXPECT_TRUE(coordinate >= 0 && coordinate <= 1) << node.name;
}

TEST(Layout, KeepsNodesApart) {
  const std::pair<const char*, UnderlayGraph> shapes[] = {{"mesh", make_mesh(5)},       {"star", make_star(6)},
                                                          {"ring", make_ring(7)},       {"line", make_line(5)},
                                                          {"clos", make_clos(2, 4, 8)}, {"one", make_line(1)}};
  for (const auto& [name, graph] : shapes) {
    SCOPED_TRACE(name);
    auto plan = network(graph, 2);
    expect_within_picture(plan);
    EXPECT_GT(smallest_distance(plan), 0.02);
  }
  auto large = network(make_clos(4, 20, 160), 2);
  expect_within_picture(large);
  EXPECT_GT(smallest_distance(large), 0.001);
}

TEST(Layout, IsAFunctionOfThePlan) {
  auto a = network(make_ring(30), 1), b = network(make_ring(30), 1);
  for (std::size_t n = 0; n < a.nodes.size(); ++n) EXPECT_EQ(a.nodes[n].position, b.nodes[n].position);
}

TEST(Layout, PutsHostsNearTheirSite) {
  constexpr std::size_t kRouters = 6;
  auto plan = network(make_ring(kRouters), 2);
  for (std::size_t s = 0; s < kRouters; ++s) {
    auto site = kRouters + 3 * s;
    for (std::size_t other = 0; other < kRouters; ++other) {
      if (other == s) continue;
      for (auto host : {site + 1, site + 2})
        EXPECT_LT(distance(plan, host, site), distance(plan, host, kRouters + 3 * other));
    }
  }
}

TEST(Layout, DrawsClosInRows) {
  auto plan = network(make_clos(2, 4, 4), 1);
  auto y = [&](std::size_t n) { return plan.nodes[n].position[1]; };
  EXPECT_EQ(y(0), y(1));  // spines
  for (std::size_t leaf = 2; leaf < 6; ++leaf) EXPECT_EQ(y(leaf), y(2));
  EXPECT_TRUE(y(0) < y(2) && y(2) < y(6) && y(6) < y(7));  // then leaves, sites, hosts
}

TEST(Layout, DrawsALineStraight) {
  auto plan = network(make_line(9), 0);
  for (std::size_t n = 2; n < 9; ++n) {
    auto step = plan.nodes[n].position[0] - plan.nodes[n - 1].position[0];
    EXPECT_NEAR(std::abs(step), std::abs(plan.nodes[1].position[0] - plan.nodes[0].position[0]), 0.03);
  }
}

TEST(Layout, TakesAnyPlan) {
  Plan empty;
  layout(empty);
  TestNetwork net;
  net.host("alone");
  net.host("also alone");
  auto loop = net.host("loop");
  net.link(loop, {}, loop, {});
  auto a = net.host("a"), b = net.host("b");
  net.link(a, {}, b, {});
  net.link(a, {}, b, {});
  Plan plan;
  plan.nodes = net.nodes;
  plan.links = net.links;
  layout(plan);
  expect_within_picture(plan);
  EXPECT_GT(smallest_distance(plan), 0.02);
}

}  // namespace
}  // namespace lisper::model
