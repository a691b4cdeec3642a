#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/time.h"
#include "model/plan.h"
#include "report/result.h"

namespace lisper::lab {

/// A flow's result as far as the plan knows it: names and kind.
[[nodiscard]] report::FlowResult describe(const model::Plan& plan, const model::Flow& flow);

/// The interval of time series: 1, 2 or 5 times a power of ten ns, at most 200 to a run, and not below
/// 100 ms, which is as often as iperf3 reports.
[[nodiscard]] std::int64_t series_interval_ns(TimeNs end) noexcept;

/// Fills `latency` and `latency_histogram` from each packet's latency [ns].
void set_latencies(report::FlowResult& result, std::vector<std::int64_t> latencies_ns);

/// Adds `amount` to the interval that holds `at_ns`; times before the start count to the first.
void add_to_series(std::vector<std::uint64_t>& series, std::int64_t interval_ns, std::int64_t at_ns,
                   std::uint64_t amount);

/// [bit/s] of `bytes` in `ns`; 0 where there is no time between.
[[nodiscard]] std::uint64_t throughput_bps(std::uint64_t bytes, std::int64_t ns) noexcept;

}  // namespace lisper::lab
