#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lisper::model {

/// Where something stands in the scenario's text.
struct Place {
  std::size_t offset = 0;  ///< [bytes] from the start
};

enum class Severity : std::uint8_t { kError, kWarning };

struct Problem {
  Severity severity = Severity::kError;
  Place at;
  std::string message;  ///< what was found, and what was expected
  std::string hint;     ///< may be empty
};

/// Everything that is wrong with a scenario, collected while it is read and resolved. Of several errors
/// at one place only the first is taken: the others follow from it.
class Problems {
 public:
  /// More of one severity are counted, but not kept: a big broken file must not become a bigger list.
  static constexpr std::size_t kKept = 100;

  void error(Place at, std::string message, std::string hint = {}) {
    add({Severity::kError, at, std::move(message), std::move(hint)});
  }
  void warning(Place at, std::string message, std::string hint = {}) {
    add({Severity::kWarning, at, std::move(message), std::move(hint)});
  }

  /// True once further errors are not kept, and hints for them not worth the search.
  [[nodiscard]] bool full() const noexcept { return errors_ >= kKept; }
  [[nodiscard]] std::size_t errors() const noexcept { return errors_; }
  [[nodiscard]] std::size_t not_kept() const noexcept { return not_kept_; }
  /// Sorted by position; of one position, in the order found.
  [[nodiscard]] std::vector<Problem> sorted() const;

 private:
  void add(Problem problem);

  std::vector<Problem> problems_;
  std::set<std::size_t> wrong_;  ///< offsets
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
  std::size_t not_kept_ = 0;
};

/// `did you mean "core"?` for the candidate that is closest to `name`, or "" if none is close: at most
/// a third of the letters, but one of two, inserted, deleted, replaced or swapped with a neighbour.
[[nodiscard]] std::string suggest(std::string_view name, std::span<const std::string_view> candidates);

/// The same for the keys of a map; "" once `problems` is full.
template <typename Map>
[[nodiscard]] std::string suggest_key(std::string_view name, const Map& map, const Problems& problems) {
  std::vector<std::string_view> keys;
  if (!problems.full())
    for (const auto& [key, value] : map) keys.push_back(key);
  return suggest(name, keys);
}

}  // namespace lisper::model
