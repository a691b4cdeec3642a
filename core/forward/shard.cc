#include "core/forward/shard.h"

#include <algorithm>

namespace lisper {

bool ErrorLimiter::allow(TimeNs now) noexcept {
  constexpr std::int64_t kCost = 1'000'000'000 / kPerSecond;
  constexpr std::int64_t kFull = 1'000'000'000;
  tokens_ns_ = std::min(kFull, tokens_ns_ + std::max<std::int64_t>(0, now.ns - last_.ns));
  last_ = now;
  if (tokens_ns_ < kCost) return false;
  tokens_ns_ -= kCost;
  return true;
}

}  // namespace lisper
