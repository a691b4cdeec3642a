#include "report/units.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <span>
#include <string_view>

namespace lisper::report {
namespace {

constexpr std::array<std::string_view, 4> kTime{"ns", "us", "ms", "s"};
constexpr std::array<std::string_view, 5> kRate{"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"};
constexpr std::array<std::string_view, 5> kBytes{"B", "kB", "MB", "GB", "TB"};

std::string rounded(double value, std::span<const std::string_view> units) {
  std::size_t unit = 0;
  // 999.5 and more would be printed as 1000.
  for (; std::abs(value) >= 999.5 && unit + 1 < units.size(); ++unit) value /= 1000;
  const double size = std::abs(value);
  const int decimals = unit == 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}", value, decimals, units[unit]);
}

std::string exact(double value, std::span<const std::string_view> units) {
  std::size_t unit = 0;
  for (; std::abs(value) >= 1000 && unit + 1 < units.size(); ++unit) value /= 1000;
  return fmt::format("{:.12g} {}", value, units[unit]);
}

}  // namespace

std::string duration_text(double ns) { return rounded(ns, kTime); }
std::string rate_text(double bps) { return rounded(bps, kRate); }
std::string bytes_text(double bytes) { return rounded(bytes, kBytes); }

std::string percent_text(double share) {
  if (share > 0 && share < 0.00005) return "<0.01 %";
  if (share < 1 && share >= 0.99995) return ">99.99 %";
  return fmt::format("{:.2f} %", share * 100);
}

std::string exact_duration_text(double ns) { return exact(ns, kTime); }
std::string exact_rate_text(double bps) { return exact(bps, kRate); }

}  // namespace lisper::report
