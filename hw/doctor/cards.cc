#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "hw/doctor/checks.h"

namespace lisper::hw::doctor {

namespace {

const std::filesystem::path kDevices = "/sys/bus/pci/devices";

/// Device ids of Intel's 82599 that DPDK's ixgbe driver takes (physical functions).
constexpr auto k82599 = std::to_array<std::string_view>(
    {"0x10fb", "0x10f7", "0x154d", "0x1557", "0x10fc", "0x1514", "0x10f9", "0x1517", "0x1558"});

struct Card {
  std::string address;
  std::string vendor;  ///< "0x8086"
  std::string device;
  std::string driver;      ///< empty: none
  std::string interfaces;  ///< the kernel's, with their carrier: "eth0 (up)"
  bool is_82599 = false;
  bool way_out = false;  ///< one of its interfaces has a default route
};

/// Interfaces with a default route.
std::set<std::string> ways_out(const Machine& machine) {
  std::set<std::string> interfaces;
  // Interface, destination, gateway, flags, ...; addresses in hex.
  for (const std::string& line : lines(machine.text("/proc/net/route").value_or("")))
    if (const auto fields = words(line); fields.size() > 7 && fields[1] == "00000000" && fields[7] == "00000000")
      interfaces.insert(fields[0]);
  // Destination, its length, source, its length, next hop, metric, references, use, flags, interface.
  const std::string any(32, '0');
  for (const std::string& line : lines(machine.text("/proc/net/ipv6_route").value_or("")))
    if (const auto fields = words(line);
        fields.size() > 9 && fields[0] == any && fields[1] == "00" && fields[4] != any && fields[9] != "lo")
      interfaces.insert(fields[9]);
  return interfaces;
}

/// Virtio's are one folder further down.
std::vector<std::string> interfaces_of(const Machine& machine, const std::filesystem::path& device) {
  auto names = machine.list(device / "net");
  for (const std::string& below : machine.list(device))
    if (below.starts_with("virtio"))
      for (std::string& name : machine.list(device / below / "net")) names.push_back(std::move(name));
  return names;
}

/// Behind the ids of a card.
std::string properties(const Machine& machine, const Card& card, const Needs::Port* port) {
  return fmt::format("{}, {}{}{}", is_modelled(machine) ? ", modelled by nic82599" : "",
                     card.driver.empty() ? "no driver" : "driver " + card.driver,
                     card.interfaces.empty() ? "" : ", " + card.interfaces,
                     port != nullptr ? ", port " + port->name : "");
}

Card read_card(const Machine& machine, const std::string& address, const std::set<std::string>& ways) {
  const auto device = kDevices / address;
  Card card{.address = address,
            .vendor = machine.text(device / "vendor").value_or("?"),
            .device = machine.text(device / "device").value_or("?"),
            .driver = machine.link_name(device / "driver"),
            .interfaces = {}};
  card.is_82599 = card.vendor == "0x8086" && std::ranges::count(k82599, card.device) > 0;
  for (const std::string& name : interfaces_of(machine, device)) {
    const bool up = machine.number(std::filesystem::path("/sys/class/net") / name / "carrier") == 1;
    card.interfaces += fmt::format("{}{} ({})", card.interfaces.empty() ? "" : ", ", name, up ? "up" : "no link");
    card.way_out = card.way_out || ways.contains(name);
  }
  return card;
}

bool is_for_dpdk(const std::string& driver) {
  return driver == "vfio-pci" || driver == "uio_pci_generic" || driver == "igb_uio";
}

Check judge(const Machine& machine, const Card& card, const Needs& needs) {
  const Needs::Port* port = needs.port_on(card.address);
  std::string found = fmt::format("{} [{}:{}]{}", card.is_82599 ? "Intel 82599" : "network card",
                                  card.vendor.substr(card.vendor.find('x') + 1),
                                  card.device.substr(card.device.find('x') + 1), properties(machine, card, port));
  const std::string id = "card " + card.address;
  if (card.way_out)
    return {id, port != nullptr ? Level::kFail : Level::kWarn, found + ", this machine's way out",
            "bound to DPDK, it would cut this machine off: never bind it",
            port != nullptr ? "give the scenario another card's pci address" : ""};
  if (is_for_dpdk(card.driver)) return {id, Level::kOk, std::move(found), "", ""};
  if (!card.is_82599 && port == nullptr) return {id, Level::kOk, std::move(found), "", ""};
  return {id, port != nullptr ? Level::kFail : Level::kWarn, std::move(found),
          "the kernel has it; DPDK needs it for itself", "dpdk-devbind.py --bind=vfio-pci " + card.address};
}

}  // namespace

bool is_modelled(const Machine& machine) { return machine.exists(kDevices / ".nic82599"); }

void check_cards(const Machine& machine, const Needs& needs, Checks& out) {
  const auto ways = ways_out(machine);
  bool any = false;
  for (const std::string& address : machine.list(kDevices)) {
    // PCI class 02: network controller.
    if (!machine.text(kDevices / address / "class").value_or("").starts_with("0x02")) continue;
    const Card card = read_card(machine, address, ways);
    out.push_back(judge(machine, card, needs));
    any = any || card.is_82599;
  }
  if (!any && !needs.cards())
    out.push_back({"82599", Level::kWarn, "no Intel 82599 in this machine", "it is the card lisper-hw is made for",
                   "use virtual devices: lisper-hw SCENARIO --node NAME --bind e0=net_tap0 ..."});
}

}  // namespace lisper::hw::doctor
