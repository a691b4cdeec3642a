#include "sim/flow_meter.h"

#include <algorithm>
#include <bit>

#include "core/base/hash.h"

namespace lisper::sim {

std::uint64_t FlowMeter::on_sent(std::int64_t now_ns) {
  sent_at_ns_.push_back(now_ns);
  arrived_.push_back(false);
  return sent_at_ns_.size() - 1;
}

bool FlowMeter::on_arrival(std::uint64_t number, std::int64_t now_ns, std::uint32_t payload) {
  if (number >= arrived_.size() || arrived_[number]) return false;
  arrived_[number] = true;
  if (number < next_number_) {
    ++out_of_order_;
  } else {
    next_number_ = number + 1;
  }
  if (latencies_ns_.empty()) {
    first_arrival_ns_ = now_ns;
  } else {
    payload_bytes_ += payload;
  }
  last_arrival_ns_ = now_ns;
  latencies_ns_.push_back(now_ns - sent_at_ns_[number]);
  series_.add(now_ns, 1);
  return true;
}

void FlowMeter::write(report::FlowResult& result) const {
  result.sent = sent_at_ns_.size();
  result.received = latencies_ns_.size();
  result.out_of_order = out_of_order_;
  result.throughput_bps = throughput_bps(payload_bytes_, last_arrival_ns_ - first_arrival_ns_);
  result.received_series = series_.sums();
  if (latencies_ns_.empty()) return;

  auto sorted = latencies_ns_;
  std::sort(sorted.begin(), sorted.end());
  // Nearest rank: the smallest value that at least that share does not exceed.
  const auto rank = [&](std::size_t percent) { return sorted[(sorted.size() * percent + 99) / 100 - 1]; };
  result.latency = {.min = sorted.front(), .median = rank(50), .p99 = rank(99), .max = sorted.back()};
  for (const std::int64_t latency : sorted) {
    const std::size_t bin = histogram_bin(latency);
    if (bin >= result.latency_histogram.size()) result.latency_histogram.resize(bin + 1);
    ++result.latency_histogram[bin];
  }
}

std::uint64_t throughput_bps(std::uint64_t bytes, std::int64_t ns) noexcept {
  if (ns <= 0) return 0;
  return static_cast<std::uint64_t>(static_cast<Uint128>(bytes) * 8'000'000'000 / static_cast<std::uint64_t>(ns));
}

std::size_t histogram_bin(std::int64_t ns) noexcept {
  if (ns < 1) return 0;
  const auto value = static_cast<std::uint64_t>(ns);
  const auto octave = static_cast<unsigned>(std::bit_width(value) - 1);
  // The mantissa in [1, 2) with 32 bits after the point, against 2^(1/4), 2^(2/4), 2^(3/4).
  const std::uint64_t mantissa = octave >= 32 ? value >> (octave - 32) : value << (32 - octave);
  constexpr std::uint64_t kQuarters[] = {0x1'306f'e0a4, 0x1'6a09'e668, 0x1'ae89'f996};
  std::size_t bin = 4 * static_cast<std::size_t>(octave);
  for (const std::uint64_t bound : kQuarters) bin += mantissa >= bound;
  return bin;
}

}  // namespace lisper::sim
