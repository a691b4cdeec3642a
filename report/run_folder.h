#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "report/result.h"

namespace lisper::report {

/// A run folder in the making: a temporary sibling of its final path, which appears there complete or
/// not at all. Uncommitted, it is removed on destruction. docs/results.md lists its files.
class RunFolder {
 public:
  /// Creates the temporary folder, and missing parents of `path`. Refuses a `path` that holds anything
  /// but an earlier run (a result.json of ours) or an empty folder.
  [[nodiscard]] static Result<RunFolder> begin(const std::filesystem::path& path);

  RunFolder(RunFolder&& other) noexcept;
  RunFolder& operator=(RunFolder&&) = delete;
  ~RunFolder();

  /// Exists already; the runner writes its captures here before commit().
  [[nodiscard]] std::filesystem::path pcaps() const { return temporary_ / "pcap"; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  /// Writes every file, and puts the folder in the place of what is at path(). On failure path() is as
  /// it was, and the temporary folder is removed on destruction. Once only.
  [[nodiscard]] Result<void> commit(const RunResult& result, std::string_view scenario_text);

 private:
  RunFolder(std::filesystem::path path, std::filesystem::path temporary)
      : path_(std::move(path)), temporary_(std::move(temporary)) {}

  std::filesystem::path path_;
  std::filesystem::path temporary_;  ///< empty: committed, or moved from
};

/// The result.json of a run folder, or of that file itself.
[[nodiscard]] Result<RunResult> load(const std::filesystem::path& folder);

/// Replaces report.html of an existing run folder with one made from its result.json.
[[nodiscard]] Result<void> rebuild_report(const std::filesystem::path& folder);

/// Replaces the file at `path` at once: readers see the old text or all of the new.
[[nodiscard]] Result<void> replace_file(const std::filesystem::path& path, std::string_view text);

}  // namespace lisper::report
