#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/plan.h"

namespace lisper::model {

/// Builds small networks for tests: nodes get a port with each link, or with `port`.
struct TestNetwork {
  std::vector<Node> nodes;
  std::vector<Link> links;

  template <typename Role>
  std::size_t add(std::string name, Role role) {
    nodes.push_back({});
    nodes.back().name = std::move(name);
    nodes.back().role = std::move(role);
    return nodes.size() - 1;
  }
  std::size_t router(std::string name) { return add(std::move(name), Router{}); }
  std::size_t host(std::string name) { return add(std::move(name), Host{}); }
  std::size_t segment(std::string name) {
    CoreNode core;
    core.kind = CoreNode::Kind::kSegment;
    return add(std::move(name), core);
  }

  /// Each of `addresses` is "ip/length".
  std::size_t port(std::size_t node, const std::vector<std::string>& addresses) {
    auto& ports = nodes[node].ports;
    ports.push_back({});
    ports.back().name = "e" + std::to_string(ports.size() - 1);
    for (const auto& address : addresses) {
      auto slash = address.find('/');
      ports.back().addresses.push_back({parse_ip(address.substr(0, slash)).value(),
                                        static_cast<std::uint8_t>(std::stoi(address.substr(slash + 1)))});
    }
    return ports.size() - 1;
  }

  /// A link between new ports; returns its index.
  std::size_t link(std::size_t a, const std::vector<std::string>& a_addresses, std::size_t b,
                   const std::vector<std::string>& b_addresses, TimeNs delay = microseconds(5)) {
    Link link;
    link.ends = {PortRef{a, port(a, a_addresses)}, PortRef{b, port(b, b_addresses)}};
    link.directions[0].delay = link.directions[1].delay = delay;
    links.push_back(link);
    return links.size() - 1;
  }
};

}  // namespace lisper::model
