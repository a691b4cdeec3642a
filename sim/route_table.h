#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "core/base/hash.h"
#include "model/plan.h"

namespace lisper::sim {

/// Longest-prefix match over the routes and the on-link prefixes of a router.
class RouteTable {
 public:
  struct Hop {
    std::size_t port = 0;
    IpAddress via;  ///< unspecified: the destination itself is on the link
  };

  RouteTable(const std::vector<model::Route>& routes, const std::vector<model::Port>& ports);

  /// Equal-cost hops of the longest matching prefix; empty: no route.
  [[nodiscard]] const std::vector<Hop>& find(const IpAddress& destination) const;

 private:
  struct Hash {
    std::size_t operator()(const IpAddress& ip) const noexcept {
      const auto* octets = ip.v6().octets.data();
      return mix(load<std::uint64_t>(octets) ^ kHashMultiplier, load<std::uint64_t>(octets + 8) ^ 0xa0761d6478bd642f);
    }
  };
  struct Level {
    std::uint8_t length;  ///< [bits] of 128
    std::unordered_map<IpAddress, std::vector<Hop>, Hash> routes;
  };
  void add(const IpAddress& prefix, std::uint8_t length, std::vector<Hop> hops);

  std::vector<Level> levels_;  ///< longest first
  std::vector<Hop> none_;
};

}  // namespace lisper::sim
