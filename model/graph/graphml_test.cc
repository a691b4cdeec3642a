#include "model/graph/graphml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "model/graph/xml_check.h"

namespace lisper::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

Result<UnderlayGraph> read(const std::string& text) {
  std::istringstream in(text);
  return read_graphml(in);
}

/// A file with the usual keys and this inside its graph.
std::string file(const std::string& body, const std::string& direction = "undirected") {
  return R"(<?xml version="1.0"?><graphml xmlns="http://graphml.graphdrawing.org/xmlns">
    <key attr.name="Network" attr.type="string" for="graph" id="d0"/>
    <key attr.name="Longitude" attr.type="double" for="node" id="d1"/>
    <key attr.name="id" attr.type="int" for="node" id="d2"/>
    <key attr.name="label" attr.type="string" for="node" id="d3"/>
    <key attr.name="LinkSpeedRaw" attr.type="double" for="edge" id="d4"/>
    <key attr.name="latency" attr.type="string" for="edge" id="d5"/>
    <key attr.name="label" attr.type="string" for="graph" id="d6"/>
    <key attr.name="id" attr.type="string" for="edge" id="d7"/>
    <graph edgedefault=")" +
         direction + R"("><data key="d0">Test</data><data key="d6">a graph's label</data>)" + body +
         "</graph></graphml>";
}

TEST(Graphml, ReadsTheExample) {
  std::ifstream in("scenarios/topologies/harbour.graphml");
  auto graph = read_graphml(in);
  ASSERT_TRUE(graph) << graph.error().message;
  EXPECT_THAT(graph->names, ElementsAre("Lighthouse", "Old_Pier", "Shipyard", "Customs", "Fish_Market", "Drydock",
                                        "Ferry", "Breakwater"));
  ASSERT_THAT(graph->edges, SizeIs(10));
  EXPECT_EQ(graph->edges[9].a, 2u);
  EXPECT_EQ(graph->edges[9].b, 7u);
  EXPECT_EQ(graph->edges[9].rate_bps, 1e9);
  EXPECT_DOUBLE_EQ(graph->edges[9].delay_ns.value(), 1.1e6);
  EXPECT_THAT(graph->site_routers, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

TEST(Graphml, ReadsTheTopologyZoosWays) {
  auto graph = read(file(R"(
    <node id="0"><data key="d1">-3.5</data><data key="d2">0</data><data key="d3">New York</data></node>
    <node id="1"><data key="d2">1</data><data key="d3">New York</data></node>
    <node id="2"><data key="d2">17</data></node>
    <node id="3"/>
    <edge source="0" target="1"><data key="d4">45000000.0</data><data key="d7">e14</data></edge>
    <edge source="1" target="0"/>
    <edge source="1" target="2"><data key="d5">2.5</data></edge>)"));
  ASSERT_TRUE(graph) << graph.error().message;
  EXPECT_THAT(graph->names, ElementsAre("New_York", "New_York-2", "17", "r3"));
  ASSERT_THAT(graph->edges, SizeIs(2));
  EXPECT_EQ(graph->edges[0].rate_bps, 45e6);
  EXPECT_EQ(graph->edges[0].delay_ns, std::nullopt);
  EXPECT_EQ(graph->edges[1].rate_bps, std::nullopt);
  EXPECT_EQ(graph->edges[1].delay_ns, 2.5e6);
}

TEST(Graphml, TakesDirectedGraphsToo) {
  auto graph = read(
      file(R"(<node id="a"/><node id="b"/><edge source="a" target="b"/><edge source="b" target="a"/>)", "directed"));
  ASSERT_TRUE(graph) << graph.error().message;
  EXPECT_THAT(graph->edges, SizeIs(1));
}

TEST(Graphml, KeepsNamesHarmless) {
  auto graph = read(file(R"(<node id="a"><data key="d3">../etc:x</data></node>)"));
  ASSERT_TRUE(graph) << graph.error().message;
  EXPECT_THAT(graph->names, ElementsAre("___etc_x"));
}

std::string error_of(const std::string& text) {
  auto graph = read(text);
  return graph ? "none" : graph.error().message;
}

TEST(Graphml, SaysWhatIsWrong) {
  EXPECT_THAT(error_of(""), HasSubstr("cannot be read"));
  EXPECT_THAT(error_of("<graphml"), HasSubstr("cannot be read"));
  EXPECT_THAT(error_of("<svg/>"), HasSubstr("cannot be read"));
  EXPECT_EQ(error_of(file("")), "the GraphML file has no nodes");
  EXPECT_EQ(error_of(file(R"(<node id="a"/><edge source="a" target="a"/>)")), "node \"r0\" is linked to itself");
  EXPECT_EQ(
      error_of(file(R"(<node id="a"/><node id="b"/><edge source="a" target="b"><data key="d5">5 ms</data></edge>)")),
      "the link between \"r0\" and \"r1\" has \"5 ms\" where a number of at least 0 is expected");
  EXPECT_EQ(
      error_of(file(R"(<node id="a"/><node id="b"/><edge source="a" target="b"><data key="d4">-1</data></edge>)")),
      "the link between \"r0\" and \"r1\" has \"-1\" where a number of at least 0 is expected");
  EXPECT_THAT(error_of(file(R"(<node id="a"/><edge source="a" target="b"/>)")),
              HasSubstr("a link leads to a node that is not in the file"));
  EXPECT_EQ(error_of(std::string((16u << 20) + 1, ' ')), "the GraphML file is larger than 16 MiB");
}

TEST(XmlCheck, BoundsTheDepth) {
  auto nested = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += "<a>";
    return text;
  };
  EXPECT_TRUE(check_xml(nested(64)));
  EXPECT_FALSE(check_xml(nested(65)));
  EXPECT_TRUE(check_xml(nested(60) + "</a></a></a></a></a>" + nested(9)));
  EXPECT_FALSE(check_xml(nested(60) + "<!--</a></a></a></a></a>-->" + nested(9)));
  EXPECT_FALSE(check_xml(nested(60) + "<![CDATA[</a></a></a></a></a>]]>" + nested(9)));
  EXPECT_FALSE(check_xml(nested(60) + "<b x='/>' y=\"</a></a></a></a></a>\"/>" + nested(9)));
  EXPECT_FALSE(check_xml(nested(1'000'000)));
}

TEST(XmlCheck, RefusesDeclarations) {
  EXPECT_TRUE(check_xml(R"(<!DOCTYPE graphml SYSTEM "http://example.org/graphml.dtd"><graphml/>)"));
  EXPECT_FALSE(check_xml("<!DOCTYPE graphml [<!ENTITY a \"<b>\">]><graphml/>"));
  EXPECT_FALSE(check_xml(std::string_view("<a>\0</a>", 8)));
}

}  // namespace
}  // namespace lisper::model
