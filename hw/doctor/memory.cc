#include <fmt/format.h>

#include <algorithm>

#include "hw/doctor/checks.h"

namespace lisper::hw::doctor {

namespace {

const std::filesystem::path kSizes = "/sys/kernel/mm/hugepages";
constexpr const char* kReserve = "echo 512 > /proc/sys/vm/nr_hugepages";

/// "hugepages-2048kB" -> 2048
std::uint64_t page_size_kb(const std::string& folder) {
  const auto digits = folder.find_first_of("0123456789");
  return digits == std::string::npos ? 0 : std::stoull(folder.substr(digits));
}

std::string size_text(std::uint64_t kb) {
  return kb >= 1u << 20 ? fmt::format("{} GB", kb >> 20) : fmt::format("{} MB", kb >> 10);
}

void check_pages(const Machine& machine, const Needs& needs, Checks& out) {
  std::string found;
  std::uint64_t free_kb = 0;
  for (const std::string& size : machine.list(kSizes)) {
    const std::uint64_t kb = page_size_kb(size);
    const std::uint64_t free = machine.number(kSizes / size / "free_hugepages");
    found += fmt::format("{}{}: {}, {} free", found.empty() ? "" : "; ", size_text(kb),
                         machine.number(kSizes / size / "nr_hugepages"), free);
    free_kb += kb * free;
  }
  if (free_kb >= 128 * 1024) {
    out.push_back({"hugepages", Level::kOk, found, "", ""});
    return;
  }
  out.push_back({"hugepages", free_kb > 0 ? Level::kWarn : needs.if_cards(),
                 found.empty() ? "the kernel has none" : found,
                 "cards need them; without, virtual devices run with --no-huge, and slower",
                 found.empty() ? "use a kernel with CONFIG_HUGETLBFS" : kReserve});
}

void check_mount(const Machine& machine, const Needs& needs, Checks& out) {
  for (const std::string& line : lines(machine.text("/proc/mounts").value_or(""))) {
    const auto fields = words(line);
    if (fields.size() < 3 || fields[2] != "hugetlbfs") continue;
    const std::string& where = fields[1];
    if (machine.usable(where)) {
      out.push_back({"hugepages-mount", Level::kOk, "mounted at " + where, "", ""});
    } else {
      out.push_back({"hugepages-mount", needs.if_cards(), "mounted at " + where + ", which this user may not write",
                     "DPDK keeps its memory in files there", fmt::format("sudo chown \"$USER\" {}", where)});
    }
    return;
  }
  out.push_back({"hugepages-mount", needs.if_cards(), "huge pages are not mounted",
                 "DPDK keeps its memory in files there",
                 "mkdir -p /dev/hugepages && mount -t hugetlbfs hugetlbfs /dev/hugepages"});
}

/// A card and the memory it writes should belong to one processor.
void check_numa(const Machine& machine, const Needs& needs, Checks& out) {
  for (const Needs::Port& port : needs.ports) {
    const std::string node =
        machine.text(std::filesystem::path("/sys/bus/pci/devices") / port.pci / "numa_node").value_or("-1");
    if (port.pci.empty() || node.starts_with('-')) continue;
    const std::filesystem::path folder = "/sys/devices/system/node/node" + node + "/hugepages";
    std::uint64_t free = 0;
    const auto sizes = machine.list(folder);
    for (const std::string& size : sizes) free += machine.number(folder / size / "free_hugepages");
    if (sizes.empty() || free > 0) continue;
    out.push_back({"numa " + port.name, Level::kWarn,
                   fmt::format("no free huge page on node {}, where {} is", node, port.pci),
                   "packets then cross to another processor's memory",
                   fmt::format("echo 512 > {}/{}/nr_hugepages", folder.string(), sizes.front())});
  }
}

}  // namespace

void check_memory(const Machine& machine, const Needs& needs, Checks& out) {
  check_pages(machine, needs, out);
  check_mount(machine, needs, out);
  check_numa(machine, needs, out);
}

}  // namespace lisper::hw::doctor
