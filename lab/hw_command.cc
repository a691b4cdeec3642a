#include "lab/hw_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <variant>

namespace lisper::lab {

namespace {

constexpr std::size_t kMostPorts = 8;  ///< that nic82599 models

/// The scenario's, or as cards of two ports have them.
std::string pci_address(const model::Node& node, std::size_t& card_ports) {
  const auto taken = [&](const std::string& address) {
    return std::ranges::find(node.ports, address, &model::Port::pci) != node.ports.end();
  };
  std::string address;
  do {
    address = fmt::format("0000:{:02x}:00.{}", 3 + card_ports / 2, card_ports % 2);
    ++card_ports;
  } while (taken(address));
  return address;
}

}  // namespace

Result<std::vector<std::string>> hw_command(const model::Node& node, const HwPlace& place, Nic nic) {
  const auto management = std::get<model::CoreNode>(node.role).management_port;
  std::vector<std::string> command{(place.programs / "lisper-hw").string(), place.scenario, "--node", node.name};
  std::vector<std::string> pci;
  std::vector<std::string> interfaces;
  std::size_t card_ports = 0;
  for (std::size_t p = 0; p < node.ports.size(); ++p) {
    if (p == management) continue;
    const model::Port& port = node.ports[p];
    interfaces.push_back(place.interfaces[p]);
    // DPDK's 512 frames are full after a quarter of a second that a busy machine keeps the program waiting.
    std::string device = fmt::format("net_af_packet{},iface={},framecnt=2048", p, place.interfaces[p]);
    if (nic == Nic::k82599) {
      pci.push_back(port.pci.empty() ? pci_address(node, card_ports) : port.pci);
      if (!port.pci.empty()) continue;  // lisper-hw knows
      device = pci.back();
    }
    command.insert(command.end(), {"--bind", fmt::format("{}={}", port.name, device)});
  }
  command.insert(command.end(), {"--idle", "sleep", "--ctl", place.control});
  if (nic == Nic::kInterfaces) {
    command.emplace_back("--no-huge");
    return command;
  }
  if (pci.size() > kMostPorts)
    return fail(fmt::format("{} has {} ports, and nic82599 models {} at most", node.name, pci.size(), kMostPorts));
  std::vector<std::string> all{(place.programs / "nic82599").string(),
                               "--pci",
                               fmt::format("{}", fmt::join(pci, ",")),
                               "--wire",
                               fmt::format("packet:{}", fmt::join(interfaces, ",")),
                               "--"};
  all.insert(all.end(), command.begin(), command.end());
  return all;
}

}  // namespace lisper::lab
