// lisper-replay: captures through one node of a scenario, in ns-3 and on DPDK.

#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "program/progress.h"
#include "replay/command_line.h"
#include "replay/job.h"

namespace lisper::replay {

namespace {

ExitCode carry_out(const CommandLine& line) {
  catch_interrupts();
  const auto outcome = execute(line);
  if (!outcome) return outcome.error();
  if (line.json) {
    fmt::print("{}", to_json(*outcome));
  } else {
    fmt::print("{}{}", line.quiet ? "" : to_table(*outcome), differences(*outcome));
  }
  return outcome->same() ? ExitCode::kOk : ExitCode::kExpectationFailed;
}

}  // namespace

}  // namespace lisper::replay

int main(int argc, char** argv) {
  using lisper::ExitCode;
  try {
    const auto line = lisper::replay::parse_command_line(argc, argv);
    auto code = line ? lisper::replay::carry_out(*line) : line.error();
    if (std::fflush(stdout) != 0 && code == ExitCode::kOk) code = ExitCode::kEnvironment;
    return static_cast<int>(code);
  } catch (const std::exception& error) {
    fmt::print(stderr, "lisper-replay: internal error: {}\n", error.what());
    return static_cast<int>(ExitCode::kInternal);
  }
}
