#include "replay/carrier.h"

#include <variant>

namespace lisper::replay {

Carrier::Carrier(const model::Plan& plan, std::size_t node)
    : node_(node), links_(plan.links), ever_linked_(plan.nodes[node].ports.size()) {
  const auto& core = std::get<model::CoreNode>(plan.nodes[node].role);
  for (std::size_t i = 0; i < plan.nodes[node].ports.size(); ++i)
    if (i != core.management_port) ports_.push_back(i);
  const auto reach = [&](const model::PortRef& end) {
    if (end.node == node) ever_linked_[end.port] = true;
  };
  for (const model::Link& link : plan.links)
    for (const model::PortRef& end : link.ends) reach(end);
  for (const model::Event& event : plan.events)
    if (event.kind == model::Event::Kind::kMove) reach(event.to);
}

void Carrier::apply(const model::Event& event) {
  switch (event.kind) {
    case model::Event::Kind::kLinkDown:
      links_[event.link].up = false;
      break;
    case model::Event::Kind::kLinkUp:
      links_[event.link].up = true;
      break;
    case model::Event::Kind::kMove:
      links_[event.link].ends[1] = event.to;
      break;
    case model::Event::Kind::kJoin:
    case model::Event::Kind::kLeave:
      break;
  }
}

std::vector<bool> Carrier::ports() const {
  std::vector<bool> now(ever_linked_.size());
  for (std::size_t i = 0; i < now.size(); ++i) now[i] = !ever_linked_[i];
  for (const model::Link& link : links_)
    for (const model::PortRef& end : link.ends)
      if (end.node == node_ && link.up) now[end.port] = true;
  std::vector<bool> result;
  for (const std::size_t port : ports_) result.push_back(now[port]);
  return result;
}

}  // namespace lisper::replay
