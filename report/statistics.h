#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "report/result.h"
#include "report/table.h"

namespace lisper::report {

/// Of one number over several runs.
struct Estimate {
  std::size_t runs = 0;  ///< that measured it
  double mean = 0;
  std::optional<double> half_width;  ///< of the 95 % confidence interval of the mean; needs two runs
};

/// Student's t for independent samples; `samples` may be empty.
[[nodiscard]] Estimate estimate(std::span<const double> samples);

struct FlowStatistics {
  std::string name;
  /// In the order of result.json, named as there: "sent", "loss", "latency.median", ...
  std::vector<std::pair<std::string, Estimate>> metrics;
};

struct ExpectationStatistics {
  std::string name;
  std::size_t passed = 0;  ///< runs
};

struct Statistics {
  std::string scenario;
  std::vector<std::uint64_t> seeds;  ///< of the runs, in their order
  std::size_t passed = 0;            ///< runs whose every expectation passed
  std::vector<FlowStatistics> flows;
  std::vector<ExpectationStatistics> expectations;
};

/// Of runs that differ in their seed only: the same flows and expectations. Probes are left out.
[[nodiscard]] Statistics summarize(std::span<const RunResult> runs);

/// The text of runs.json; see docs/results.md.
[[nodiscard]] std::string to_text(const Statistics& statistics);

/// For a terminal: "mean ± half width" of the chief metrics, then the expectations that ever failed.
[[nodiscard]] std::string statistics_table(const Statistics& statistics, const TableStyle& style = {});

}  // namespace lisper::report
