#include "model/graph/shapes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace lisper::model {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// Links at each router. Fails on self loops, repeated links and ends that do not exist.
std::vector<int> degrees(const UnderlayGraph& graph) {
  std::vector<int> degree(graph.names.size());
  std::set<std::pair<std::size_t, std::size_t>> seen;
  for (const auto& edge : graph.edges) {
    EXPECT_NE(edge.a, edge.b);
    EXPECT_TRUE(seen.insert(std::minmax(edge.a, edge.b)).second);
    ++degree.at(edge.a);
    ++degree.at(edge.b);
  }
  EXPECT_THAT((std::set(graph.names.begin(), graph.names.end())), SizeIs(graph.names.size()));
  return degree;
}

TEST(Shapes, Mesh) {
  auto graph = make_mesh(5);
  EXPECT_THAT(graph.names, ElementsAre("r0", "r1", "r2", "r3", "r4"));
  EXPECT_THAT(graph.edges, SizeIs(10));
  EXPECT_THAT(degrees(graph), Each(4));
  EXPECT_THAT(graph.site_routers, ElementsAre(0, 1, 2, 3, 4));
}

TEST(Shapes, Star) {
  auto graph = make_star(3);
  EXPECT_THAT(graph.names, ElementsAre("r0", "r1", "r2", "hub"));
  EXPECT_THAT(degrees(graph), ElementsAre(1, 1, 1, 3));
  EXPECT_THAT(graph.site_routers, ElementsAre(0, 1, 2));
}

TEST(Shapes, Ring) {
  EXPECT_THAT(degrees(make_ring(5)), AllOf(SizeIs(5), Each(2)));
  EXPECT_THAT(degrees(make_ring(2)), ElementsAre(1, 1));
  EXPECT_THAT(degrees(make_ring(1)), ElementsAre(0));
}

TEST(Shapes, Line) {
  EXPECT_THAT(degrees(make_line(4)), ElementsAre(1, 2, 2, 1));
  EXPECT_THAT(make_line(0).names, IsEmpty());
}

TEST(Shapes, Clos) {
  auto graph = make_clos(2, 3, 7);
  EXPECT_THAT(graph.names, ElementsAre("spine0", "spine1", "leaf0", "leaf1", "leaf2"));
  EXPECT_THAT(degrees(graph), ElementsAre(3, 3, 2, 2, 2));
  EXPECT_THAT(graph.site_routers, ElementsAre(2, 3, 4, 2, 3, 4, 2));
  for (const auto& edge : graph.edges) EXPECT_TRUE(edge.a < 2 && edge.b >= 2);
  EXPECT_THAT(make_clos(2, 0, 7).site_routers, IsEmpty());
}

}  // namespace
}  // namespace lisper::model
