#pragma once

#include <rte_cycles.h>

#include <cstdint>

#include "core/base/time.h"

namespace lisper::hw {

/// Nanoseconds since construction, from the CPU's invariant time stamp counter: the same for all threads, and a few
/// cycles to read.
class Clock {
 public:
  Clock() noexcept : start_(rte_rdtsc()), ns_per_tick_(1e9 * kOne / static_cast<double>(rte_get_tsc_hz())) {}

  [[nodiscard]] TimeNs now() const noexcept {
    __extension__ using Wide = unsigned __int128;
    return {static_cast<std::int64_t>(
        static_cast<Wide>(rte_rdtsc() - start_) * static_cast<std::uint64_t>(ns_per_tick_) >> kShift)};
  }

 private:
  static constexpr unsigned kShift = 40;
  static constexpr double kOne = static_cast<double>(std::uint64_t{1} << kShift);
  std::uint64_t start_;
  double ns_per_tick_;  ///< times 2^40
};

}  // namespace lisper::hw
