#include "sim/many_runs.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "program/progress.h"
#include "report/run_folder.h"
#include "report/statistics.h"
#include "report/table.h"
#include "sim/job.h"

namespace lisper::sim {

namespace fs = std::filesystem;

namespace {

/// Refuses a folder that holds anything but earlier runs, and takes those away that will not be replaced.
bool prepare(const fs::path& out, const std::vector<fs::path>& folders) {
  std::error_code error;
  if (!fs::exists(out, error)) return true;
  if (!fs::is_directory(out, error) || (!fs::is_empty(out, error) && !fs::is_regular_file(out / "runs.json", error))) {
    fmt::print(stderr, "lisper-sim: {} exists and holds something else than several runs\n", out.string());
    return false;
  }
  for (const auto& entry : fs::directory_iterator(out, error)) {
    const bool stale = entry.path().filename().string().starts_with("seed-") &&
                       std::find(folders.begin(), folders.end(), entry.path()) == folders.end();
    if (stale && fs::is_regular_file(entry.path() / "result.json", error)) fs::remove_all(entry.path(), error);
  }
  return true;
}

/// The processes at work.
class Children {
 public:
  Children(std::size_t total, bool quiet) : total_(total), progress_(!quiet) {}

  /// Runs `job` in a process of its own.
  void start(const Job& job) {
    std::fflush(nullptr);
    const pid_t pid = fork();
    if (pid == 0) {
      const auto done = execute(job);
      std::fflush(nullptr);
      // The parent's atexit handlers and destructors are its own.
      _exit(static_cast<int>(done ? done->exit_code() : done.error()));
    }
    if (pid < 0) {
      worst_ = ExitCode::kEnvironment;
      return;
    }
    running_.insert(pid);
  }

  /// Waits until less than `limit` are running.
  void wait(std::size_t limit) {
    while (running_.size() >= std::max<std::size_t>(limit, 1)) {
      int status = 0;
      const pid_t pid = waitpid(-1, &status, 0);
      if (interrupted()) stop();
      if (pid < 0 && errno == EINTR) continue;
      if (pid < 0) break;
      if (running_.erase(pid) == 0) continue;
      const auto code = WIFEXITED(status) ? static_cast<ExitCode>(WEXITSTATUS(status)) : ExitCode::kInternal;
      if (code != ExitCode::kOk && code != ExitCode::kExpectationFailed) worst_ = code;
      progress_.show(static_cast<double>(++finished_) / static_cast<double>(total_));
    }
  }

  /// kOk, or why some run has no result.
  [[nodiscard]] ExitCode worst() const noexcept { return worst_; }

 private:
  void stop() {
    worst_ = ExitCode::kInterrupted;
    for (const pid_t pid : running_) kill(pid, SIGINT);
  }

  std::set<pid_t> running_;
  std::size_t total_;
  std::size_t finished_ = 0;
  ExitCode worst_ = ExitCode::kOk;
  Progress progress_;
};

ExitCode summarize(const CommandLine& line, const fs::path& out, const std::vector<fs::path>& folders) {
  std::vector<report::RunResult> results;
  for (const fs::path& folder : folders) {
    auto result = report::load(folder);
    if (!result) {
      fmt::print(stderr, "lisper-sim: {}\n", result.error().message);
      return ExitCode::kInternal;
    }
    results.push_back(std::move(*result));
  }
  const report::Statistics statistics = report::summarize(results);
  const std::string text = report::to_text(statistics);
  if (auto written = report::replace_file(out / "runs.json", text); !written) {
    fmt::print(stderr, "lisper-sim: {}\n", written.error().message);
    return ExitCode::kEnvironment;
  }
  if (line.json) {
    fmt::print("{}", text);
  } else if (!line.quiet) {
    fmt::print("{}", report::statistics_table(statistics, {.colour = isatty(STDOUT_FILENO) != 0, .rows = {}}));
  }
  std::fflush(stdout);
  fmt::print(stderr, "{} of {} runs passed; results in {}\n", statistics.passed, results.size(), out.string());
  return statistics.passed == results.size() ? ExitCode::kOk : ExitCode::kExpectationFailed;
}

}  // namespace

ExitCode run_many(const CommandLine& line) {
  const auto loaded = load(line.scenario, line.overrides, line.quiet);
  if (!loaded) return loaded.error();
  const model::Plan& plan = loaded->plan;
  const fs::path out = line.out.empty() ? fs::path("runs") / fmt::format("{}-{}-runs", plan.name, line.runs) : line.out;
  std::vector<fs::path> folders;
  for (unsigned i = 0; i < line.runs; ++i) folders.push_back(out / fmt::format("seed-{}", plan.seed + i));
  if (!prepare(out, folders)) return ExitCode::kBadInput;

  Children children(line.runs, line.quiet);
  for (unsigned i = 0; i < line.runs && !interrupted() && children.worst() == ExitCode::kOk; ++i) {
    Job job{line.scenario, line.overrides, folders[i], line.captures, true};
    std::erase_if(job.overrides, [](const model::Override& o) { return o.path == "seed"; });
    job.overrides.push_back({"seed", std::to_string(plan.seed + i)});
    children.wait(line.jobs);
    children.start(job);
  }
  children.wait(1);
  if (children.worst() != ExitCode::kOk) return children.worst();
  return summarize(line, out, folders);
}

}  // namespace lisper::sim
