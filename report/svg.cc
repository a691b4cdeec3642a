#include "report/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include "report/page.h"

namespace lisper::report {
namespace {

// All in user units; at the size a page first shows it, one is about a pixel for up to 150 nodes.
constexpr double kMargin = 48;
constexpr double kSpacing = 84;  ///< wanted between neighbours, if positions were a grid
constexpr double kMinWidth = 640;
constexpr double kAspect = 1.6;
constexpr double kBend = 26;  ///< between parallel links

struct Point {
  double x = 0;
  double y = 0;
};

std::string_view shape(std::string_view kind) {
  if (kind == "lisper") return R"(<path class="shape" d="M-15 0L-7.5 -13H7.5L15 0L7.5 13H-7.5Z"/>)";
  if (kind == "router")
    return R"(<circle class="shape" r="13"/><path class="mark" d="M-8 0H8M0 -8V8M-5 -3L-8 0L-5 3M5 -3L8 0L5 3M-3 -5L0 -8L3 -5M-3 5L0 8L3 5"/>)";
  if (kind == "app")
    return R"(<rect class="shape" x="-12" y="-12" width="24" height="24" rx="5"/><rect class="mark" x="-6" y="-6" width="12" height="12" rx="2"/>)";
  if (kind == "tunnel")
    return R"(<rect class="shape" x="-14" y="-7" width="28" height="14" rx="7"/><path class="mark" d="M-8 0H8"/>)";
  if (kind == "segment") return R"(<rect class="shape" x="-20" y="-4" width="40" height="8" rx="4"/>)";
  if (kind == "replay") return R"(<path class="shape" d="M-10 -12L13 0L-10 12Z"/>)";
  if (kind == "controller") return R"(<path class="shape" d="M0 -15L15 0L0 15L-15 0Z"/><circle class="mark" r="4"/>)";
  return R"(<rect class="shape" x="-13" y="-11" width="26" height="17" rx="2"/><path class="mark" d="M0 6V11M-7 11H7"/>)";
}

/// Positions stretched over the canvas, whatever part of 0..1 they use.
std::vector<Point> place(const std::vector<TopologyNode>& nodes, double width, double height) {
  std::vector<Point> points;
  if (nodes.empty()) return points;
  const auto [left, right] = std::ranges::minmax(nodes, {}, &TopologyNode::x);
  const auto [top, bottom] = std::ranges::minmax(nodes, {}, &TopologyNode::y);
  const auto spread = [](double value, double low, double high, double size) {
    const double share = high > low ? (value - low) / (high - low) : 0.5;
    return kMargin + share * (size - 2 * kMargin);
  };
  for (const TopologyNode& node : nodes)
    points.push_back({spread(node.x, left.x, right.x, width), spread(node.y, top.y, bottom.y, height)});
  return points;
}

/// A straight line, or the `turn`th of `count` parallel links as an arc beside it.
std::string line(Point a, Point b, std::size_t turn, std::size_t count) {
  const double length = std::hypot(b.x - a.x, b.y - a.y);
  const double bend = (static_cast<double>(turn) - static_cast<double>(count - 1) / 2) * kBend;
  if (bend == 0 || length == 0) return fmt::format("M{:.1f} {:.1f}L{:.1f} {:.1f}", a.x, a.y, b.x, b.y);
  const double x = (a.x + b.x) / 2 - (b.y - a.y) / length * bend;
  const double y = (a.y + b.y) / 2 + (b.x - a.x) / length * bend;
  return fmt::format("M{:.1f} {:.1f}Q{:.1f} {:.1f} {:.1f} {:.1f}", a.x, a.y, x, y, b.x, b.y);
}

std::string class_name(std::string_view kind) {
  std::string name;
  std::ranges::copy_if(kind, std::back_inserter(name), [](char c) { return c >= 'a' && c <= 'z'; });
  return name;
}

}  // namespace

std::string escape_xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&#39;";
    else
      out += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? '?' : c;
  }
  return out;
}

Picture picture(const RunResult& result) {
  Picture out{"Topology of " + result.scenario, result.topology, {}};
  std::map<std::string_view, std::size_t> index;
  for (std::size_t i = 0; i < result.topology.size(); ++i) index.emplace(result.topology[i].name, i);
  for (std::size_t i = 0; i < result.links.size(); ++i) {
    const LinkResult& link = result.links[i];
    const auto a = index.find(link.from);
    const auto b = index.find(link.to);
    if (a != index.end() && b != index.end()) out.edges.push_back({a->second, b->second, link.name, i});
  }
  return out;
}

std::string svg(const Picture& picture, SvgUse use) {
  const double width = std::max(kMinWidth, std::sqrt(static_cast<double>(picture.nodes.size()) * kAspect) * kSpacing);
  // Nodes in a row need no more than their labels do.
  const bool row =
      std::ranges::all_of(picture.nodes, [&](const TopologyNode& node) { return node.y == picture.nodes[0].y; });
  const double height = row ? 4 * kMargin : width / kAspect;
  const std::vector<Point> points = place(picture.nodes, width, height);
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> parallel;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> drawn;
  for (const auto& edge : picture.edges) ++parallel[std::minmax(edge.a, edge.b)];

  std::string out = fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" class="topology" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}: {} nodes, {} links">)"
      "\n",
      width, height, escape_xml(picture.title), picture.nodes.size(), picture.edges.size());
  if (use == SvgUse::kFile) out += fmt::format("<style>\n{}</style>\n", page::kTopologyCss);
  out += "<g class=\"links\">\n";
  for (const auto& edge : picture.edges) {
    const std::pair<std::size_t, std::size_t> pair = std::minmax(edge.a, edge.b);
    // From the lower node, so that parallel links in opposite directions bend apart.
    const std::string path = line(points[pair.first], points[pair.second], drawn[pair]++, parallel[pair]);
    out += fmt::format(
        "<g class=\"link\" data-link=\"{}\"><title>{}</title><path class=\"hit\" d=\"{}\"/><path class=\"wire\" "
        "d=\"{}\"/></g>\n",
        edge.link, escape_xml(edge.name), path, path);
  }
  out += "</g>\n<g class=\"nodes\">\n";
  for (std::size_t i = 0; i < picture.nodes.size(); ++i) {
    const TopologyNode& node = picture.nodes[i];
    const std::string name = escape_xml(node.name);
    out += fmt::format(
        "<g class=\"node {}\" data-node=\"{}\" transform=\"translate({:.1f} {:.1f})\"><title>{} ({})</title>{}<text "
        "y=\"26\">{}</text></g>\n",
        class_name(node.kind), i, points[i].x, points[i].y, name, escape_xml(node.kind), shape(node.kind), name);
  }
  return out + "</g>\n</svg>\n";
}

}  // namespace lisper::report
