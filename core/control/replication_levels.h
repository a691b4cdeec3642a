#pragma once

#include <span>
#include <vector>

#include "core/base/ids.h"
#include "core/control/map_cache_message.h"
#include "core/tables/replication_list.h"
#include "core/tables/tables.h"

namespace lisper {

/// A LISPER's part in a replication list with levels (RFC 8060 4.6). `locations` are those who would get a copy if all
/// LISPERs of `rles` were on one level; if they are, that is all there is to it.
///
/// Of each level, in the order of addresses, member n is served by member n modulo their number of the level below, so
/// that every LISPER that is told the same list sees the same tree. Frames from local places go to the lowest level, to
/// whom we serve, and to whom they would otherwise come to us by way of, because those leave us out. What comes from a
/// LISPER is passed on to whom we serve, but for the way back to where it came from. So the level rises with each step
/// but the first, and every member is reached once.
[[nodiscard]] ReplicationList serve_levels(const Tables& tables, NetworkId network, std::span<const RlocRecord> rles,
                                           std::vector<LocationId> locations);

}  // namespace lisper
