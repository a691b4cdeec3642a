#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "core/base/result.h"

namespace lisper::lab {

/// What an interface has counted since it was made.
struct InterfaceCounters {
  std::uint64_t rx_packets = 0;
  std::uint64_t rx_bytes = 0;
  std::uint64_t rx_dropped = 0;
  std::uint64_t tx_packets = 0;
  std::uint64_t tx_bytes = 0;
  std::uint64_t tx_dropped = 0;
};

/// Of all interfaces of the namespace, by name.
[[nodiscard]] Result<std::map<std::string, InterfaceCounters, std::less<>>> read_interfaces(const std::string& netns);

}  // namespace lisper::lab
