#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "lab/hw_command.h"
#include "lab/shaping.h"
#include "model/plan.h"

namespace lisper::lab {

/// Whether this machine can build labs, and has the tools that the plan's traffic takes, and huge pages
/// for modelled cards. A failure says what is missing and how to get it.
[[nodiscard]] Result<void> check_machine(const model::Plan& plan, Nic nic);

/// What of this plan will be different here from what it says, a sentence each.
[[nodiscard]] std::vector<std::string> differences(const model::Plan& plan, ShapingAbilities abilities);

}  // namespace lisper::lab
