// lisper-hw: a LISPER on network cards.

#include <fmt/format.h>
#include <rte_eal.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <string_view>

#include "hw/command_line.h"
#include "hw/ctl/metrics_server.h"
#include "hw/ctl/server.h"
#include "hw/ctl/socket_path.h"
#include "hw/doctor/command.h"
#include "hw/inspector.h"
#include "hw/log/log.h"
#include "hw/setup.h"
#include "model/load.h"

namespace lisper::hw {

namespace {

ExitCode give_up(ExitCode code, const std::string& message) {
  fmt::print(stderr, "lisper-hw: {}\n", message);
  return code;
}

/// SIGINT and SIGTERM, as something to wait on. Before any thread is made, which would take them otherwise.
int signal_descriptor() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

ExitCode forward(const CommandLine& line, const model::Plan& plan, const model::CoreNode& core, Node& node,
                 const Clock& clock, int signals) {
  auto sockets = ControllerSockets::open(core.control_sock, core.punt_sock);
  if (!sockets) return give_up(ExitCode::kEnvironment, sockets.error().message);
  Log log(line.json_log ? LogFormat::kJson : LogFormat::kText);
  Runner runner(
      node, *sockets, clock, line.idle,
      {.port_state =
           [&](const std::string& port, bool up) {
             log.info(up ? "port_up" : "port_down", {{"port", port}});
           },
       .controller =
           [&](bool connected) {
             log.info(connected ? "controller_connected" : "controller_gone", {{"socket", sockets->punt_path()}});
           }});
  Inspector inspector(node, *sockets, clock, {line.node, plan.name, LISPER_VERSION});
  const auto path = line.ctl.empty() ? socket_path(line.node) : line.ctl;
  auto server = ctl::Server::listen(path, inspector);
  if (!server) return give_up(ExitCode::kEnvironment, server.error().message);
  inspector.set_server(**server);
  runner.watch((*server)->fd(), [&] { (*server)->poll_once(); });
  runner.watch(signals, [&] { runner.stop(); });

  using namespace ctl;
  std::unique_ptr<MetricsServer> metrics;
  if (!line.metrics.empty()) {
    auto started = MetricsServer::start(line.metrics, [&] {
      Status status;
      runner.call([&] { status = inspector.status(0); });
      return status;
    });
    if (!started) return give_up(ExitCode::kEnvironment, started.error().message);
    metrics = *std::move(started);
  }
  const auto ran = runner.run([&] {
    log.info("ready",
             {{"scenario", plan.name}, {"node", line.node}, {"workers", node.workers()}, {"ctl", path.string()}});
  });
  if (!ran) return give_up(ExitCode::kEnvironment, ran.error().message);
  log.info("stopped", {});
  return ExitCode::kOk;
}

ExitCode run(const CommandLine& line) {
  const auto loaded = model::load_scenario(line.scenario, line.overrides);
  if (!loaded) {
    fmt::print(stderr, "{}", loaded.error().render());
    return ExitCode::kBadInput;
  }
  const model::Plan& plan = loaded->plan;
  const auto plan_node = std::ranges::find(plan.nodes, line.node, &model::Node::name);
  const model::CoreNode* core = find_core_node(plan, line.node);
  if (core == nullptr)
    return give_up(ExitCode::kBadInput,
                   fmt::format("{}: \"{}\" is no LISPER of this scenario", line.scenario.string(), line.node));
  const auto devices = choose_devices(*plan_node, line.devices);
  if (!devices) return give_up(ExitCode::kBadInput, devices.error().message);
  const NodeOptions options{.workers = line.workers,
                            .spread = line.spread.value_or(line.workers > 1 ? Spread::kInner : Spread::kNic),
                            .descriptors = line.descriptors};
  const auto environment = choose_environment(line, *core, *devices, options);
  if (!environment) return give_up(ExitCode::kEnvironment, environment.error().message);

  const int signals = signal_descriptor();
  if (auto ok = start_eal(*environment); !ok) return give_up(ExitCode::kEnvironment, ok.error().message);
  ExitCode code = ExitCode::kInternal;
  {
    const Clock clock;
    auto node = Node::create(*core, *devices, options);
    code = node ? forward(line, plan, *core, **node, clock, signals)
                : give_up(ExitCode::kEnvironment, node.error().message);
  }
  rte_eal_cleanup();
  close(signals);
  return code;
}

}  // namespace

}  // namespace lisper::hw

int main(int argc, char** argv) {
  using lisper::ExitCode;
  try {
    if (argc > 1 && std::string_view(argv[1]) == "doctor")
      return static_cast<int>(lisper::hw::doctor::command(argc - 1, argv + 1));
    const auto line = lisper::hw::parse_command_line(argc, argv);
    return static_cast<int>(line ? lisper::hw::run(*line) : line.error());
  } catch (const std::exception& error) {
    fmt::print(stderr, "lisper-hw: internal error: {}\n", error.what());
    return static_cast<int>(ExitCode::kInternal);
  }
}
