#include <fmt/format.h>

#include <charconv>

#include "hw/doctor/capabilities.h"
#include "hw/doctor/checks.h"

namespace lisper::hw::doctor {

std::string own_status(const Machine& machine, const std::string& field) {
  for (const std::string& line : lines(machine.text("/proc/self/status").value_or("")))
    if (line.starts_with(field + ":")) {
      const auto value = line.find_first_not_of(" \t", field.size() + 1);
      return value == std::string::npos ? "" : line.substr(value);
    }
  return {};
}

bool has(const Machine& machine, Capability capability) {
  const std::string hex = own_status(machine, "CapEff");
  std::uint64_t bits = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), bits, 16);
  return (bits >> static_cast<unsigned>(capability) & 1) != 0;
}

namespace {

void check_capabilities(const Machine& machine, Checks& out) {
  const auto ids = words(own_status(machine, "Uid"));  // real, effective, saved, file system
  const std::string who = ids.size() > 1 && ids[1] == "0" ? "root" : fmt::format("user {}", ids.empty() ? "?" : ids[1]);
  std::string missing;
  for (const auto& [capability, name] : {std::pair{Capability::kNetAdmin, "CAP_NET_ADMIN"},
                                         {Capability::kNetRaw, "CAP_NET_RAW"},
                                         {Capability::kIpcLock, "CAP_IPC_LOCK"}})
    if (!has(machine, capability)) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", name);
  if (missing.empty()) {
    out.push_back({"privileges", Level::kOk, who + ", may manage networks and lock memory", "", ""});
  } else {
    out.push_back(
        {"privileges", Level::kWarn, fmt::format("{}, without {}", who, missing),
         "TAP devices need CAP_NET_ADMIN, packet sockets CAP_NET_RAW, huge pages and cards CAP_IPC_LOCK",
         "sudo lisper-hw ..., or: sudo setcap cap_net_admin,cap_net_raw,cap_ipc_lock+ep \"$(command -v lisper-hw)\""});
  }
}

/// Memory that a card reads and writes must not be paged out.
void check_memlock(const Machine& machine, const Needs& needs, Checks& out) {
  constexpr std::uint64_t kEnough = 1u << 30;
  for (const std::string& line : lines(machine.text("/proc/self/limits").value_or(""))) {
    if (!line.starts_with("Max locked memory")) continue;
    const auto values = words(line.substr(17));
    const std::string soft = values.empty() ? "" : values[0];
    std::uint64_t bytes = 0;
    std::from_chars(soft.data(), soft.data() + soft.size(), bytes);
    if (soft == "unlimited" || bytes >= kEnough || has(machine, Capability::kIpcLock)) {
      out.push_back({"memlock", Level::kOk, fmt::format("limit of locked memory: {}", soft), "", ""});
    } else {
      out.push_back({"memlock", needs.if_cards(), fmt::format("limit of locked memory: {} bytes", soft),
                     "vfio locks all memory that a card may reach", "ulimit -l unlimited"});
    }
    return;
  }
}

}  // namespace

void check_privileges(const Machine& machine, const Needs& needs, Checks& out) {
  check_capabilities(machine, out);
  check_memlock(machine, needs, out);
}

}  // namespace lisper::hw::doctor
