#include "hw/ctl/client/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>

#include "program/arguments.h"

namespace lisper::hw::ctl {

namespace {

constexpr const char* kFooter = R"(
Examples:
  lisper-ctl show ports                     of the only node that runs
  lisper-ctl --node site04 show drops       what was lost, where and why
  lisper-ctl show workers --watch 1
  lisper-ctl show fib --rows 20 --json
  lisper-ctl trace 10 --port e0             the next ten packets of e0, each step explained
  lisper-ctl look-up 251 02:00:00:00:00:01  where a frame to this MAC goes

Exit codes: 0 ok, 2 bad input, or refused by the node, 3 no node to talk to, 4 internal error,
130 interrupted.)";

const std::map<std::string, View> kViews = {
    {"status", View::kStatus},         {"ports", View::kPorts},       {"sessions", View::kSessions},
    {"neighbours", View::kNeighbours}, {"fib", View::kFib},           {"map-cache", View::kMapCache},
    {"groups", View::kGroups},         {"bindings", View::kBindings}, {"drops", View::kDrops},
    {"control", View::kControl},       {"workers", View::kWorkers}};

void add_show(CLI::App& app, CommandLine& line, std::string& view) {
  CLI::App& show = *app.add_subcommand("show", "Show a part of the node's state");
  show.add_option("what", view,
                  "status, ports, sessions, neighbours, fib, map-cache, groups, bindings, drops, control or workers")
      ->required()
      ->type_name("WHAT");
  show.add_flag("--json", line.json, "One line of JSON instead of a table");
  show.add_flag("--all", line.all, "show drops: also the counters that are zero");
  show.add_option("--rows", line.rows, "fib, map-cache, groups and bindings: at most so many [1000]")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{0}, kMaxRows));
  show.add_option("--watch", line.watch, "Again and again, with this pause [s], until interrupted")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 86'400.0));
  show.callback([&line] { line.command = CommandLine::Command::kShow; });
}

void add_others(CLI::App& app, CommandLine& line, std::string& mac) {
  app.add_subcommand("clear", "Set all counters to zero")->callback([&line] {
    line.command = CommandLine::Command::kClear;
  });

  CLI::App& trace = *app.add_subcommand("trace", "Show the next packets and what is decided about them");
  trace.add_option("count", line.trace.count, "How many")->required()->type_name("N")->check(CLI::Range(1u, kMaxTrace));
  trace.add_option("--port", line.trace.port, "Only packets that arrive here")->type_name("PORT");
  trace.add_flag("--json", line.json, "A line of JSON for each packet");
  trace.callback([&line] { line.command = CommandLine::Command::kTrace; });

  CLI::App& look_up = *app.add_subcommand("look-up", "Where a frame goes");
  look_up.add_option("iid", line.look_up.iid.value, "Instance ID")->required()->type_name("IID");
  look_up.add_option("mac", mac, "Destination MAC address")->required()->type_name("MAC");
  look_up.add_flag("--json", line.json, "One line of JSON");
  look_up.callback([&line] { line.command = CommandLine::Command::kLookUp; });
}

}  // namespace

tl::expected<CommandLine, ExitCode> parse_command_line(int argc, char** argv) {
  CommandLine line;
  std::string view, mac;
  CLI::App app("Asks a running lisper-hw what it does.", "lisper-ctl");
  app.set_version_flag("--version", "lisper-ctl " LISPER_VERSION);
  app.require_subcommand(1);
  app.footer(kFooter);
  auto* socket = app.add_option("--socket", line.socket, "Control socket of the node")->type_name("PATH");
  app.add_option("--node", line.node, "The node's name [the only one that runs]")->type_name("NAME")->excludes(socket);
  add_show(app, line, view);
  add_others(app, line, mac);
  if (const auto parsed = parse(app, argc, argv); !parsed) return tl::unexpected(parsed.error());
  if (line.command == CommandLine::Command::kShow) {
    const auto known = kViews.find(view);
    if (known == kViews.end()) return refuse(app.get_name(), fmt::format("there is no \"{}\" to show", view));
    line.view = known->second;
  }
  if (line.command == CommandLine::Command::kLookUp) {
    const auto address = parse_mac(mac);
    if (!address) return refuse(app.get_name(), fmt::format("{} is not a MAC address", mac));
    line.look_up.mac = *address;
  }
  return line;
}

}  // namespace lisper::hw::ctl
