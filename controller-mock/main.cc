#include <fmt/format.h>
#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "controller-mock/server.h"
#include "model/load.h"
#include "program/arguments.h"
#include "program/exit_code.h"
#include "program/file_descriptor.h"

namespace {

using namespace lisper;

constexpr int kLongestWaitMs = 60'000;

ExitCode run(int argc, char** argv) {
  CLI::App app("Serves a scenario's mappings to LISPERs over their control and punt sockets.", "lisper-controller");
  std::string scenario;
  std::vector<std::string> names;
  std::vector<model::Override> overrides;
  double speed = 1;
  bool verbose = false;
  app.add_option("SCENARIO", scenario, "The scenario file")->required();
  app.add_option("--node", names, "Serve only this LISPER; may be repeated")->type_name("NAME");
  add_overrides(app, overrides);
  app.add_option("--speed", speed, "How many times faster the scenario's time runs")
      ->type_name("FACTOR")
      ->check(CLI::Range(1e-3, 1e6));
  app.add_flag("--verbose", verbose, "Show every message on stderr");
  if (const auto parsed = parse(app, argc, argv); !parsed) return parsed.error();
  spdlog::set_default_logger(spdlog::stderr_color_mt("lisper-controller"));
  spdlog::set_pattern("%H:%M:%S.%e %^%l%$ %v");
  spdlog::set_level(verbose ? spdlog::level::debug : spdlog::level::info);

  auto loaded = model::load_scenario(scenario, overrides);
  if (!loaded) {
    fmt::print(stderr, "{}", loaded.error().render());
    return ExitCode::kBadInput;
  }
  fmt::print(stderr, "{}", loaded->warnings.render());
  const auto& plan = loaded->plan;
  if (!plan.controller.present) {
    fmt::print(stderr, "{}: error: the scenario has no controller\n", scenario);
    return ExitCode::kBadInput;
  }
  std::vector<std::size_t> nodes;
  for (const auto& name : names) {
    auto node = std::ranges::find(plan.nodes, name, &model::Node::name);
    if (node == plan.nodes.end()) {
      fmt::print(stderr, "{}: error: --node {}: no such node\n", scenario, name);
      return ExitCode::kBadInput;
    }
    nodes.push_back(static_cast<std::size_t>(node - plan.nodes.begin()));
  }

  controller::Server server(plan, nodes, speed);
  if (server.size() == 0) {
    fmt::print(stderr, "{}: error: no LISPER to serve has a control_sock or punt_sock\n", scenario);
    return ExitCode::kBadInput;
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  const FileDescriptor signal_fd(signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));

  if (auto started = server.start(); !started) {
    fmt::print(stderr, "lisper-controller: error: {}\n", started.error().message);
    return ExitCode::kEnvironment;
  }
  spdlog::info("serving {} LISPERs of {}", server.size(), plan.name);
  signalfd_siginfo signal{};
  while (::read(signal_fd.get(), &signal, sizeof signal) != sizeof signal)
    server.run_once(kLongestWaitMs, signal_fd.get());
  const auto& counters = server.counters();
  spdlog::info("had {} messages to send; received {} punts, {} of them ignored", counters.sent, counters.punts,
               counters.punts_ignored);
  return signal.ssi_signo == SIGINT ? ExitCode::kInterrupted : ExitCode::kOk;
}

}  // namespace

int main(int argc, char** argv) { return static_cast<int>(run(argc, argv)); }
