#include "sim/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>
#include <thread>

#include "program/arguments.h"

namespace lisper::sim {

namespace {

constexpr const char* kFooter = R"(
Examples:
  lisper-sim scenarios/mesh.json                   run it; results in runs/mesh-1/
  lisper-sim scenarios/mesh.json --seed 7 --json   the whole result as JSON on stdout
  lisper-sim run scenarios/mesh.json --set 'links[0].loss=0.01' --set end=30s
  lisper-sim run scenarios/mesh.json --runs 20     twenty seeds; mean and 95 % confidence
  lisper-sim validate scenarios/mesh.json          every problem, with line and column
  lisper-sim graph scenarios/clos.json --svg > clos.svg
  lisper-sim report runs/mesh-1                    make the HTML report again

Exit codes: 0 ok, 1 an expectation failed, 2 bad input, 3 files cannot be written,
4 internal error, 130 interrupted.)";

constexpr const char* kRunFooter = R"(
A run writes its folder whole or not at all: result.json, report.html, flows.csv, links.csv,
events.jsonl, and a capture of every interface in pcap/. The same scenario and seed give the
same bytes.

Examples:
  lisper-sim run scenarios/mesh.json --out /tmp/mesh
  lisper-sim run scenarios/mesh.json --set 'links[3].directions[0].delay=10ms' --no-pcap)";

bool is_command(std::string_view word) {
  return word == "run" || word == "validate" || word == "graph" || word == "report";
}

/// What the options say, before it is put together.
struct Options {
  CommandLine line;
  std::optional<std::uint64_t> seed;
  bool no_captures = false;
};

void add_scenario(CLI::App& command, Options& options) {
  command.add_option("scenario", options.line.scenario, "Scenario file (JSON)")->required();
  add_overrides(command, options.line.overrides);
}

void add_run(CLI::App& app, Options& options) {
  CLI::App& run = *app.add_subcommand("run", "Simulate a scenario (the default command)");
  CommandLine& line = options.line;
  add_scenario(run, options);
  run.add_option("--out", line.out, "Folder for the results; an earlier run's is replaced [runs/NAME-SEED]")
      ->type_name("DIR");
  run.add_option("--seed", options.seed, "Of all randomness, instead of the scenario's")->type_name("N");
  run.add_option("--runs", line.runs, "Run with that many seeds, counting up, and estimate means")
      ->type_name("N")
      ->check(CLI::Range(1, 100'000));
  run.add_option("--jobs", line.jobs, "Runs at a time [number of processors]")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  run.add_flag("--no-pcap", options.no_captures, "Write no captures");
  run.add_flag("--json", line.json, "Result on stdout as JSON, instead of the flow table");
  run.add_flag("--quiet", line.quiet, "No table and no progress, only what went wrong");
  run.footer(kRunFooter);
  run.callback([&line] { line.command = CommandLine::Command::kRun; });
}

void add_others(CLI::App& app, Options& options) {
  CommandLine& line = options.line;
  CLI::App& validate = *app.add_subcommand("validate", "Check a scenario and report every problem");
  add_scenario(validate, options);
  validate.callback([&line] { line.command = CommandLine::Command::kValidate; });

  CLI::App& graph = *app.add_subcommand("graph", "Print the topology for Graphviz, or as a picture");
  add_scenario(graph, options);
  graph.add_flag("--svg", line.svg, "An SVG picture instead of DOT");
  graph.callback([&line] { line.command = CommandLine::Command::kGraph; });

  CLI::App& report = *app.add_subcommand("report", "Make the HTML report of a run folder again");
  report.add_option("folder", line.folder, "Run folder")->required();
  report.callback([&line] { line.command = CommandLine::Command::kReport; });
}

}  // namespace

tl::expected<CommandLine, ExitCode> parse_command_line(int argc, char** argv) {
  Options options;
  options.line.jobs = std::max(std::thread::hardware_concurrency(), 1u);
  CLI::App app(
      "Simulates networks of LISPERs: Ethernet over L2TPv3 over IP, with LISP's separation of names and places.",
      "lisper-sim");
  app.set_version_flag("--version", "lisper-sim " LISPER_VERSION);
  app.require_subcommand(1);
  app.footer(kFooter);
  add_run(app, options);
  add_others(app, options);

  std::vector<std::string> arguments(argv + 1, argv + argc);
  constexpr std::string_view kOwnFlags[] = {"-h", "--help", "--version"};
  const bool own_flag =
      !arguments.empty() && std::find(std::begin(kOwnFlags), std::end(kOwnFlags), arguments[0]) != std::end(kOwnFlags);
  if (!arguments.empty() && !own_flag && !is_command(arguments[0])) arguments.insert(arguments.begin(), "run");
  if (const auto parsed = parse(app, std::move(arguments)); !parsed) return tl::unexpected(parsed.error());

  options.line.captures = !options.no_captures;
  std::vector<model::Override>& overrides = options.line.overrides;
  if (options.seed) overrides.insert(overrides.begin(), {"seed", std::to_string(*options.seed)});
  return options.line;
}

}  // namespace lisper::sim
