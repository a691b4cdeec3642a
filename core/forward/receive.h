#pragma once

#include "core/forward/shard.h"
#include "core/forward/work.h"

namespace lisper {

/// The first stages: from packets to bare frames (kFrame) with their keys, and the table on its way into the cache. Of
/// the others the verdict is written.
void receive(Slice packets, Works& works, const Tables& tables, Shard& shard, TimeNs now) noexcept;

}  // namespace lisper
