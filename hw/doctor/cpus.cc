#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "hw/doctor/capabilities.h"
#include "hw/doctor/checks.h"

namespace lisper::hw::doctor {

namespace {

const std::filesystem::path kCpus = "/sys/devices/system/cpu";

void check_number(const Machine& machine, const Needs& needs, Checks& out) {
  const std::string allowed = own_status(machine, "Cpus_allowed_list");
  const auto online = parse_cpu_list(machine.text(kCpus / "online").value_or(""));
  const auto usable = parse_cpu_list(allowed);
  const std::string found = fmt::format("{} online, this process may use {}", online.size(), allowed);
  if (usable.size() > needs.workers) {
    out.push_back({"cpus", Level::kOk, found, "", ""});
  } else {
    out.push_back({"cpus", Level::kWarn, found,
                   fmt::format("{} and the control plane want one each",
                               needs.workers == 1 ? "a worker" : fmt::format("{} workers", needs.workers)),
                   usable.size() > 1 ? fmt::format("lisper-hw --workers {} ...", usable.size() - 1)
                                     : "a machine with more processors"});
  }
}

void check_isolation(const Machine& machine, const Needs& needs, Checks& out) {
  const std::string isolated = machine.text(kCpus / "isolated").value_or("");
  const std::string tickless = machine.text(kCpus / "nohz_full").value_or("");
  const auto none = [](const std::string& list) { return list.empty() || list == "(null)" ? "none" : list; };
  const std::string found = fmt::format("isolated: {}; without timer ticks: {}", none(isolated), none(tickless));
  if (parse_cpu_list(isolated).size() >= needs.workers) {
    out.push_back({"isolation", Level::kOk, found, "", ""});
  } else {
    const std::string cpus = needs.workers == 1 ? "1" : fmt::format("1-{}", needs.workers);
    out.push_back({"isolation", Level::kWarn, found, "whatever else runs on a worker's CPU makes packets wait, or lost",
                   fmt::format("add isolcpus={} nohz_full={} to the kernel's command line", cpus, cpus)});
  }
}

void check_governor(const Machine& machine, Checks& out) {
  std::set<std::string> governors;
  for (const std::string& name : machine.list(kCpus))
    if (const auto governor = machine.text(kCpus / name / "cpufreq/scaling_governor")) governors.insert(*governor);
  const std::string found =
      governors.empty() ? "no frequency scaling to be seen" : fmt::format("{}", fmt::join(governors, ", "));
  if (governors.empty() || governors == std::set<std::string>{"performance"}) {
    out.push_back({"governor", Level::kOk, found, "", ""});
  } else {
    out.push_back({"governor", Level::kWarn, found, "a CPU that slows down when idle is slow when packets come",
                   "cpupower frequency-set -g performance"});
  }
}

void check_siblings(const Machine& machine, Checks& out) {
  std::set<std::string> shared;
  for (const std::string& name : machine.list(kCpus)) {
    const auto siblings = machine.text(kCpus / name / "topology/thread_siblings_list");
    if (siblings && parse_cpu_list(*siblings).size() > 1) shared.insert(*siblings);
  }
  if (shared.empty()) {
    out.push_back({"smt", Level::kOk, "each CPU is a core of its own", "", ""});
  } else {
    out.push_back({"smt", Level::kWarn, fmt::format("CPUs that share a core: {}", fmt::join(shared, "; ")),
                   "two workers on one core are little faster than one",
                   "lisper-hw --cpus ... with one CPU of each core"});
  }
}

void check_clock(const Machine& machine, Checks& out) {
  std::set<std::string> flags;
  for (const std::string& line : lines(machine.text("/proc/cpuinfo").value_or("")))
    if (line.starts_with("flags")) {
      const auto list = words(line);
      flags.insert(list.begin(), list.end());
      break;
    }
  if (flags.contains("constant_tsc") && flags.contains("nonstop_tsc")) {
    out.push_back({"tsc", Level::kOk, "invariant", "", ""});
  } else {
    out.push_back({"tsc", Level::kWarn, "not known to be invariant",
                   "lisper-hw tells the time by it: timers and traces may drift",
                   "in a virtual machine: let the host pass on constant_tsc and nonstop_tsc"});
  }
}

}  // namespace

void check_cpus(const Machine& machine, const Needs& needs, Checks& out) {
  check_number(machine, needs, out);
  check_isolation(machine, needs, out);
  check_governor(machine, out);
  check_siblings(machine, out);
  check_clock(machine, out);
}

}  // namespace lisper::hw::doctor
