#pragma once

#include <cstdint>

#include "hw/doctor/machine.h"

namespace lisper::hw::doctor {

/// Bits of CapEff in /proc/self/status, by their numbers in linux/capability.h.
enum class Capability : std::uint8_t { kNetAdmin = 12, kNetRaw = 13, kIpcLock = 14 };

[[nodiscard]] bool has(const Machine& machine, Capability capability);

/// The value of a field in /proc/self/status, as "Uid"; empty if there is none.
[[nodiscard]] std::string own_status(const Machine& machine, const std::string& field);

}  // namespace lisper::hw::doctor
