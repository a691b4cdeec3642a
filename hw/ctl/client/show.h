#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "hw/status.h"
#include "report/table.h"

namespace lisper::hw::ctl {

enum class View : std::uint8_t {
  kStatus,
  kPorts,
  kSessions,
  kNeighbours,
  kFib,
  kMapCache,
  kGroups,
  kBindings,
  kDrops,
  kControl,
  kWorkers,
};

struct ShowStyle {
  report::TableStyle table;
  bool all = false;  ///< drops: zero ones too
};

/// A part of the status for a person.
[[nodiscard]] std::string show(View view, const Status& status, const ShowStyle& style);

/// The same part for a machine.
[[nodiscard]] nlohmann::ordered_json select(View view, const Status& status, bool all_drops);

}  // namespace lisper::hw::ctl
