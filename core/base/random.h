#pragma once

#include <cmath>
#include <cstdint>

#include "core/base/hash.h"

namespace lisper {

/// The injected source of randomness: SplitMix64. The same seed gives the same sequence everywhere;
/// each consumer derives its own with `derive`, so that adding one does not disturb the others.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) noexcept : state_(seed) {}

  constexpr std::uint64_t next() noexcept {
    state_ += kHashMultiplier;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// 0 <= result < bound, for bound > 0.
  constexpr std::uint64_t below(std::uint64_t bound) noexcept {
    return static_cast<std::uint64_t>((static_cast<Uint128>(next()) * bound) >> 64);
  }
  /// 0 <= result < 1.
  constexpr double uniform() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }
  /// Exponential with the given mean.
  double exponential(double mean) noexcept { return -mean * std::log1p(-uniform()); }

  [[nodiscard]] constexpr Random derive(std::uint64_t stream) const noexcept {
    return Random(mix(state_ ^ kHashMultiplier, stream + 0xd6e8feb86659fd93));
  }

 private:
  std::uint64_t state_;
};

}  // namespace lisper
