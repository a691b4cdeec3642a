#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "model/plan.h"
#include "model/problems.h"
#include "model/source.h"

namespace lisper::model {

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string file;
  std::size_t line = 1, column = 1;
  std::string message;
  std::string path;           ///< JSON pointer of what is wrong
  std::string overridden_by;  ///< "--set links[0].delay=5", if that is where it comes from
  std::string hint;
};

/// Everything found in one scenario, sorted by position.
struct Diagnostics {
  std::vector<Diagnostic> list;
  std::size_t not_listed = 0;  ///< how many more there are

  /// As a compiler prints them, at most `limit`:
  ///   scenarios/x.json:14:21: error: node "c" is not defined [/links/2/endpoints/1]
  ///     hint: did you mean "core"?
  [[nodiscard]] std::string render(std::size_t limit = 50) const;
};

struct Loaded {
  Plan plan;
  Diagnostics warnings;
  std::string text;  ///< the scenario as it was used, with overrides
};

/// Reads, checks and resolves a scenario file.
[[nodiscard]] tl::expected<Loaded, Diagnostics> load_scenario(const std::filesystem::path& path,
                                                              const std::vector<Override>& overrides = {});

/// The same of a text. `path` is what diagnostics name, and files that the scenario names are looked
/// for beside it.
[[nodiscard]] tl::expected<Loaded, Diagnostics> load_scenario_text(std::string text, const std::filesystem::path& path,
                                                                   const std::vector<Override>& overrides = {});

}  // namespace lisper::model
