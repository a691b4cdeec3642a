#include "model/graph/graphml.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/graph/graphml.hpp>
#include <charconv>
#include <cmath>
#include <exception>
#include <initializer_list>
#include <istream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/graph/xml_check.h"

namespace lisper::model {
namespace {

constexpr std::size_t kLargestFile = 16u << 20;

using Attributes = std::map<std::string, std::string>;

/// What the parser finds, all attributes as text whatever types the file declares for them.
class Elements : public boost::mutate_graph {
 public:
  struct Edge {
    std::size_t a, b;
    Attributes attributes;
  };
  explicit Elements(bool directed) : directed_(directed) {}

  std::vector<Attributes> nodes;
  std::vector<Edge> edges;

  bool is_directed() const override {
    nodes_complete_ = true;
    return directed_;
  }
  boost::any do_add_vertex() override {
    // The parser asks for the direction at each edge, after all nodes; it would invent what is missing.
    if (nodes_complete_) throw boost::parse_error("a link leads to a node that is not in the file");
    nodes.emplace_back();
    return nodes.size() - 1;
  }
  std::pair<boost::any, bool> do_add_edge(boost::any source, boost::any target) override {
    edges.push_back({boost::any_cast<std::size_t>(source), boost::any_cast<std::size_t>(target), {}});
    return {edges.size() - 1, true};
  }
  void set_graph_property(const std::string&, const std::string&, const std::string&) override {}
  void set_vertex_property(const std::string& name, boost::any vertex, const std::string& value,
                           const std::string&) override {
    nodes[boost::any_cast<std::size_t>(vertex)][name] = value;
  }
  void set_edge_property(const std::string& name, boost::any edge, const std::string& value,
                         const std::string&) override {
    edges[boost::any_cast<std::size_t>(edge)].attributes[name] = value;
  }

 private:
  bool directed_;
  mutable bool nodes_complete_ = false;
};

constexpr auto kNames = {"name", "label", "id"};
constexpr auto kRates = {"rate", "bandwidth", "LinkSpeedRaw"};
constexpr auto kDelays = {"delay", "latency"};

/// The first of the attributes that is there and not empty.
std::string_view find(const Attributes& attributes, std::initializer_list<const char*> names) {
  for (const auto* name : names)
    if (auto it = attributes.find(name); it != attributes.end() && !it->second.empty()) return it->second;
  return {};
}

/// Node names become names of files and parts of "node:port".
std::string as_name(std::string_view text) {
  std::string name;
  for (char c : text) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
    name += plain ? c : '_';
  }
  return name;
}

Result<std::optional<double>> find_number(const Attributes& attributes, std::initializer_list<const char*> names,
                                          double unit, const std::string& edge) {
  auto text = find(attributes, names);
  if (text.empty()) return std::nullopt;
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) || value < 0)
    return fail(fmt::format("{} has \"{}\" where a number of at least 0 is expected", edge, text.substr(0, 40)));
  return value * unit;
}

std::vector<std::string> unique_names(const std::vector<Attributes>& nodes) {
  std::vector<std::string> names;
  std::set<std::string> used;
  std::map<std::string, std::size_t> count;
  for (const auto& node : nodes) {
    auto name = as_name(find(node, kNames));
    if (name.empty()) name = fmt::format("r{}", names.size());
    auto unique = name;
    while (!used.insert(unique).second) unique = fmt::format("{}-{}", name, ++count[name] + 1);
    names.push_back(unique);
  }
  return names;
}

Result<UnderlayGraph> convert(const Elements& elements) {
  if (elements.nodes.empty()) return fail("the GraphML file has no nodes");
  UnderlayGraph graph;
  graph.names = unique_names(elements.nodes);
  std::set<std::pair<std::size_t, std::size_t>> seen;
  for (const auto& [a, b, attributes] : elements.edges) {
    const auto name = fmt::format("the link between \"{}\" and \"{}\"", graph.names[a], graph.names[b]);
    if (a == b) return fail(fmt::format("node \"{}\" is linked to itself", graph.names[a]));
    if (!seen.insert(std::minmax(a, b)).second) continue;
    auto rate = find_number(attributes, kRates, 1, name);
    if (!rate) return tl::unexpected(rate.error());
    auto delay = find_number(attributes, kDelays, 1e6, name);
    if (!delay) return tl::unexpected(delay.error());
    graph.edges.push_back({a, b, *rate, *delay});
  }
  for (std::size_t v = 0; v < graph.names.size(); ++v) graph.site_routers.push_back(v);
  return graph;
}

Elements parse(const std::string& text, bool directed) {
  Elements elements(directed);
  std::istringstream stream(text);
  boost::read_graphml(stream, elements, 0);
  return elements;
}

}  // namespace

Result<UnderlayGraph> read_graphml(std::istream& in) {
  std::string text(kLargestFile + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kLargestFile) return fail("the GraphML file is larger than 16 MiB");
  if (auto checked = check_xml(text); !checked) return tl::unexpected(checked.error());
  try {
    try {
      return convert(parse(text, /*directed=*/false));
    } catch (const boost::directed_graph_error&) {
      return convert(parse(text, /*directed=*/true));
    }
  } catch (const std::exception& error) {
    return fail(fmt::format("the GraphML file cannot be read: {}", error.what()));
  }
}

}  // namespace lisper::model
