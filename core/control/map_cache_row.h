#pragma once

#include <algorithm>
#include <span>

#include "core/control/control_plane.h"
#include "core/control/map_cache_message.h"

namespace lisper {

/// Fills in what a row tells of an entry's locators.
inline void add_rlocs(std::span<const RlocRecord> rlocs, bool replicate, ControlPlane::MapCacheRow& row) {
  row.replicate = replicate;
  const auto off_level = [&](const RlocRecord& record) { return record.level != rlocs.front().level; };
  const bool levels = std::ranges::any_of(rlocs, off_level);
  for (const RlocRecord& record : rlocs) {
    row.rlocs.push_back(record.rloc);
    if (levels) row.levels.push_back(record.level);
    for (const SecretKey& secret : record.keys) row.keys.push_back({record.rloc, secret.summary()});
  }
}

}  // namespace lisper
