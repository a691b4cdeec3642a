#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hw/doctor/machine.h"

namespace lisper::hw::doctor {

enum class Level : std::uint8_t {
  kOk,
  kWarn,  ///< it runs, but not as well as it could
  kFail,  ///< it does not run
};

struct Check {
  std::string id;  ///< stable: "hugepages", "card 0000:01:00.0"
  Level level = Level::kOk;
  std::string found;
  std::string why;  ///< it matters; empty if all is well
  std::string fix;  ///< a command where there is one; empty if all is well
};

/// What is to run on the machine.
struct Needs {
  struct Port {
    std::string name;
    std::string pci;  ///< empty: something else than a card
    std::uint16_t mtu = 1500;
  };
  std::string node;  ///< empty: nothing particular; virtual devices will do
  std::vector<Port> ports;
  std::string control_sock;  ///< empty: none
  std::string punt_sock;     ///< empty: none
  unsigned workers = 1;

  [[nodiscard]] bool cards() const;
  [[nodiscard]] const Port* port_on(const std::string& pci) const;
  /// The level of something that only cards cannot do without.
  [[nodiscard]] Level if_cards() const { return cards() ? Level::kFail : Level::kWarn; }
};

using Checks = std::vector<Check>;

/// Everything, in the order in which it is best mended.
[[nodiscard]] Checks diagnose(const Machine& machine, const Needs& needs);

/// Whether the PCI bus is that of nic82599, with modelled cards alone.
[[nodiscard]] bool is_modelled(const Machine& machine);

// Its parts, each in a file of its own.
void check_dpdk(const Machine& machine, const Needs& needs, Checks& out);
void check_memory(const Machine& machine, const Needs& needs, Checks& out);
void check_cards(const Machine& machine, const Needs& needs, Checks& out);
void check_modules(const Machine& machine, const Needs& needs, Checks& out);
void check_privileges(const Machine& machine, const Needs& needs, Checks& out);
void check_cpus(const Machine& machine, const Needs& needs, Checks& out);
void check_virtual_devices(const Machine& machine, const Needs& needs, Checks& out);
void check_node(const Machine& machine, const Needs& needs, Checks& out);

}  // namespace lisper::hw::doctor
