#include "report/run_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <utility>

#include "report/csv.h"
#include "report/html.h"
#include "report/json.h"

namespace lisper::report {
namespace {

namespace fs = std::filesystem;

Result<void> write_file(const fs::path& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) return fail(fmt::format("{}: cannot write", path.string()));
  return {};
}

bool is_result_of_ours(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string start(kResultPrefix.size(), '\0');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  return in && start == kResultPrefix;
}

Result<void> check_replaceable(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return {};
  if (error) return fail(fmt::format("{}: {}", path.string(), error.message()));
  if (!fs::is_directory(status)) return fail(fmt::format("{}: exists, and is not a folder", path.string()));
  const bool empty = fs::is_empty(path, error);
  if (error) return fail(fmt::format("{}: {}", path.string(), error.message()));
  if (empty || is_result_of_ours(path / "result.json")) return {};
  return fail(
      fmt::format("{}: not replaced: it is not empty, and holds no result.json of an earlier run", path.string()));
}

/// Puts the folder `temporary` at `path`; what was there is removed.
Result<void> put_in_place(const fs::path& temporary, const fs::path& path) {
  const auto fails = [&](int code) {
    return fail(fmt::format("{}: {}", path.string(), std::generic_category().message(code)));
  };
  // rename() replaces nothing, or an empty folder; a full one takes an exchange, so that path is never missing.
  if (rename(temporary.c_str(), path.c_str()) == 0) return {};
  if (errno != ENOTEMPTY && errno != EEXIST) return fails(errno);
  std::error_code ignored;
  if (renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) == 0) {
    fs::remove_all(temporary, ignored);
    return {};
  }
  if (errno != EINVAL && errno != ENOSYS) return fails(errno);
  // A file system without exchange.
  const fs::path old = temporary.string() + "-old";
  if (rename(path.c_str(), old.c_str()) != 0) return fails(errno);
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    const int code = errno;
    if (rename(old.c_str(), path.c_str()) != 0)
      return fail(fmt::format("{}: cannot be put back; the earlier run is in {}", path.string(), old.string()));
    return fails(code);
  }
  fs::remove_all(old, ignored);
  return {};
}

std::string events_text(const RunResult& result) {
  std::string text;
  for (const EventResult& event : result.events) text += to_line(event) + "\n";
  return text;
}

}  // namespace

Result<RunFolder> RunFolder::begin(const fs::path& path) {
  std::error_code error;
  // Also resolves a symbolic link to an earlier run, and a trailing slash.
  fs::path target = fs::weakly_canonical(fs::absolute(path, error), error);
  if (!error && !target.has_filename()) target = target.parent_path();
  if (error || !target.has_filename()) return fail(fmt::format("\"{}\": not a path for a folder", path.string()));
  if (const auto ok = check_replaceable(target); !ok) return tl::unexpected(ok.error());
  fs::create_directories(target.parent_path(), error);
  fs::path temporary;
  bool created = false;
  for (int i = 0; !error && !created; ++i) {
    temporary = target.parent_path() / fmt::format(".{}.tmp-{}-{}", target.filename().string(), getpid(), i);
    created = fs::create_directory(temporary, error);
  }
  if (error) return fail(fmt::format("{}: cannot create: {}", target.string(), error.message()));
  RunFolder folder(std::move(target), std::move(temporary));
  fs::create_directory(folder.pcaps(), error);
  if (error) return fail(fmt::format("{}: cannot create: {}", folder.pcaps().string(), error.message()));
  return folder;
}

RunFolder::RunFolder(RunFolder&& other) noexcept
    : path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, {})) {}

RunFolder::~RunFolder() {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
}

Result<void> RunFolder::commit(const RunResult& result, std::string_view scenario_text) {
  const nlohmann::ordered_json run{
      {"scenario", result.scenario}, {"body", result.body}, {"seed", result.seed}, {"versions", result.versions}};
  const std::pair<const char*, std::string> files[] = {
      {"result.json", to_text(result)},
      {"events.jsonl", events_text(result)},
      {"flows.csv", flows_csv(result)},
      {"links.csv", links_csv(result)},
      {"run.json", lines_text(run)},
      {"report.html", html(result)},
      {"scenario.json", std::string(scenario_text)},
  };
  for (const auto& [name, text] : files)
    if (auto written = write_file(temporary_ / name, text); !written) return written;
  // Again: the run may have taken hours.
  if (auto ok = check_replaceable(path_); !ok) return ok;
  if (auto ok = put_in_place(temporary_, path_); !ok) return ok;
  temporary_.clear();
  return {};
}

Result<RunResult> load(const fs::path& folder) {
  std::error_code ignored;
  const fs::path file = fs::is_directory(folder, ignored) ? folder / "result.json" : folder;
  std::ifstream in(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  if (!in.is_open() || in.bad()) return fail(fmt::format("{}: cannot read", file.string()));
  auto result = from_text(text);
  if (!result) return fail(fmt::format("{}: {}", file.string(), result.error().message));
  return result;
}

Result<void> rebuild_report(const fs::path& folder) {
  const auto result = load(folder / "result.json");
  if (!result) return tl::unexpected(result.error());
  return replace_file(folder / "report.html", html(*result));
}

Result<void> replace_file(const fs::path& path, std::string_view text) {
  const fs::path temporary = fmt::format("{}.tmp-{}", path.string(), getpid());
  std::error_code error;
  auto written = write_file(temporary, text);
  if (written) fs::rename(temporary, path, error);
  if (error) written = fail(fmt::format("{}: {}", path.string(), error.message()));
  if (!written) fs::remove(temporary, error);
  return written;
}

}  // namespace lisper::report
