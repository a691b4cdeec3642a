#pragma once

#include <filesystem>
#include <tl/expected.hpp>
#include <vector>

#include "model/load.h"
#include "program/exit_code.h"
#include "report/result.h"

namespace lisper::sim {

struct Job {
  std::filesystem::path scenario;
  std::vector<model::Override> overrides;
  std::filesystem::path out;  ///< empty: runs/NAME-SEED
  bool captures = true;
  bool quiet = false;  ///< no progress, no warnings
};

struct JobDone {
  report::RunResult result;
  std::filesystem::path folder;

  /// All expectations passed, or one did not.
  [[nodiscard]] ExitCode exit_code() const noexcept;
};

/// The scenario's plan; prints its problems to stderr, warnings unless `quiet`.
[[nodiscard]] tl::expected<model::Loaded, ExitCode> load(const std::filesystem::path& scenario,
                                                         const std::vector<model::Override>& overrides,
                                                         bool quiet = false);

/// Loads, simulates, judges and writes the run folder. What goes wrong is printed to stderr; a failed
/// expectation is a result, not an error.
[[nodiscard]] tl::expected<JobDone, ExitCode> execute(const Job& job);

}  // namespace lisper::sim
