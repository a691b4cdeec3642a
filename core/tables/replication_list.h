#pragma once

#include <algorithm>
#include <compare>
#include <span>
#include <vector>

#include "core/base/ids.h"

namespace lisper {

/// In a replication list with levels: a LISPER that gets from us what we get from LISPERs.
struct Relay {
  LocationId to;
  /// Who gets it by way of `to`, and `to` itself; sorted. What comes from these they have already.
  std::vector<LocationId> behind;

  friend auto operator<=>(const Relay&, const Relay&) = default;
};

/// Who gets a copy of a frame: all `locations`, if it comes from a local one; if it comes from a LISPER, the local ones
/// of them, and those that it is relayed to.
struct ReplicationList {
  std::vector<LocationId> locations;
  std::vector<Relay> relays{};  ///< by `to`, each of which is one of `locations`; none: everything is on one level

  friend auto operator<=>(const ReplicationList&, const ReplicationList&) = default;
};

/// True if `to` gets what comes from the LISPER `ingress`.
[[nodiscard]] inline bool relayed(std::span<const Relay> relays, LocationId ingress, LocationId to) noexcept {
  const auto relay = std::ranges::lower_bound(relays, to, {}, &Relay::to);
  return relay != relays.end() && relay->to == to && !std::ranges::binary_search(relay->behind, ingress);
}

}  // namespace lisper
