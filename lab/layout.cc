#include "lab/layout.h"

#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace lisper::lab {

namespace {

// Interfaces of every namespace, of a segment's bridge, and names with a meaning in /proc/sys/net.
constexpr std::array<std::string_view, 4> kTaken = {"lo", "bridge", "all", "default"};

/// As dev_valid_name() of the kernel wants it.
bool fits(std::string_view name) {
  return !name.empty() && name.size() < IFNAMSIZ && name.find_first_of("/: \t\n%") == std::string_view::npos &&
         name.front() != '.' && std::ranges::find(kTaken, name) == kTaken.end();
}

}  // namespace

Layout::Layout(std::string lab, const model::Plan& plan) : lab_(std::move(lab)), plan_(plan) {
  std::size_t sockets = 0;
  for (const model::Node& node : plan_.nodes) {
    first_socket_.push_back(sockets);
    sockets += node.ports.size();
  }
}

std::string Layout::netns(std::size_t node) const { return fmt::format("{}.{}", panel(), plan_.nodes[node].name); }

std::vector<std::string> Layout::all_netns() const {
  std::vector<std::string> names{panel()};
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i) names.push_back(netns(i));
  return names;
}

std::string Layout::interface(model::PortRef port) const {
  const std::string& name = plan_.nodes[port.node].ports[port.port].name;
  // Own names that begin so are replaced too: none can be the same as a replacement.
  return fits(name) && !name.starts_with("port") ? name : fmt::format("port{}", port.port);
}

std::string Layout::socket(model::PortRef port) const {
  return fmt::format("p{}", first_socket_[port.node] + port.port);
}

}  // namespace lisper::lab
