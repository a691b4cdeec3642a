#pragma once

#include <filesystem>

#include "model/plan.h"
#include "model/problems.h"
#include "model/scenario.h"

namespace lisper::model {

/// Names -> indices, defaults, derived MACs and addresses, routes, layout. Files that the scenario
/// names are looked for beside `file`. The plan is whole only if `problems` has no errors.
[[nodiscard]] Plan resolve(Scenario scenario, const std::filesystem::path& file, Problems& problems);

}  // namespace lisper::model
