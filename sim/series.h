#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lisper::sim {

/// Sums of something over equal intervals of simulated time.
class Series {
 public:
  explicit Series(std::int64_t interval_ns) : interval_ns_(interval_ns), bin_end_ns_(interval_ns), sums_(1) {}

  /// `now_ns` never goes back.
  void add(std::int64_t now_ns, std::uint64_t amount) {
    if (now_ns >= bin_end_ns_) {
      const std::int64_t bin = now_ns / interval_ns_;
      sums_.resize(static_cast<std::size_t>(bin) + 1);
      bin_end_ns_ = (bin + 1) * interval_ns_;
    }
    sums_.back() += amount;
  }
  [[nodiscard]] const std::vector<std::uint64_t>& sums() const noexcept { return sums_; }

 private:
  std::int64_t interval_ns_;
  std::int64_t bin_end_ns_;
  std::vector<std::uint64_t> sums_;
};

}  // namespace lisper::sim
