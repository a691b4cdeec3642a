#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/base/result.h"
#include "model/plan.h"

namespace lisper::lab {

/// What this kernel's traffic control can do.
struct ShapingAbilities {
  bool delay = false;  ///< the netem qdisc exists
};

/// Tries it out in a namespace that must exist and have an interface `lo`.
[[nodiscard]] ShapingAbilities probe_shaping(const std::string& netns);

/// Lines for `tc -batch` that let what leaves `interface` meet the rate, queue, loss and (if possible)
/// delay of a link's direction. Empty if it meets none of these.
[[nodiscard]] std::string shaping_commands(const std::string& interface, const model::LinkDirection& direction,
                                           ShapingAbilities abilities);

struct ShapingDrops {
  std::uint64_t queue_full = 0;
  std::uint64_t loss = 0;
};

/// Of each interface of the namespace that has been shaped, since the commands above.
[[nodiscard]] Result<std::map<std::string, ShapingDrops>> read_shaping_drops(const std::string& netns);

}  // namespace lisper::lab
