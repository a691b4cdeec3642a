#pragma once

#include <compare>
#include <cstdint>

namespace lisper {

/// A point in time or a duration in nanoseconds. The origin is the adapter's: start of the
/// simulation, first packet of a capture, or boot. Core never reads a clock.
struct TimeNs {
  std::int64_t ns = 0;

  friend constexpr auto operator<=>(TimeNs, TimeNs) noexcept = default;
  friend constexpr TimeNs operator+(TimeNs a, TimeNs b) noexcept { return {a.ns + b.ns}; }
  friend constexpr TimeNs operator-(TimeNs a, TimeNs b) noexcept { return {a.ns - b.ns}; }
  friend constexpr TimeNs operator*(TimeNs a, std::int64_t k) noexcept { return {a.ns * k}; }
};

constexpr TimeNs seconds(std::int64_t s) noexcept { return {s * 1'000'000'000}; }
constexpr TimeNs milliseconds(std::int64_t ms) noexcept { return {ms * 1'000'000}; }
constexpr TimeNs microseconds(std::int64_t us) noexcept { return {us * 1'000}; }

/// "Not scheduled": later than every real time.
inline constexpr TimeNs kNever{INT64_MAX};

}  // namespace lisper
