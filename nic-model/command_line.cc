#include "nic-model/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string_view>

#include "nic-model/channel.h"
#include "program/arguments.h"

namespace lisper::nic {

namespace {

constexpr const char* kFooter = R"(
The program and its arguments come after --.

Wires:
  cross         port 0 with port 1, 2 with 3, ...
  loop          each port with itself
  tap:PREFIX    a TAP of the kernel for each port: PREFIX0, PREFIX1, ...
  packet:IF,... an interface of the kernel for each port
  pcap:FOLDER   FOLDER/0-in.pcap goes to port 0, what it sends to FOLDER/0-out.pcap, ...
  program       the program itself, over sockets that it finds in NIC82599_WIRE=FD,...

Examples
  nic82599 -- dpdk-testpmd -l 0-1 -- --stats-period 1 --tx-first
  nic82599 --pci 0000:01:00.0,0000:01:00.1 --wire tap:nic -- lisper-hw SCENARIO --node NAME
  nic82599 --wire pcap:/tmp/x --rate 100M -- dpdk-testpmd -l 0-1 -- -i      a hundredth of 10 Gbit/s, and of PCIe

The program is not changed, but must be linked to a shared C library: a library is preloaded into it that passes its
accesses to registers on. SIGUSR1 pulls all cables out, and plugs them in again. SIGINT and SIGTERM go to the program.

Exit codes: those of the program; 2 bad input, 3 no root, no huge pages, 4 internal error, 127 no such program, 128 + N
if signal N ended it.)";

constexpr std::string_view kProgram = "nic82599";

/// As X520s of two ports have them.
std::vector<std::string> default_addresses(std::uint32_t ports) {
  std::vector<std::string> addresses;
  for (std::uint32_t i = 0; i < ports; ++i) addresses.push_back(fmt::format("0000:{:02x}:00.{}", 3 + i / 2, i % 2));
  return addresses;
}

/// As sysfs writes them: domain, bus, device (up to 1f), function (up to 7).
bool is_pci_address(std::string_view text) {
  constexpr std::string_view kGreatest = "ffff:ff:1f.7";
  const auto fits = [](char c, char greatest) {
    if (greatest == ':' || greatest == '.') return c == greatest;
    return (c >= '0' && c <= std::min(greatest, '9')) || (greatest == 'f' && c >= 'a' && c <= 'f');
  };
  return std::ranges::equal(text, kGreatest, fits);
}

}  // namespace

Result<WireChoice> parse_wire(const std::string& text) {
  using Kind = WireChoice::Kind;
  const auto colon = text.find(':');
  const std::string name = text.substr(0, colon);
  const std::string argument = colon == text.npos ? "" : text.substr(colon + 1);
  if (text == "cross") return WireChoice{Kind::kCross};
  if (text == "loop") return WireChoice{Kind::kLoop};
  if (text == "program") return WireChoice{Kind::kProgram};
  if (name == "tap" && !argument.empty()) return WireChoice{Kind::kTap, argument};
  if (name == "packet" && !argument.empty()) return WireChoice{Kind::kPacket, {}, CLI::detail::split(argument, ',')};
  if (name == "pcap" && !argument.empty()) return WireChoice{Kind::kPcap, argument};
  return fail(fmt::format(
      "\"{}\" is no wire; there are cross, loop, tap:PREFIX, packet:IF,..., pcap:FOLDER and program", text));
}

tl::expected<CommandLine, ExitCode> parse_command_line(int argc, char** argv) {
  CommandLine line;
  std::uint32_t ports = 2;
  std::string wire = "cross";
  CLI::App app("Starts a DPDK program on software models of Intel 82599 ports.", "nic82599");
  app.set_version_flag("--version", "nic82599 " LISPER_VERSION);
  app.footer(kFooter);
  auto* count =
      app.add_option("--ports", ports, "How many ports there are: 0000:03:00.0, 0000:03:00.1, 0000:04:00.0, ...")
          ->type_name("N")
          ->check(CLI::Range(1u, kMaxPorts))
          ->capture_default_str();
  app.add_option("--pci", line.pci, "The ports by their addresses")
      ->type_name("ADDRESS,...")
      ->delimiter(',')
      ->excludes(count);
  app.add_option("--wire", wire, "What is plugged in")->type_name("WIRE")->capture_default_str();
  app.add_option("--rate", line.rate,
                 "What a line carries, bus and all in proportion: 10G, or less, in slow motion [no limit]")
      ->type_name("RATE")
      ->transform(CLI::AsNumberWithUnit(
          std::map<std::string, std::uint64_t>{{"k", 1'000}, {"M", 1'000'000}, {"G", 1'000'000'000}},
          CLI::AsNumberWithUnit::CASE_SENSITIVE))
      ->check(CLI::Range(std::uint64_t{1'000'000}, std::uint64_t{10'000'000'000}));
  char** const end = std::find_if(argv, argv + argc, [](const char* a) { return std::string_view(a) == "--"; });
  if (auto parsed = parse(app, static_cast<int>(end - argv), argv); !parsed) return tl::unexpected(parsed.error());
  if (argv + argc - end < 2) return refuse(kProgram, "which program? Give it after --");
  line.program.assign(end + 1, argv + argc);
  if (line.pci.empty()) line.pci = default_addresses(ports);
  for (const std::string& address : line.pci)
    if (!is_pci_address(address))
      return refuse(kProgram, fmt::format("--pci {}: expected an address such as 0000:03:00.0", address));
  if (std::set(line.pci.begin(), line.pci.end()).size() != line.pci.size() || line.pci.size() > kMaxPorts)
    return refuse(kProgram, fmt::format("--pci: expected up to {} addresses, each once", kMaxPorts));
  auto choice = parse_wire(wire);
  if (!choice) return refuse(kProgram, "--wire: " + choice.error().message);
  line.wire = std::move(*choice);
  return line;
}

}  // namespace lisper::nic
