#include "endpoint/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "program/arguments.h"

namespace lisper::endpoint {

namespace {

constexpr const char* kFooter = R"(
An App's tunnel is the node NAME.l2tp, with the underlay's port and a port `vm`. A port that is not
named is not plugged in.

Example: the tunnel under vm1 of scenarios/simple.json, with a TAP device as its virtual machine
  lisper-endpoint scenarios/simple.json --node vm1.l2tp --port e0=packet:veth1 --port vm=tap:t0

SIGUSR1 writes the counters to the --result file; so does the end. SIGINT or SIGTERM ends the program.

Exit codes: 0 ok, 2 bad input, 3 no such device or no privilege, 4 internal error, 130 interrupted.)";

}  // namespace

Result<PortBinding> parse_port_binding(std::string_view text) {
  const auto equals = text.find('=');
  const auto colon = text.find(':', equals == text.npos ? 0 : equals);
  if (equals == text.npos || colon == text.npos || equals == 0 || colon + 1 == text.size())
    return fail("expected PORT=packet:DEVICE or PORT=tap:DEVICE");
  const auto kind = text.substr(equals + 1, colon - equals - 1);
  PortBinding binding;
  binding.port = text.substr(0, equals);
  binding.device = text.substr(colon + 1);
  if (kind == "tap") {
    binding.kind = PortBinding::Kind::kTap;
  } else if (kind != "packet") {
    return fail(fmt::format("\"{}\" is no kind of port; there are packet and tap", kind));
  }
  return binding;
}

tl::expected<CommandLine, ExitCode> parse_command_line(int argc, char** argv) {
  CommandLine line;
  std::vector<std::string> ports;
  CLI::App app("Runs one node of a scenario, such as the tunnel endpoint under an App, on devices of this machine.",
               "lisper-endpoint");
  app.set_version_flag("--version", "lisper-endpoint " LISPER_VERSION);
  app.footer(kFooter);
  app.add_option("scenario", line.scenario, "Scenario file (JSON)")->required();
  app.add_option("--node", line.node, "The node to be")->type_name("NAME")->required();
  app.add_option("--port", ports, "What a port is: a network device, or a TAP device; may be repeated")
      ->type_name("PORT=packet|tap:DEVICE")
      ->allow_extra_args(false)
      ->required();
  add_overrides(app, line.overrides);
  app.add_option("--capture", line.captures, "Write all frames of each port to DIR/NODE-PORT.pcap")->type_name("DIR");
  app.add_option("--result", line.result, "Write counters and tables there, as JSON")->type_name("FILE");
  if (const auto parsed = parse(app, argc, argv); !parsed) return tl::unexpected(parsed.error());
  for (const std::string& text : ports) {
    auto binding = parse_port_binding(text);
    if (!binding) return refuse(app.get_name(), fmt::format("--port {}: {}", text, binding.error().message));
    line.ports.push_back(std::move(*binding));
  }
  return line;
}

}  // namespace lisper::endpoint
