#include "replay/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>

#include "program/arguments.h"

namespace lisper::replay {

namespace {

constexpr const char* kFooter = R"(
Each frame of the captures comes in at its port at its own time, the first one a second after the
start; the scenario's controller and link events take place meanwhile. Frames that the node itself
had sent are left out. All bodies get the same calls at the same times, and what they put out at
each port is compared byte by byte, in order.

With a modelled 82599 (it needs root and free huge pages), short frames are padded as on a wire in
all bodies.

Examples:
  lisper-replay scenarios/capture.json --node v6-2 --in e0=scenarios/captures/qemu-v6.pcap
  lisper-replay scenarios/capture.json --node site04 --in e03=scenarios/captures/site04-lan.pcap \
      --filter e03='ether src 00:00:00:00:aa:03' --out /tmp/replay
  lisper-replay scenarios/mesh.json --node site04 --generate 5000 --mutate 0.2 --seed 7
  lisper-replay S --node N --in e0=x.pcap --mode sim --expect /tmp/replay/sim

  lisper-replay S --node N --in e0=x.pcap --mode all --eal --force-max-simd-bitwidth=64
                                                               the scalar paths of the card's driver

Exit codes: 0 no difference, 1 a difference, 2 bad input, 3 files cannot be written or DPDK does not
start, 4 internal error, 130 interrupted.)";

/// What the options say, before it is put together.
struct Options {
  CommandLine line;
  std::vector<std::string> captures, filters;
  double start_s = 1;
  bool no_stand_in = false;
  std::string eal;
};

void add_options(CLI::App& app, Options& options) {
  CommandLine& line = options.line;
  app.add_option("scenario", line.scenario, "Scenario file (JSON)")->required();
  app.add_option("--node", line.node, "The scenario's node that is replayed to")->required()->type_name("NAME");
  app.add_option("--in", options.captures, "What came in at a port: pcap or pcapng, Ethernet; may be repeated")
      ->type_name("PORT=FILE")
      ->allow_extra_args(false);
  app.add_option("--filter", options.filters, "Only what matches pcap-filter(7) comes in at a port")
      ->type_name("PORT=EXPR")
      ->allow_extra_args(false);
  const std::map<std::string, CommandLine::Mode> modes{{"sim", CommandLine::Mode::kSim},
                                                       {"hw", CommandLine::Mode::kHw},
                                                       {"nic", CommandLine::Mode::kNic},
                                                       {"both", CommandLine::Mode::kBoth},
                                                       {"all", CommandLine::Mode::kAll}};
  app.add_option("--mode", line.mode,
                 "Through ns-3 (sim), lisper-hw's workers on DPDK (hw), the same on a modelled 82599 (nic), sim and "
                 "hw, or all [both]")
      ->transform(CLI::CheckedTransformer(modes))
      ->type_name("MODE");
  app.add_option("--workers", line.workers, "Workers of the hw body; flows are spread over them [1]")
      ->type_name("N")
      ->check(CLI::Range(1, 16));
  app.add_option("--eal", options.eal, "More arguments for DPDK's EAL, separated by spaces")->type_name("ARGUMENTS");
  app.add_option("--out", line.out, "Folder for what came out: sim/PORT.pcap, hw/PORT.pcap, nic/PORT.pcap, replay.json")
      ->type_name("DIR");
  app.add_option("--expect", line.expect, "Compare with what an earlier replay put out, too: its DIR/sim or DIR/hw")
      ->type_name("DIR");
  add_overrides(app, line.overrides);
  app.add_option("--start", options.start_s, "When the first frame comes in [1]")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 86'400.0));
  app.add_flag("--no-stand-in", options.no_stand_in, "Nobody answers ND and ARP for the next hops but the captures");
  app.add_option("--generate", line.generate, "So many frames more, made up from the scenario")
      ->type_name("N")
      ->check(CLI::Range(0, 10'000'000));
  app.add_option("--mutate", line.mutate, "Spoil this share of all frames, 0..1")
      ->type_name("SHARE")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--seed", line.seed, "Of --generate and --mutate [1]")->type_name("N");
  app.add_flag("--json", line.json, "Result on stdout as JSON, instead of a table");
  app.add_flag("--quiet", line.quiet, "No table and no progress, only what differs");
}

/// Splits each "PORT=..." at the first "="; false if one has none, or nothing before it.
bool split(const std::vector<std::string>& texts, std::vector<std::pair<std::string, std::string>>& pairs) {
  for (const std::string& text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) return false;
    pairs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return true;
}

}  // namespace

tl::expected<CommandLine, ExitCode> parse_command_line(int argc, char** argv) {
  Options options;
  CLI::App app("Replays captures to one node of a scenario, in ns-3 and on DPDK, and compares what comes out.",
               "lisper-replay");
  app.set_version_flag("--version", "lisper-replay " LISPER_VERSION);
  app.footer(kFooter);
  add_options(app, options);
  if (const auto parsed = parse(app, argc, argv); !parsed) return tl::unexpected(parsed.error());
  CommandLine& line = options.line;
  if (!split(options.captures, line.captures)) return refuse(app.get_name(), "--in takes PORT=FILE");
  if (!split(options.filters, line.filters)) return refuse(app.get_name(), "--filter takes PORT=EXPR");
  if (line.captures.empty() && line.generate == 0)
    return refuse(app.get_name(), "nothing to replay: give --in or --generate");
  line.start = TimeNs{static_cast<std::int64_t>(options.start_s * 1e9)};
  line.eal = CLI::detail::split_up(options.eal);
  line.stand_in = !options.no_stand_in;
  return line;
}

}  // namespace lisper::replay
