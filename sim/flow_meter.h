#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/result.h"
#include "sim/series.h"

namespace lisper::sim {

/// What is measured of a flow of numbered packets. Each packet counts once, however often it arrives.
class FlowMeter {
 public:
  explicit FlowMeter(std::int64_t series_interval_ns) : series_(series_interval_ns) {}

  /// The next packet leaves; its number.
  std::uint64_t on_sent(std::int64_t now_ns);
  /// Packet `number` arrived, or the reply to it, with `payload` bytes. False if it had before, or was never sent.
  bool on_arrival(std::uint64_t number, std::int64_t now_ns, std::uint32_t payload);

  [[nodiscard]] std::uint64_t sent() const noexcept { return sent_at_ns_.size(); }
  /// All measured fields of a result.
  void write(report::FlowResult& result) const;

 private:
  std::vector<std::int64_t> sent_at_ns_;
  std::vector<bool> arrived_;
  std::vector<std::int64_t> latencies_ns_;
  std::uint64_t next_number_ = 0;  ///< after the highest that arrived
  std::uint64_t out_of_order_ = 0;
  std::uint64_t payload_bytes_ = 0;  ///< after the first arrival
  std::int64_t first_arrival_ns_ = 0;
  std::int64_t last_arrival_ns_ = 0;
  Series series_;
};

/// [bit/s] of `bytes` in `ns`; 0 where there is no time between.
[[nodiscard]] std::uint64_t throughput_bps(std::uint64_t bytes, std::int64_t ns) noexcept;
/// The i of [2^(i/4), 2^((i+1)/4)) that holds `ns`; 0 for anything below 1.
[[nodiscard]] std::size_t histogram_bin(std::int64_t ns) noexcept;

}  // namespace lisper::sim
