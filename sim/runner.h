#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <tl/expected.hpp>

#include "model/plan.h"
#include "report/result.h"

namespace lisper::sim {

struct RunOptions {
  std::filesystem::path captures;   ///< existing folder for pcaps; empty: none
  std::uint32_t snaplen = 262'144;  ///< [bytes]
  /// Called now and then with the share of simulated time that is done; false stops the run.
  std::function<bool(double done)> progress;
};

struct RunFailure {
  enum class Kind : std::uint8_t {
    kBadInput,     ///< a configuration that the core refuses, a capture that cannot be read
    kEnvironment,  ///< captures cannot be written
    kStopped,      ///< by `progress`
  } kind;
  std::string message;
};

/// Simulates the plan. Equal plans give equal results and captures, however often they run in a
/// process; runs in one process come one after the other. Expectations are not judged here, but what
/// they ask about is in the result.
[[nodiscard]] tl::expected<report::RunResult, RunFailure> run(const model::Plan& plan, const RunOptions& options);

/// The interval of time series: 1, 2 or 5 times a power of ten ns, at most 200 to a run.
[[nodiscard]] std::int64_t series_interval_ns(TimeNs end) noexcept;

}  // namespace lisper::sim
