#include "lab/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lisper::lab {
namespace {

using testing::ElementsAre;

model::Node node(const char* name, std::initializer_list<const char*> ports) {
  model::Node made;
  made.name = name;
  for (const char* port : ports) made.ports.emplace_back().name = port;
  return made;
}

TEST(Layout, NamesNamespacesAfterLabAndNode) {
  model::Plan plan;
  plan.nodes = {node("a", {"e0"}), node("a.l2tp", {"e0", "vm"})};
  const Layout layout("mesh", plan);
  EXPECT_THAT(layout.all_netns(), ElementsAre("ll-mesh", "ll-mesh.a", "ll-mesh.a.l2tp"));
  EXPECT_EQ(layout.interface({1, 1}), "vm");
  EXPECT_EQ(layout.socket({0, 0}), "p0");
  EXPECT_EQ(layout.socket({1, 1}), "p2");
}

TEST(Layout, ReplacesNamesThatLinuxRefuses) {
  model::Plan plan;
  plan.nodes = {node("a", {"lo", "sixteen-letters-", "a b", "up/1", "port0", "bridge", "fifteen-letters"})};
  const Layout layout("x", plan);
  std::vector<std::string> names;
  for (std::size_t p = 0; p < plan.nodes[0].ports.size(); ++p) names.push_back(layout.interface({0, p}));
  EXPECT_THAT(names, ElementsAre("port0", "port1", "port2", "port3", "port4", "port5", "fifteen-letters"));
}

}  // namespace
}  // namespace lisper::lab
