#include "hw/doctor/command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <tl/expected.hpp>
#include <variant>

#include "hw/doctor/checks.h"
#include "hw/doctor/render.h"
#include "model/load.h"
#include "program/arguments.h"

namespace lisper::hw::doctor {

namespace {

constexpr const char* kFooter = R"(
Examples:
  lisper-hw doctor                                       what this machine can do
  lisper-hw doctor scenarios/mesh.json --node site04     and whether this node can run on it
  lisper-hw doctor --json

Exit codes: 0 it runs, 2 bad input, 3 something that it cannot do without is missing.)";

struct Arguments {
  std::string scenario;
  std::string node;
  unsigned workers = 1;
  bool json = false;
  std::string root = "/";
};

tl::expected<Arguments, ExitCode> parse(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Says what this machine has and lacks for lisper-hw, and how to mend it.", "lisper-hw doctor");
  app.footer(kFooter);
  auto* scenario = app.add_option("scenario", arguments.scenario, "Scenario file (JSON)");
  auto* node = app.add_option("--node", arguments.node, "The node to run")->type_name("NAME")->needs(scenario);
  scenario->needs(node);
  app.add_option("--workers", arguments.workers, "How many workers it is to have [1]")
      ->type_name("N")
      ->check(CLI::Range(1u, 64u));
  app.add_flag("--json", arguments.json, "JSON instead of a list");
  app.add_option("--root", arguments.root, "Where /sys, /proc and /dev of the machine are [/]")->type_name("DIR");
  if (const auto parsed = lisper::parse(app, argc, argv); !parsed) return tl::unexpected(parsed.error());
  return arguments;
}

tl::expected<Needs, ExitCode> read_needs(const Arguments& arguments) {
  Needs needs;
  needs.workers = arguments.workers;
  if (arguments.scenario.empty()) return needs;
  const auto loaded = model::load_scenario(arguments.scenario);
  if (!loaded) {
    fmt::print(stderr, "{}", loaded.error().render());
    return tl::unexpected(ExitCode::kBadInput);
  }
  const auto& nodes = loaded->plan.nodes;
  const auto node = std::ranges::find(nodes, arguments.node, &model::Node::name);
  if (node == nodes.end())
    return refuse("lisper-hw doctor", fmt::format("{} has no node \"{}\"", arguments.scenario, arguments.node));
  const auto* core = std::get_if<model::CoreNode>(&node->role);
  if (core == nullptr) return refuse("lisper-hw doctor", fmt::format("{} is no LISPER", arguments.node));
  needs.node = node->name;
  for (const PortConfig& port : core->config.ports) {
    // Of the scenario's ports, lisper-hw drives those of the core.
    const auto physical = std::ranges::find(node->ports, port.name, &model::Port::name);
    if (physical != node->ports.end()) needs.ports.push_back({physical->name, physical->pci, physical->mtu});
  }
  needs.control_sock = core->control_sock;
  needs.punt_sock = core->punt_sock;
  return needs;
}

}  // namespace

ExitCode command(int argc, char** argv) {
  const auto arguments = parse(argc, argv);
  if (!arguments) return arguments.error();
  const auto needs = read_needs(*arguments);
  if (!needs) return needs.error();
  const Checks checks = diagnose(Machine(arguments->root), *needs);
  const bool colour = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  fmt::print("{}", arguments->json ? to_json(checks) : to_text(checks, *needs, colour));
  return runs(checks) ? ExitCode::kOk : ExitCode::kEnvironment;
}

}  // namespace lisper::hw::doctor
