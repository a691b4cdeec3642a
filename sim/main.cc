// lisper-sim: networks of LISPERs in simulated time.

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "program/progress.h"
#include "report/graph.h"
#include "report/json.h"
#include "report/run_folder.h"
#include "report/table.h"
#include "sim/command_line.h"
#include "sim/job.h"
#include "sim/many_runs.h"

namespace lisper::sim {

namespace {

report::TableStyle style_of(FILE* stream) {
  return {.colour = isatty(fileno(stream)) != 0 && std::getenv("NO_COLOR") == nullptr, .rows = {}};
}

ExitCode run_once(const CommandLine& line) {
  const auto done = execute({line.scenario, line.overrides, line.out, line.captures, line.quiet});
  if (!done) return done.error();
  const report::RunResult& result = done->result;
  const bool passed = done->exit_code() == ExitCode::kOk;
  if (line.json) {
    fmt::print("{}", report::to_text(result));
  } else if (!line.quiet) {
    fmt::print("{}{}", report::flow_table(result, style_of(stdout)),
               report::expectation_summary(result, style_of(stdout)));
  }
  if (!passed && (line.json || line.quiet))
    fmt::print(stderr, "{}", report::expectation_summary(result, style_of(stderr)));
  std::fflush(stdout);
  if (!line.quiet) fmt::print(stderr, "Results in {}\n", done->folder.string());
  return done->exit_code();
}

ExitCode validate(const CommandLine& line) {
  const auto loaded = load(line.scenario, line.overrides);
  if (!loaded) return loaded.error();
  const model::Plan& plan = loaded->plan;
  fmt::print("{}: {} nodes, {} links, {} flows, {} expectations\n", line.scenario.string(), plan.nodes.size(),
             plan.links.size(), plan.flows.size(), plan.expectations.size());
  return ExitCode::kOk;
}

ExitCode graph(const CommandLine& line) {
  const auto loaded = load(line.scenario, line.overrides);
  if (!loaded) return loaded.error();
  fmt::print("{}", line.svg ? report::svg(loaded->plan) : report::dot(loaded->plan));
  return ExitCode::kOk;
}

ExitCode rebuild(const CommandLine& line) {
  if (auto rebuilt = report::rebuild_report(line.folder); !rebuilt) {
    fmt::print(stderr, "lisper-sim: {}\n", rebuilt.error().message);
    return ExitCode::kBadInput;
  }
  fmt::print("{}\n", (line.folder / "report.html").string());
  return ExitCode::kOk;
}

ExitCode carry_out(const CommandLine& line) {
  switch (line.command) {
    case CommandLine::Command::kRun:
      catch_interrupts();
      return line.runs > 1 ? run_many(line) : run_once(line);
    case CommandLine::Command::kValidate:
      return validate(line);
    case CommandLine::Command::kGraph:
      return graph(line);
    case CommandLine::Command::kReport:
      return rebuild(line);
  }
  return ExitCode::kInternal;
}

}  // namespace

}  // namespace lisper::sim

int main(int argc, char** argv) {
  using lisper::ExitCode;
  try {
    const auto line = lisper::sim::parse_command_line(argc, argv);
    auto code = line ? lisper::sim::carry_out(*line) : line.error();
    if (std::fflush(stdout) != 0 && code == ExitCode::kOk) code = ExitCode::kEnvironment;
    return static_cast<int>(code);
  } catch (const std::exception& error) {
    fmt::print(stderr, "lisper-sim: internal error: {}\n", error.what());
    return static_cast<int>(ExitCode::kInternal);
  }
}
