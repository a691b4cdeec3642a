#include "model/load.h"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <span>
#include <utility>

#include "model/read_scenario.h"
#include "model/resolve.h"

namespace lisper::model {
namespace {

/// A text may hold anything; a terminal should not have to.
std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text;
}

Diagnostics diagnose(const Problems& problems, const Source& source, const std::filesystem::path& path) {
  Diagnostics result;
  result.not_listed = problems.not_kept();
  for (const Problem& problem : problems.sorted()) {
    const Source::Location location = source.locate(problem.at);
    result.list.push_back({problem.severity, path.string(), location.line, location.column, printable(problem.message),
                           printable(location.path), printable(location.overridden_by), printable(problem.hint)});
  }
  return result;
}

tl::unexpected<Diagnostics> unreadable(const std::filesystem::path& path, std::string message) {
  Diagnostics result;
  result.list.push_back(
      {.file = path.string(), .message = std::move(message), .path = {}, .overridden_by = {}, .hint = {}});
  return tl::unexpected(std::move(result));
}

}  // namespace

std::string Diagnostics::render(std::size_t limit) const {
  std::string text;
  for (const Diagnostic& d : std::span(list).first(std::min(limit, list.size()))) {
    text += fmt::format("{}:{}:{}: {}: {}", d.file, d.line, d.column,
                        d.severity == Severity::kError ? "error" : "warning", d.message);
    if (!d.path.empty()) text += fmt::format(" [{}]", d.path);
    if (!d.overridden_by.empty()) text += fmt::format(" (from {})", d.overridden_by);
    text += '\n';
    if (!d.hint.empty()) text += fmt::format("  hint: {}\n", d.hint);
  }
  const std::size_t more = not_listed + (list.size() > limit ? list.size() - limit : 0);
  if (more > 0) text += fmt::format("... and {} more\n", more);
  return text;
}

tl::expected<Loaded, Diagnostics> load_scenario_text(std::string text, const std::filesystem::path& path,
                                                     const std::vector<Override>& overrides) {
  Problems problems;
  const Source source(std::move(text), overrides, problems);
  Plan plan;
  if (source.document() != nullptr) {
    const Scenario scenario = read_scenario(source.document()->root(), problems);
    plan = resolve(scenario, path, problems);
  }
  Diagnostics diagnostics = diagnose(problems, source, path);
  if (problems.errors() > 0) return tl::unexpected(std::move(diagnostics));
  return Loaded{std::move(plan), std::move(diagnostics), source.text()};
}

tl::expected<Loaded, Diagnostics> load_scenario(const std::filesystem::path& path,
                                                const std::vector<Override>& overrides) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return unreadable(path, "is a directory, not a scenario");
  std::ifstream file(path, std::ios::binary);
  if (!file) return unreadable(path, "cannot be read");
  // Not the file's size: it may be a pipe.
  std::string text;
  std::string block(1u << 20, '\0');
  while (file && text.size() <= Source::kMaxBytes) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    text.append(block, 0, static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) return unreadable(path, "cannot be read");
  return load_scenario_text(std::move(text), path, overrides);
}

}  // namespace lisper::model
