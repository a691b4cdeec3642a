#include "report/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lisper::report {
namespace {

using testing::HasSubstr;
using testing::Not;

model::Plan tiny() {
  model::Plan plan;
  plan.name = "tiny";
  for (const char* name : {"a", "b \"1\""}) {
    model::Node node;
    node.name = name;
    node.icon = plan.nodes.empty() ? "lisper" : "host";
    node.position = {plan.nodes.empty() ? 0.0 : 1.0, 0.25};
    node.ports.push_back({.name = "e0", .mac = {}, .mtu = 1500, .addresses = {}});
    plan.nodes.push_back(node);
  }
  model::Link link;
  link.name = "a:e0 - b:e0";
  link.ends = {model::PortRef{0, 0}, model::PortRef{1, 0}};
  plan.links = {link};
  return plan;
}

TEST(Dot, NodesAtTheirPositionsAndLinksWithPortNames) {
  EXPECT_EQ(dot(tiny()),
            "graph \"tiny\" {\n"
            "  \"a\" [shape=hexagon, pos=\"0,600\"];\n"
            "  \"b \\\"1\\\"\" [shape=box, pos=\"800,600\"];\n"
            "  \"a\" -- \"b \\\"1\\\"\" [taillabel=\"e0\", headlabel=\"e0\"];\n"
            "}\n");
}

TEST(Dot, LinksThatStartDownAreDashed) {
  model::Plan plan = tiny();
  plan.links[0].up = false;
  EXPECT_THAT(dot(plan), HasSubstr("headlabel=\"e0\", style=dashed]"));
}

TEST(Svg, StandsAlone) {
  const std::string text = svg(tiny());
  EXPECT_TRUE(text.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_THAT(text, HasSubstr("aria-label=\"Topology of tiny: 2 nodes, 1 links\""));
  EXPECT_THAT(text, HasSubstr("<style>"));
  // Both ends in the middle of the height, as their y is the same.
  EXPECT_THAT(text, HasSubstr("<path class=\"wire\" d=\"M48.0 96.0L592.0 96.0\"/>"));
  EXPECT_THAT(text, HasSubstr("<text y=\"26\">b &quot;1&quot;</text>"));
}

TEST(Svg, ParallelLinksBendApart) {
  model::Plan plan = tiny();
  plan.links.push_back(plan.links[0]);
  std::swap(plan.links[1].ends[0], plan.links[1].ends[1]);
  const std::string text = svg(plan);
  EXPECT_THAT(text, HasSubstr("d=\"M48.0 96.0Q320.0 83.0 592.0 96.0\""));
  EXPECT_THAT(text, HasSubstr("d=\"M48.0 96.0Q320.0 109.0 592.0 96.0\""));
}

TEST(Svg, NothingToDrawIsAnEmptyPicture) {
  EXPECT_THAT(svg(Picture{}, SvgUse::kInline), Not(HasSubstr("nan")));
  model::Plan plan = tiny();
  plan.nodes.resize(1);
  plan.links.clear();
  EXPECT_THAT(svg(plan), HasSubstr("translate(320.0 96.0)"));
}

TEST(EscapeXml, EverythingThatXmlReadsOrForbids) {
  EXPECT_EQ(escape_xml("<a href='x'>&\"\x01"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;?");
}

}  // namespace
}  // namespace lisper::report
