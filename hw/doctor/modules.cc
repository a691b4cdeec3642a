#include <fmt/format.h>

#include <algorithm>

#include "hw/doctor/checks.h"

namespace lisper::hw::doctor {

namespace {

const std::filesystem::path kDrivers = "/sys/bus/pci/drivers";
const std::filesystem::path kNoIommu = "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode";

bool can_load_modules(const Machine& machine) {
  const auto options = words(machine.text("/proc/cmdline").value_or(""));
  return machine.exists("/proc/modules") && machine.text("/proc/sys/kernel/modules_disabled").value_or("0") == "0" &&
         std::ranges::count(options, "nomodule") == 0;
}

bool is_installed(const Machine& machine, const std::string& module) {
  const std::filesystem::path folder = "/lib/modules/" + machine.text("/proc/sys/kernel/osrelease").value_or("");
  return machine.text(folder / "modules.dep").value_or("").find("/" + module + ".ko") != std::string::npos;
}

/// What lets a program have a card to itself.
void check_drivers(const Machine& machine, const Needs& needs, Checks& out) {
  constexpr const char* kWhy = "DPDK drives a card through one of vfio-pci, uio_pci_generic and igb_uio";
  for (const char* driver : {"vfio-pci", "uio_pci_generic", "igb_uio"})
    if (machine.exists(kDrivers / driver)) {
      out.push_back({"card-access", Level::kOk, fmt::format("{} is in the kernel", driver), "", ""});
      return;
    }
  if (!can_load_modules(machine)) {
    out.push_back({"card-access", needs.if_cards(), "neither vfio-pci nor uio, and this kernel loads no modules", kWhy,
                   "boot a kernel with CONFIG_VFIO_PCI"});
  } else if (is_installed(machine, "vfio-pci")) {
    out.push_back({"card-access", needs.if_cards(), "vfio-pci is not loaded", kWhy, "modprobe vfio-pci"});
  } else {
    out.push_back({"card-access", needs.if_cards(), "neither vfio-pci nor uio is installed", kWhy,
                   "apt-get install linux-image-amd64, and reboot"});
  }
}

void check_iommu(const Machine& machine, const Needs& needs, Checks& out) {
  const auto groups = machine.list("/sys/kernel/iommu_groups").size();
  if (groups > 0) {
    out.push_back({"iommu", Level::kOk, fmt::format("{} groups", groups), "", ""});
    return;
  }
  constexpr const char* kWhy = "with vfio, it keeps a card from other memory than its own";
  if (const std::string unsafe = machine.text(kNoIommu).value_or(""); unsafe == "Y" || unsafe == "1") {
    out.push_back({"iommu", Level::kWarn, "none; vfio works without, unsafely", kWhy,
                   "add intel_iommu=on iommu=pt to the kernel's command line"});
    return;
  }
  const bool uio = machine.exists(kDrivers / "uio_pci_generic") || machine.exists(kDrivers / "igb_uio");
  out.push_back(
      {"iommu", uio ? Level::kWarn : needs.if_cards(), "none", kWhy,
       "add intel_iommu=on iommu=pt to the kernel's command line; or, if it has none: echo 1 > " + kNoIommu.string()});
}

/// Of the groups of the node's cards.
void check_vfio_files(const Machine& machine, const Needs& needs, Checks& out) {
  for (const Needs::Port& port : needs.ports) {
    const auto device = std::filesystem::path("/sys/bus/pci/devices") / port.pci;
    if (port.pci.empty() || machine.link_name(device / "driver") != "vfio-pci") continue;
    const std::string group = machine.link_name(device / "iommu_group");
    std::filesystem::path file = "/dev/vfio/" + group;
    if (group.empty() || !machine.exists(file)) file = "/dev/vfio/noiommu-" + group;
    if (machine.usable(file)) continue;
    out.push_back({"vfio " + port.name, Level::kFail, fmt::format("{} is not this user's to open", file.string()),
                   fmt::format("it is how {} is reached", port.pci),
                   fmt::format("sudo chown \"$USER\" {}", file.string())});
  }
}

}  // namespace

void check_modules(const Machine& machine, const Needs& needs, Checks& out) {
  if (is_modelled(machine)) {
    out.push_back({"card-access", Level::kOk, "modelled by nic82599", "", ""});
    out.push_back({"iommu", Level::kOk, "modelled cards reach no memory but this program's huge pages", "", ""});
    return;
  }
  check_drivers(machine, needs, out);
  check_iommu(machine, needs, out);
  check_vfio_files(machine, needs, out);
}

}  // namespace lisper::hw::doctor
