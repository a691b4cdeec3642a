#include "lab/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "program/arguments.h"

namespace lisper::lab {

namespace {

constexpr const char* kFooter = R"(
Examples:
  lisper-lab run scenarios/mesh.json             build it, let it happen, take it down; results in runs/mesh-lab/
  lisper-lab run scenarios/simple.json --apps vm the Apps are virtual machines
  lisper-lab run scenarios/mesh.json --nic 82599 LISPERs have modelled network cards
  lisper-lab compare runs/mesh-1 runs/mesh-lab   what the simulator found beside what the lab found
  lisper-lab up scenarios/mesh.json              build it, and leave it
  lisper-lab exec mesh node01 -- ping 10.0.0.2   a program on one of its hosts
  lisper-lab list                                what is up
  lisper-lab down mesh                           remove it, also what a killed run left behind

Needs root. Exit codes: 0 ok, 1 an expectation failed, 2 bad input, 3 the machine cannot do it,
4 internal error, 130 interrupted.)";

void add_scenario(CLI::App& command, CommandLine& line) {
  command.add_option("scenario", line.scenario, "Scenario file (JSON)")->required();
  add_overrides(command, line.overrides);
  command
      .add_option("--apps", line.apps,
                  "What an App's machine is: `namespace`, behind lisper-endpoint, or `vm`, a guest of QEMU [namespace]")
      ->type_name("KIND")
      ->transform(CLI::Transformer(
          std::map<std::string, Apps>{{"namespace", Apps::kNamespaces}, {"vm", Apps::kVirtualMachines}},
          CLI::ignore_case));
  command
      .add_option("--nic", line.nic,
                  "Under the ports of LISPERs: `82599`, a modelled card, on huge pages [the kernel's interfaces]")
      ->type_name("CARD")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Nic>{{"82599", Nic::k82599}}).description("82599"));
  command.add_option("--name", line.name, "Name of the lab [the scenario's]")
      ->type_name("NAME")
      ->check([](const std::string& name) {
        const bool fits = name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
                          std::string::npos;
        return fits ? std::string() : std::string("a lab's name has letters, digits, '-' and '_' only");
      });
}

void add_commands(CLI::App& app, CommandLine& line) {
  using Command = CommandLine::Command;
  CLI::App& up = *app.add_subcommand("up", "Build a scenario, and leave it standing");
  add_scenario(up, line);
  up.callback([&line] { line.command = Command::kUp; });

  CLI::App& run = *app.add_subcommand("run", "Build a scenario, let it happen, and remove it");
  add_scenario(run, line);
  run.add_option("--out", line.out, "Folder for the results; an earlier run's is replaced [runs/NAME-lab]")
      ->type_name("DIR");
  run.add_flag("--captures", line.captures, "Write a capture of every interface");
  run.add_flag("--json", line.json, "Result on stdout as JSON, instead of the flow table");
  run.add_flag("--quiet", line.quiet, "No table and no progress, only what went wrong");
  run.callback([&line] { line.command = Command::kRun; });

  CLI::App& exec = *app.add_subcommand("exec", "Run a program in a node of a lab that is up");
  exec.add_option("lab", line.scenario, "Name of the lab, or its scenario file")->required();
  exec.add_option("node", line.node, "Node, as the scenario names it")->required();
  exec.add_option("program", line.program, "Program and arguments, after --")->required();
  exec.callback([&line] { line.command = Command::kExec; });

  CLI::App& list = *app.add_subcommand("list", "What is up");
  list.add_flag("--json", line.json, "As JSON");
  list.callback([&line] { line.command = Command::kList; });

  CLI::App& down = *app.add_subcommand("down", "Remove a lab and whatever is left of it");
  auto* lab = down.add_option("lab", line.scenario, "Name of the lab, or its scenario file");
  auto* all = down.add_flag("--all", line.all, "All labs");
  all->excludes(lab);
  down.callback([&line] {
    if (line.scenario.empty() && !line.all) throw CLI::RequiredError("lab, or --all,");
    line.command = Command::kDown;
  });

  CLI::App& compare = *app.add_subcommand("compare", "Lay two results side by side");
  compare.add_option("a", line.a, "Run folder, or result.json")->required();
  compare.add_option("b", line.b, "Run folder, or result.json")->required();
  compare.add_flag("--json", line.json, "As JSON");
  compare.callback([&line] { line.command = Command::kCompare; });
}

}  // namespace

tl::expected<CommandLine, ExitCode> parse_command_line(int argc, char** argv) {
  CommandLine line;
  CLI::App app("Builds scenarios on this machine from network namespaces, real programs and lisper-hw.", "lisper-lab");
  app.set_version_flag("--version", "lisper-lab " LISPER_VERSION);
  app.require_subcommand(1);
  app.footer(kFooter);
  add_commands(app, line);
  if (const auto parsed = parse(app, argc, argv); !parsed) return tl::unexpected(parsed.error());
  return line;
}

}  // namespace lisper::lab
