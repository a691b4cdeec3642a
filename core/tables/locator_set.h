#pragma once

#include <array>
#include <span>
#include <vector>

#include "core/tables/delta.h"
#include "core/tables/location.h"

namespace lisper {

/// A locator set as the fast path uses it: flows hash into buckets, each of which holds one location.
struct LocatorSet {
  static constexpr std::size_t kBuckets = 64;
  std::array<LocationId, kBuckets> buckets{};  ///< kNoLocation: no usable locator
  std::vector<Locator> locators;

  [[nodiscard]] LocationId pick(std::uint32_t flow_hash) const noexcept {
    return buckets[(flow_hash >> 16) % kBuckets];
  }
};

/// Spreads the buckets over the locators, by what `locations` says is up. RFC 9301 5.4: of the usable
/// locators only those with the lowest priority are used, 255 never, and weights share the flows; all
/// weights zero means equal shares.
///
/// Which buckets a locator owns does not depend on which others are up: a failure moves only the flows
/// of the failed one, and its return moves only those back.
void fill_buckets(LocatorSet& set, std::span<const Location> locations);

}  // namespace lisper
