#pragma once

#include <cstdint>
#include <string>

namespace lisper::report {

// Numbers for people, in three significant digits and decimal units.

/// "850 ns", "12.3 us", "1.50 ms", "2.00 s"
[[nodiscard]] std::string duration_text(double ns);
/// "99.8 Mbit/s"
[[nodiscard]] std::string rate_text(double bps);
/// "1.50 MB"
[[nodiscard]] std::string bytes_text(double bytes);
/// A share 0..1: "0.00 %". A share that is not exactly 0 or 1 is never shown as if it were.
[[nodiscard]] std::string percent_text(double share);

/// As duration_text and rate_text, with every digit, so that a value beside its bound never looks equal
/// to it: "12.345 us".
[[nodiscard]] std::string exact_duration_text(double ns);
[[nodiscard]] std::string exact_rate_text(double bps);

}  // namespace lisper::report
