#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>

#include "core/base/time.h"

namespace lisper {

/// Measures one class of frames that a port brings in: so many a second, in bursts of a second's worth. It is a token
/// bucket in the form of one number, the time at which the bucket would be full, which all workers and twin tables
/// share: the limit is the port's, however its frames are spread.
class StormMeter {
 public:
  /// Allows any number.
  constexpr StormMeter() noexcept = default;
  /// `full_at` must outlive this, and begins at 0.
  StormMeter(std::optional<std::uint32_t> per_second, std::atomic<std::int64_t>* full_at) noexcept {
    if (!per_second) return;
    constexpr std::int64_t kSecond = seconds(1).ns;
    cost_ns_ = (kSecond + *per_second - 1) / *per_second;  // rounded up: never more than the limit
    burst_ns_ = cost_ns_ * (std::int64_t{*per_second} - 1);
    full_at_ = full_at;
  }

  /// True if one more frame is within the limit; it is counted.
  [[nodiscard]] bool allow(TimeNs now) const noexcept {
    if (full_at_ == nullptr) return true;
    std::int64_t full_at = full_at_->load(std::memory_order_relaxed);
    do {
      if (full_at - now.ns > burst_ns_) return false;
    } while (
        !full_at_->compare_exchange_weak(full_at, std::max(full_at, now.ns) + cost_ns_, std::memory_order_relaxed));
    return true;
  }

 private:
  std::int64_t cost_ns_ = 0;
  std::int64_t burst_ns_ = 0;
  std::atomic<std::int64_t>* full_at_ = nullptr;
};

}  // namespace lisper
