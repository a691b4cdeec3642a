#include "replay/carrier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lisper::replay {
namespace {

using ::testing::ElementsAre;
using Kind = model::Event::Kind;

/// Node 0 has ports 0 "linked", 1 "management", 2 "free", 3 "later"; node 1 is at the other end of the link.
model::Plan plan() {
  model::Plan plan;
  plan.nodes.resize(2);
  plan.nodes[0].ports.resize(4);
  plan.nodes[0].role = model::CoreNode{.config = {}, .control_sock = {}, .punt_sock = {}, .management_port = 1};
  plan.nodes[1].ports.resize(1);
  model::Link link;
  link.ends = {model::PortRef{1, 0}, model::PortRef{0, 0}};
  plan.links = {link};
  plan.events = {{.kind = Kind::kMove, .at = seconds(1), .link = 0, .to = {0, 3}, .text = {}}};
  return plan;
}

TEST(Carrier, IsWhereALinkIsOrNeverComes) { EXPECT_THAT(Carrier(plan(), 0).ports(), ElementsAre(true, true, false)); }

TEST(Carrier, MovesWithItsLink) {
  const model::Plan plan = replay::plan();
  Carrier carrier(plan, 0);
  carrier.apply(plan.events[0]);
  EXPECT_THAT(carrier.ports(), ElementsAre(false, true, true));
}

TEST(Carrier, GoesWithItsLink) {
  Carrier carrier(plan(), 0);
  carrier.apply({.kind = Kind::kLinkDown, .at = {}, .link = 0, .to = {}, .text = {}});
  EXPECT_THAT(carrier.ports(), ElementsAre(false, true, false));
  carrier.apply({.kind = Kind::kLinkUp, .at = {}, .link = 0, .to = {}, .text = {}});
  EXPECT_THAT(carrier.ports(), ElementsAre(true, true, false));
}

}  // namespace
}  // namespace lisper::replay
