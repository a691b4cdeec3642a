#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hw/status.h"

namespace lisper::hw::ctl {

/// Packets that were lost somewhere, for one reason.
struct Drop {
  std::string_view counter;
  std::string where;  ///< "e0", "IID 251", "worker 1"; empty: nowhere
  std::uint64_t packets = 0;
  std::string_view help;
  std::string_view clause;  ///< may be empty
};

/// Every loss there is a counter for: by the NIC, by a worker, by the core. The core counts a packet at its port and,
/// if that is known, at its IID. With `all`, a counter that is zero everywhere is there once.
[[nodiscard]] std::vector<Drop> drops(const Status& status, bool all);

}  // namespace lisper::hw::ctl
