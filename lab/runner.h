#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include "core/base/result.h"
#include "lab/lab.h"
#include "model/plan.h"
#include "report/result.h"

namespace lisper::lab {

struct RunOptions {
  std::filesystem::path captures;  ///< existing folder for pcaps; empty: none
  /// Called now and then with the share of the scenario's time that is done; false stops the run.
  std::function<bool(double done)> progress;
  std::function<void(std::string_view)> tell = [](std::string_view) {};  ///< what one should know, but fails nothing
};

/// Lets the scenario happen in a lab that stands: traffic, events, looks at tables, each at its time.
/// Expectations are not judged here, but what they ask about is in the result.
[[nodiscard]] Result<report::RunResult> run(const model::Plan& plan, Lab& lab, const RunOptions& options);

}  // namespace lisper::lab
