// lisper-lab: scenarios out of real parts on one machine.

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "lab/commands.h"
#include "program/progress.h"

namespace lisper::lab {

namespace {

ExitCode carry_out(const CommandLine& line) {
  // The output of tools is read here, and their numbers have points.
  if (line.command != CommandLine::Command::kExec) {
    setenv("LC_ALL", "C", 1);
    catch_interrupts();
  }
  switch (line.command) {
    case CommandLine::Command::kUp:
      return up(line);
    case CommandLine::Command::kRun:
      return run_scenario(line);
    case CommandLine::Command::kExec:
      return exec(line);
    case CommandLine::Command::kList:
      return list(line);
    case CommandLine::Command::kDown:
      return down(line);
    case CommandLine::Command::kCompare:
      return compare_runs(line);
  }
  return ExitCode::kInternal;
}

}  // namespace

}  // namespace lisper::lab

int main(int argc, char** argv) {
  using lisper::ExitCode;
  try {
    const auto line = lisper::lab::parse_command_line(argc, argv);
    auto code = line ? lisper::lab::carry_out(*line) : line.error();
    if (std::fflush(stdout) != 0 && code == ExitCode::kOk) code = ExitCode::kEnvironment;
    return static_cast<int>(code);
  } catch (const std::exception& error) {
    fmt::print(stderr, "lisper-lab: internal error: {}\n", error.what());
    return static_cast<int>(ExitCode::kInternal);
  }
}
