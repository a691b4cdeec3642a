#pragma once

#include "lab/command_line.h"
#include "program/exit_code.h"

namespace lisper::lab {

// Each carries out one command; what goes wrong is printed to stderr.

[[nodiscard]] ExitCode up(const CommandLine& line);
[[nodiscard]] ExitCode run_scenario(const CommandLine& line);
/// Returns only if the program cannot be run.
[[nodiscard]] ExitCode exec(const CommandLine& line);
[[nodiscard]] ExitCode list(const CommandLine& line);
[[nodiscard]] ExitCode down(const CommandLine& line);
[[nodiscard]] ExitCode compare_runs(const CommandLine& line);

}  // namespace lisper::lab
