#pragma once

#include <filesystem>

#include "model/problems.h"
#include "model/scenario.h"

namespace lisper::model {

/// Writes out what `generate` and `import` stand for: routers, LISPER sites with their hosts and Apps,
/// links, and the controller's mappings, beside what the scenario has already.
void expand(Scenario& scenario, const std::filesystem::path& directory, Problems& problems);

}  // namespace lisper::model
