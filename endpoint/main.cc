// lisper-endpoint: one node of a scenario, on the devices of a real machine.

#include <fmt/format.h>
#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>

#include "endpoint/command_line.h"
#include "endpoint/event_loop.h"
#include "endpoint/open_ports.h"
#include "model/load.h"
#include "report/result_fields.h"

namespace lisper::endpoint {

namespace {

ExitCode give_up(ExitCode code, const std::string& message) {
  fmt::print(stderr, "lisper-endpoint: error: {}\n", message);
  return code;
}

/// Who reads the file sees it whole, or the earlier one.
bool write_result(const std::filesystem::path& path, const report::NodeResult& result) {
  if (path.empty()) return true;
  const std::filesystem::path part = path.string() + ".part";
  std::ofstream file(part, std::ios::trunc);
  file << report::Writer::value(result).dump() << '\n';
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(part, path, error);
  if (file && !error) return true;
  spdlog::error("cannot write {}", path.string());
  return false;
}

ExitCode carry_out(const CommandLine& line) {
  const auto loaded = model::load_scenario(line.scenario, line.overrides);
  if (!loaded) {
    fmt::print(stderr, "{}", loaded.error().render());
    return ExitCode::kBadInput;
  }
  fmt::print(stderr, "{}", loaded->warnings.render());
  const auto& nodes = loaded->plan.nodes;
  const auto found = std::ranges::find(nodes, line.node, &model::Node::name);
  if (found == nodes.end())
    return give_up(ExitCode::kBadInput,
                   fmt::format("--node {}: {} has no such node", line.node, line.scenario.string()));
  const auto* plan = std::get_if<model::CoreNode>(&found->role);
  if (plan == nullptr)
    return give_up(ExitCode::kBadInput, fmt::format("--node {}: a {} forwards nothing by itself; an App's tunnel is "
                                                    "NAME.l2tp",
                                                    line.node, found->icon));
  if (!plan->control_sock.empty() || !plan->punt_sock.empty())
    return give_up(ExitCode::kBadInput,
                   fmt::format("--node {}: it has a controller, which takes a lisper-hw", line.node));

  auto ports = open_ports(line.node, plan->config, line.ports, line.captures);
  if (!ports) return give_up(ports.error().code, ports.error().message);
  auto node = Node::create(*plan, std::move(*ports));
  if (!node) return give_up(ExitCode::kBadInput, node.error().message);

  const auto report = [&] {
    report::NodeResult result = (*node)->result(monotonic_now());
    result.name = found->name;
    result.kind = found->icon;
    return write_result(line.result, result);
  };
  const auto signal = run(**node, report);
  if (!signal) return give_up(ExitCode::kEnvironment, signal.error().message);
  if (!report()) return ExitCode::kEnvironment;
  return *signal == SIGINT ? ExitCode::kInterrupted : ExitCode::kOk;
}

}  // namespace

}  // namespace lisper::endpoint

int main(int argc, char** argv) {
  using lisper::ExitCode;
  try {
    const auto line = lisper::endpoint::parse_command_line(argc, argv);
    if (!line) return static_cast<int>(line.error());
    spdlog::set_default_logger(spdlog::stderr_color_mt("lisper-endpoint"));
    spdlog::set_pattern("%H:%M:%S.%e " + line->node + " %^%l%$ %v");
    return static_cast<int>(lisper::endpoint::carry_out(*line));
  } catch (const std::exception& error) {
    fmt::print(stderr, "lisper-endpoint: internal error: {}\n", error.what());
    return static_cast<int>(ExitCode::kInternal);
  }
}
