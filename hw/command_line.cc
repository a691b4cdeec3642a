#include "hw/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "program/arguments.h"

namespace lisper::hw {

namespace {

constexpr const char* kFooter =
    "Every port of the node needs a device: the pci address that the scenario gives it, or a --bind.\n"
    "\n"
    "  lisper-hw scenarios/mesh.json --node site04\n"
    "  lisper-hw scenarios/mesh.json --node site04 --bind e0=net_af_packet0,iface=eth1 --bind e03=net_tap0,iface=lan\n"
    "  lisper-hw doctor                what this machine lacks, and how to mend it\n"
    "  lisper-ctl show ports           what a running node does\n"
    "\n"
    "Devices are DPDK's: net_af_packet0,iface=IF  net_tap0,iface=IF  net_pcap0,rx_pcap=F,tx_pcap=F\n"
    "net_memif0,role=server,socket=F  net_ring0  net_null0  0000:01:00.0\n"
    "\n"
    "Exit codes: 0 stopped by SIGINT or SIGTERM, 2 bad input, 3 the machine lacks something, 4 internal error.\n";

struct Options {
  std::vector<std::string> binds;
  std::string spread = "auto";
  std::string idle = "poll";
  std::string log_format = "text";
  std::string eal;
};

void add_options(CLI::App& app, CommandLine& line, Options& options) {
  app.add_option("SCENARIO", line.scenario, "The scenario file")->required();
  app.add_option("--node", line.node, "The LISPER to be")->required()->type_name("NAME");
  app.add_option("--bind", options.binds, "Device under a port of the node; may be repeated")
      ->type_name("PORT=DEVICE")
      ->allow_extra_args(false);
  add_overrides(app, line.overrides);
  app.add_option("--workers", line.workers, "Forwarding threads, one queue pair of each port each")
      ->type_name("N")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--cpus", line.cpus, "CPUs of the workers [all but the first, if there are enough]")
      ->type_name("CPU,...")
      ->delimiter(',');
  app.add_option("--spread", options.spread,
                 "How flows come to workers: by the NIC's hash, or by the frames inside tunnels [inner, if several]")
      ->check(CLI::IsMember({"auto", "nic", "inner"}));
  app.add_option("--idle", options.idle, "What an idle worker does: poll takes a CPU, sleep up to 1 ms to wake up")
      ->check(CLI::IsMember({"poll", "sleep"}))
      ->capture_default_str();
  app.add_option("--descriptors", line.descriptors, "Of each queue")
      ->type_name("N")
      ->check(CLI::Range(64, 4096))
      ->capture_default_str();
  app.add_flag("--no-huge", line.no_huge, "Do without huge pages");
  app.add_option("--ctl", line.ctl, "Socket for lisper-ctl [/run/lisper/NODE.sock]")->type_name("PATH");
  app.add_option("--metrics", line.metrics, "Serve Prometheus metrics there")->type_name("ADDRESS:PORT");
  app.add_option("--log-format", options.log_format, "Log on stderr for people, or one JSON object a line")
      ->check(CLI::IsMember({"text", "json"}));
  app.add_option("--eal", options.eal, "More arguments for DPDK's EAL, separated by spaces")->type_name("ARGUMENTS");
  app.add_flag("--verbose", line.verbose, "Let DPDK log as well");
}

}  // namespace

tl::expected<CommandLine, ExitCode> parse_command_line(int argc, char** argv) {
  CommandLine line;
  Options options;
  CLI::App app("Runs a LISPER of a scenario on network cards, by DPDK.", "lisper-hw");
  app.set_version_flag("--version", "lisper-hw " LISPER_VERSION);
  app.footer(kFooter);
  add_options(app, line, options);
  if (const auto parsed = parse(app, argc, argv); !parsed) return tl::unexpected(parsed.error());
  for (const std::string& bind : options.binds) {
    const auto equals = bind.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == bind.size())
      return refuse(app.get_name(), fmt::format("--bind {}: expected PORT=DEVICE, such as e0=net_tap0", bind));
    if (!line.devices.emplace(bind.substr(0, equals), bind.substr(equals + 1)).second)
      return refuse(app.get_name(), fmt::format("--bind {}: the port has a device already", bind));
  }
  if (!line.cpus.empty() && line.cpus.size() != line.workers)
    return refuse(app.get_name(), fmt::format("--cpus names {} CPUs for {} workers", line.cpus.size(), line.workers));
  if (options.spread == "nic") line.spread = Spread::kNic;
  if (options.spread == "inner") line.spread = Spread::kInner;
  line.idle = options.idle == "sleep" ? Idle::kSleep : Idle::kPoll;
  line.json_log = options.log_format == "json";
  line.eal = CLI::detail::split_up(options.eal);
  return line;
}

}  // namespace lisper::hw
