#include <fmt/format.h>

#include <algorithm>

#include "hw/doctor/checks.h"

namespace lisper::hw::doctor {

namespace {

constexpr std::string_view kPrefix = "librte_net_", kSuffix = ".so";

struct Drivers {
  std::string folder;
  std::vector<std::string> names;  ///< "ixgbe", "tap"
};

/// Debian keeps them at /usr/lib/ARCHITECTURE/dpdk/pmds-ABI.
Drivers find_drivers(const Machine& machine) {
  const std::filesystem::path libraries = "/usr/lib";
  for (const std::string& architecture : machine.list(libraries))
    for (const std::string& abi : machine.list(libraries / architecture / "dpdk")) {
      if (!abi.starts_with("pmds-")) continue;
      Drivers drivers{libraries / architecture / "dpdk" / abi, {}};
      for (const std::string& file : machine.list(drivers.folder))
        if (file.starts_with(kPrefix) && file.ends_with(kSuffix))
          drivers.names.push_back(file.substr(kPrefix.size(), file.size() - kPrefix.size() - kSuffix.size()));
      if (!drivers.names.empty()) return drivers;
    }
  return {};
}

}  // namespace

void check_dpdk(const Machine& machine, const Needs& needs, Checks& out) {
  const Drivers drivers = find_drivers(machine);
  const std::string version = "DPDK " LISPER_DPDK_VERSION;
  if (drivers.names.empty()) {
    out.push_back({"dpdk", Level::kFail, version + ", without network drivers",
                   "every port, virtual ones included, needs its driver", "apt-get install libdpdk-dev"});
    return;
  }
  std::string missing;
  for (const char* name : {"ixgbe", "tap", "af_packet", "pcap", "ring", "null", "memif"})
    if (!std::ranges::count(drivers.names, name)) missing += std::string(missing.empty() ? "" : ", ") + name;
  const std::string found = fmt::format("{}, {} network drivers in {}", version, drivers.names.size(), drivers.folder);
  if (missing.empty()) {
    out.push_back({"dpdk", Level::kOk, found, "", ""});
  } else {
    const bool fatal = needs.cards() && missing.starts_with("ixgbe");
    out.push_back({"dpdk", fatal ? Level::kFail : Level::kWarn, found + "; not " + missing,
                   "a port of that kind cannot be opened", "apt-get install libdpdk-dev"});
  }
}

}  // namespace lisper::hw::doctor
