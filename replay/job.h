#pragma once

#include <tl/expected.hpp>

#include "program/exit_code.h"
#include "replay/command_line.h"
#include "replay/outcome.h"

namespace lisper::replay {

/// Loads the scenario and the captures, replays, compares, and writes the folder. What goes wrong is printed to
/// stderr; a difference is an outcome, not an error.
[[nodiscard]] tl::expected<Outcome, ExitCode> execute(const CommandLine& line);

}  // namespace lisper::replay
