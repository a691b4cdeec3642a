#include "sim/route_table.h"

#include <algorithm>

namespace lisper::sim {

namespace {

IpAddress masked(const IpAddress& ip, std::uint8_t length) {
  Ipv6Address bits = ip.v6();
  for (std::size_t i = 0; i < bits.octets.size(); ++i) {
    const int keep = std::clamp(length - static_cast<int>(i) * 8, 0, 8);
    bits.octets[i] = static_cast<std::uint8_t>(bits.octets[i] & (0xff00u >> keep));
  }
  return bits;
}

/// Both families in 128 bits, IPv4 in its mapped form.
std::uint8_t mapped_length(const IpAddress& prefix, std::uint8_t length) {
  return prefix.is_v4() ? static_cast<std::uint8_t>(length + 96) : length;
}

}  // namespace

RouteTable::RouteTable(const std::vector<model::Route>& routes, const std::vector<model::Port>& ports) {
  for (std::size_t port = 0; port < ports.size(); ++port)
    for (const model::InterfaceAddress& address : ports[port].addresses)
      add(address.ip, mapped_length(address.ip, address.length), {Hop{port, IpAddress()}});
  for (const model::Route& route : routes) {
    std::vector<Hop> hops;
    for (const auto& hop : route.hops) hops.push_back({hop.port, hop.via});
    add(route.prefix, mapped_length(route.prefix, route.length), std::move(hops));
  }
}

void RouteTable::add(const IpAddress& prefix, std::uint8_t length, std::vector<Hop> hops) {
  auto level = std::find_if(levels_.begin(), levels_.end(), [&](const Level& l) { return l.length <= length; });
  if (level == levels_.end() || level->length != length) level = levels_.insert(level, Level{length, {}});
  auto& known = level->routes[masked(prefix, length)];
  known.insert(known.end(), hops.begin(), hops.end());
}

const std::vector<RouteTable::Hop>& RouteTable::find(const IpAddress& destination) const {
  for (const Level& level : levels_) {
    // The IPv6 default route is no default for IPv4.
    if (destination.is_v4() && level.length < 96) break;
    if (const auto found = level.routes.find(masked(destination, level.length)); found != level.routes.end())
      return found->second;
  }
  return none_;
}

}  // namespace lisper::sim
