#include "hw/doctor/checks.h"

#include <algorithm>

namespace lisper::hw::doctor {

bool Needs::cards() const {
  return std::ranges::any_of(ports, [](const Port& port) { return !port.pci.empty(); });
}

const Needs::Port* Needs::port_on(const std::string& pci) const {
  const auto port = std::ranges::find(ports, pci, &Port::pci);
  return port == ports.end() ? nullptr : &*port;
}

Checks diagnose(const Machine& machine, const Needs& needs) {
  Checks out;
  check_dpdk(machine, needs, out);
  check_privileges(machine, needs, out);
  check_memory(machine, needs, out);
  check_cpus(machine, needs, out);
  check_virtual_devices(machine, needs, out);
  check_modules(machine, needs, out);
  check_cards(machine, needs, out);
  check_node(machine, needs, out);
  return out;
}

}  // namespace lisper::hw::doctor
