#pragma once

#include <algorithm>
#include <cstdint>

#include "core/base/time.h"

namespace lisper {

/// A token bucket: `per_second` on average, at most `burst` at once. It begins full.
class RateLimit {
 public:
  constexpr RateLimit(std::int64_t per_second, std::int64_t burst) noexcept
      : cost_ns_(seconds(1).ns / per_second), full_ns_(cost_ns_ * burst), tokens_ns_(full_ns_) {}

  /// True if one more is within the limit; it is taken.
  [[nodiscard]] constexpr bool allow(TimeNs now) noexcept {
    const std::int64_t elapsed = std::max<std::int64_t>(0, now.ns - last_.ns);
    tokens_ns_ = elapsed >= full_ns_ ? full_ns_ : std::min(full_ns_, tokens_ns_ + elapsed);
    last_ = now;
    if (tokens_ns_ < cost_ns_) return false;
    tokens_ns_ -= cost_ns_;
    return true;
  }

 private:
  std::int64_t cost_ns_;
  std::int64_t full_ns_;
  std::int64_t tokens_ns_;
  TimeNs last_{};
};

}  // namespace lisper
