#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/control/control_plane.h"
#include "core/forward/shard.h"
#include "core/tables/tables.h"
#include "report/result.h"

namespace lisper::report {

/// What a body's core holds, as far as results are made from it.
struct CoreView {
  const LisperConfig& config;
  const Tables& tables;
  const ControlPlane& control;
  std::span<const TrafficCounters> ports;     ///< by PortId, summed over the shards
  std::span<const TrafficCounters> networks;  ///< by NetworkId, [0] not known; summed over the shards
};

/// Counters, sizes and the FIB, but not the name and kind. Of a FIB larger than `rows`, some rows.
[[nodiscard]] NodeResult node_result(const CoreView& core, TimeNs now, std::size_t rows = SIZE_MAX);

/// What (IID, MAC) leads to, as model::TableExpectation spells it.
[[nodiscard]] TableRow look_up(const LisperConfig& config, const Tables& tables, Iid iid, const MacAddress& mac,
                               TimeNs now);

/// A place that frames go to: "interface e03", "tunnel fd80:1::2 session 1", "lisper fd80:8::2".
[[nodiscard]] std::string name_of(const LisperConfig& config, const Tables& tables, LocationId location);

/// Each counter that is not zero, by name.
[[nodiscard]] Counters to_counters(const TrafficCounters& counters);
[[nodiscard]] Counters to_counters(const ControlCounters& counters);

}  // namespace lisper::report
