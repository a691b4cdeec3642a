#include "model/graph/link_layer.h"

#include <algorithm>
#include <set>

namespace lisper::model {

LinkLayer::LinkLayer(const std::vector<Node>& nodes, const std::vector<Link>& links) : nodes_(nodes), links_(links) {
  for (const auto& node : nodes) ends_.emplace_back(node.ports.size());
  for (std::size_t l = 0; l < links.size(); ++l) {
    if (!links[l].up) continue;
    for (std::size_t e = 0; e < 2; ++e) ends_[links[l].ends[e].node][links[l].ends[e].port] = End{l, e};
  }
}

std::optional<LinkLayer::Neighbour> LinkLayer::far_end(PortRef port) const {
  const auto& end = ends_[port.node][port.port];
  if (!end) return std::nullopt;
  const auto& link = links_[end->link];
  return Neighbour{link.ends[1 - end->end], link.directions[end->end].delay};
}

bool LinkLayer::is_segment(std::size_t node) const {
  const auto* core = std::get_if<CoreNode>(&nodes_[node].role);
  return core && core->kind == CoreNode::Kind::kSegment;
}

std::vector<LinkLayer::Neighbour> LinkLayer::neighbours(PortRef from) const {
  std::vector<Neighbour> found;
  std::set<std::size_t> entered;
  std::vector<Neighbour> leave{{from, {}}};
  while (!leave.empty()) {
    auto out = leave.back();
    leave.pop_back();
    auto far = far_end(out.port);
    if (!far || far->port == from) continue;
    far->delay = far->delay + out.delay;
    if (!is_segment(far->port.node)) {
      found.push_back(*far);
    } else if (entered.insert(far->port.node).second) {
      for (std::size_t p = 0; p < nodes_[far->port.node].ports.size(); ++p)
        if (p != far->port.port) leave.push_back({{far->port.node, p}, far->delay});
    }
  }
  std::ranges::sort(found, {}, &Neighbour::port);
  return found;
}

}  // namespace lisper::model
