#include "sim/job.h"

#include <fmt/format.h>

#include <algorithm>

#include "program/progress.h"
#include "report/expectations.h"
#include "report/run_folder.h"
#include "sim/runner.h"

namespace lisper::sim {

namespace {

tl::unexpected<ExitCode> give_up(ExitCode code, const std::string& message) {
  fmt::print(stderr, "lisper-sim: {}\n", message);
  return tl::unexpected(code);
}

ExitCode exit_code(RunFailure::Kind kind) {
  switch (kind) {
    case RunFailure::Kind::kBadInput:
      return ExitCode::kBadInput;
    case RunFailure::Kind::kEnvironment:
      return ExitCode::kEnvironment;
    case RunFailure::Kind::kStopped:
      return ExitCode::kInterrupted;
  }
  return ExitCode::kInternal;
}

}  // namespace

ExitCode JobDone::exit_code() const noexcept {
  const bool passed =
      std::all_of(result.expectations.begin(), result.expectations.end(), [](const auto& e) { return e.passed; });
  return passed ? ExitCode::kOk : ExitCode::kExpectationFailed;
}

tl::expected<model::Loaded, ExitCode> load(const std::filesystem::path& scenario,
                                           const std::vector<model::Override>& overrides, bool quiet) {
  auto loaded = model::load_scenario(scenario, overrides);
  if (!loaded) {
    fmt::print(stderr, "{}", loaded.error().render());
    return tl::unexpected(ExitCode::kBadInput);
  }
  if (!quiet) fmt::print(stderr, "{}", loaded->warnings.render());
  return std::move(*loaded);
}

tl::expected<JobDone, ExitCode> execute(const Job& job) {
  auto loaded = load(job.scenario, job.overrides, job.quiet);
  if (!loaded) return tl::unexpected(loaded.error());
  const model::Plan& plan = loaded->plan;
  auto out = job.out;
  if (out.empty()) out = std::filesystem::path("runs") / fmt::format("{}-{}", plan.name, plan.seed);
  auto folder = report::RunFolder::begin(out);
  if (!folder) return give_up(ExitCode::kBadInput, folder.error().message);

  Progress progress(!job.quiet);
  RunOptions options;
  if (job.captures) options.captures = folder->pcaps();
  options.progress = [&progress](double done) {
    progress.show(done);
    return !interrupted();
  };
  auto result = run(plan, options);
  if (!result) return give_up(exit_code(result.error().kind), result.error().message);
  result->expectations = report::check(plan, *result);
  if (interrupted()) return give_up(ExitCode::kInterrupted, "stopped");
  if (auto committed = folder->commit(*result, loaded->text); !committed)
    return give_up(ExitCode::kEnvironment, committed.error().message);
  return JobDone{std::move(*result), folder->path()};
}

}  // namespace lisper::sim
