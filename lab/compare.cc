#include "lab/commands.h"
namespace lisper::lab {
ExitCode compare_runs(const CommandLine&) { return ExitCode::kInternal; }
}  // namespace lisper::lab
