#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/result.h"

namespace lisper::report {

/// A topology to draw: what a Plan and a RunResult have in common.
struct Picture {
  struct Edge {
    std::size_t a = 0;  ///< index in `nodes`
    std::size_t b = 0;
    std::string name;
    std::size_t link = 0;  ///< index in the result's or plan's links
  };
  std::string title;
  std::vector<TopologyNode> nodes;
  std::vector<Edge> edges;
};

/// Links whose ends are not in the topology are left out.
[[nodiscard]] Picture picture(const RunResult& result);

enum class SvgUse {
  kFile,    ///< a document of its own, with its style
  kInline,  ///< for a page that has page/topology.css; elements carry data-node and data-link indices
};
[[nodiscard]] std::string svg(const Picture& picture, SvgUse use);

/// For text and attribute values of XML and HTML. Control characters, which XML forbids, become "?".
[[nodiscard]] std::string escape_xml(std::string_view text);

}  // namespace lisper::report
