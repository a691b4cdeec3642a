#include "hw/eal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <sched.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace lisper::hw {

namespace {

constexpr std::size_t kMegabyte = 1u << 20;
constexpr std::size_t kEalOwn = 48 * kMegabyte;  // what EAL and drivers allocate besides our pool

std::string lcores(const EalOptions& options) {
  std::string text = fmt::format("0@({})", fmt::join(options.control_cpus, ","));
  for (std::size_t w = 0; w < options.worker_cpus.size(); ++w)
    text += fmt::format(",{}@({})", w + 1, fmt::join(options.worker_cpus[w], ","));
  return text;
}

}  // namespace

Result<void> start_eal(const EalOptions& options) {
  std::vector<std::string> arguments{options.program, "--no-telemetry", "--lcores", lcores(options)};
  // Either way nothing is left in the file system.
  if (options.huge_pages) {
    arguments.emplace_back("--in-memory");
  } else {
    const std::string megabytes = fmt::to_string((options.memory + kEalOwn) / kMegabyte + 1);
    arguments.insert(arguments.end(), {"--no-shconf", "--no-huge", "-m", megabytes});
  }
  if (options.pci.empty()) arguments.emplace_back("--no-pci");
  for (const std::string& address : options.pci) arguments.insert(arguments.end(), {"-a", address});
  // EAL lets the first level given for a driver win, so that ours would outdo the caller's.
  if (std::ranges::none_of(options.extra,
                           [](const std::string& argument) { return argument.starts_with("--log-level"); }))
    arguments.emplace_back(options.verbose ? "--log-level=*:info" : "--log-level=*:error");
  arguments.insert(arguments.end(), options.extra.begin(), options.extra.end());

  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0)
    return fail(fmt::format("DPDK does not start: {} ({})", rte_strerror(rte_errno), fmt::join(arguments, " ")));
  return {};
}

std::vector<unsigned> usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<unsigned> cpus;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  return cpus;
}

bool has_huge_pages() {
  std::error_code ignored;
  for (const auto& size : std::filesystem::directory_iterator("/sys/kernel/mm/hugepages", ignored)) {
    std::ifstream file(size.path() / "free_hugepages");
    if (std::size_t free = 0; file >> free && free > 0) return true;
  }
  return false;
}

}  // namespace lisper::hw
