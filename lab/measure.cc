#include "lab/measure.h"

#include <algorithm>
#include <cmath>

#include "core/base/hash.h"

namespace lisper::lab {

report::FlowResult describe(const model::Plan& plan, const model::Flow& flow) {
  report::FlowResult result;
  result.name = flow.name;
  result.kind = name_of(flow.kind);
  result.from = plan.nodes[flow.from].name;
  if (flow.kind != model::FlowKind::kReplay) result.to = plan.nodes[flow.to].name;
  result.probe = flow.probe;
  return result;
}

std::int64_t series_interval_ns(TimeNs end) noexcept {
  constexpr std::int64_t kBins = 200;
  for (std::int64_t power = milliseconds(100).ns;; power *= 10)
    for (const std::int64_t factor : {1, 2, 5})
      if (factor * power * kBins >= end.ns) return factor * power;
}

void set_latencies(report::FlowResult& result, std::vector<std::int64_t> latencies_ns) {
  if (latencies_ns.empty()) return;
  std::sort(latencies_ns.begin(), latencies_ns.end());
  // Nearest rank: the smallest value that at least that share does not exceed.
  const auto rank = [&](std::size_t percent) { return latencies_ns[(latencies_ns.size() * percent + 99) / 100 - 1]; };
  result.latency = {.min = latencies_ns.front(), .median = rank(50), .p99 = rank(99), .max = latencies_ns.back()};
  for (const std::int64_t latency : latencies_ns) {
    const double octaves = std::log2(static_cast<double>(std::max<std::int64_t>(latency, 1)));
    const auto bin = static_cast<std::size_t>(4 * octaves);
    if (bin >= result.latency_histogram.size()) result.latency_histogram.resize(bin + 1);
    ++result.latency_histogram[bin];
  }
}

void add_to_series(std::vector<std::uint64_t>& series, std::int64_t interval_ns, std::int64_t at_ns,
                   std::uint64_t amount) {
  const auto bin = static_cast<std::size_t>(std::max<std::int64_t>(at_ns, 0) / interval_ns);
  if (bin >= series.size()) series.resize(bin + 1);
  series[bin] += amount;
}

std::uint64_t throughput_bps(std::uint64_t bytes, std::int64_t ns) noexcept {
  if (ns <= 0) return 0;
  return static_cast<std::uint64_t>(static_cast<Uint128>(bytes) * 8'000'000'000 / static_cast<std::uint64_t>(ns));
}

}  // namespace lisper::lab
