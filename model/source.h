#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "model/problems.h"

namespace lisper::model {

/// `--set links[0].delay=5ms`
struct Override {
  std::string path;   ///< "links[0].delay": members by name, elements by index
  std::string value;  ///< JSON if it can be read as that, otherwise a string
};
/// Splits at the first "=".
[[nodiscard]] Result<Override> parse_override(std::string_view text);

/// A scenario's text with overrides written into it, and where its parts came from.
class Source {
 public:
  static constexpr std::size_t kMaxBytes = 64u << 20;
  static constexpr std::size_t kMaxValues = 2u << 20;  ///< bounds the memory that reading takes

  struct Location {
    std::size_t line = 1, column = 1;  ///< in the file, from 1; columns count bytes
    std::string path;                  ///< JSON pointer, RFC 6901
    std::string overridden_by;         ///< the override that put the value here, or empty
  };

  /// Parses `text`, after writing the overrides into it. Problems of syntax, size and overrides go to
  /// `problems`; then there is no document.
  Source(std::string text, const std::vector<Override>& overrides, Problems& problems);

  /// Null if the text could not be parsed.
  [[nodiscard]] const json::Document* document() const noexcept { return document_ ? &*document_ : nullptr; }
  /// With the overrides.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] Location locate(Place place) const;

 private:
  /// A stretch of `text_` that an override wrote.
  struct Edit {
    std::size_t begin;
    std::size_t length;
    std::size_t replaced;  ///< [bytes] that stood there
    std::string label;
  };

  bool parse(Problems& problems);
  bool apply(const Override& override, Problems& problems);
  void replace(std::size_t begin, std::size_t length, const std::string& by, const Override& override);

  std::string text_;
  std::vector<Edit> edits_;  ///< sorted, disjoint
  std::optional<json::Document> document_;
  std::vector<std::size_t> lines_;  ///< offsets of the original's line starts
};

}  // namespace lisper::model
