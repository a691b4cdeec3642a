#include "report/graph.h"

#include <fmt/format.h>

#include <string_view>

namespace lisper::report {
namespace {

std::string dot_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string_view dot_shape(std::string_view kind) {
  if (kind == "lisper") return "hexagon";
  if (kind == "router") return "circle";
  if (kind == "app") return "component";
  if (kind == "tunnel") return "cds";
  if (kind == "segment") return "underline";
  if (kind == "replay") return "triangle";
  if (kind == "controller") return "diamond";
  return "box";
}

}  // namespace

Picture picture(const model::Plan& plan) {
  Picture out{"Topology of " + plan.name, {}, {}};
  for (const model::Node& node : plan.nodes)
    out.nodes.push_back({node.name, node.icon, node.position[0], node.position[1]});
  for (std::size_t i = 0; i < plan.links.size(); ++i) {
    const model::Link& link = plan.links[i];
    out.edges.push_back({link.ends[0].node, link.ends[1].node, link.name, i});
  }
  return out;
}

std::string dot(const model::Plan& plan) {
  constexpr double kPoints = 800;  // Graphviz counts in points, y upwards
  std::string out = fmt::format("graph {} {{\n", dot_string(plan.name));
  for (const model::Node& node : plan.nodes)
    out += fmt::format("  {} [shape={}, pos=\"{:.0f},{:.0f}\"];\n", dot_string(node.name), dot_shape(node.icon),
                       node.position[0] * kPoints, (1 - node.position[1]) * kPoints);
  for (const model::Link& link : plan.links) {
    const auto& [a, b] = link.ends;
    const model::Node& from = plan.nodes[a.node];
    const model::Node& to = plan.nodes[b.node];
    out += fmt::format("  {} -- {} [taillabel={}, headlabel={}{}];\n", dot_string(from.name), dot_string(to.name),
                       dot_string(from.ports[a.port].name), dot_string(to.ports[b.port].name),
                       link.up ? "" : ", style=dashed");
  }
  return out + "}\n";
}

std::string svg(const model::Plan& plan) { return svg(picture(plan), SvgUse::kFile); }

}  // namespace lisper::report
