#pragma once

#include "program/exit_code.h"
#include "sim/command_line.h"

namespace lisper::sim {

/// `--runs`: the scenario with successive seeds, each in a process of its own and a folder seed-N of the
/// output folder, then runs.json and a table of estimates. ns-3 allows one simulation a process.
[[nodiscard]] ExitCode run_many(const CommandLine& line);

}  // namespace lisper::sim
