#include "model/graph/xml_check.h"

#include <cstddef>

namespace lisper::model {
namespace {

constexpr int kDeepest = 64;

/// Where the markup that begins at `at` ends with `closing`: just after it, or at the text's end.
std::size_t after(std::string_view text, std::size_t at, std::string_view closing) {
  auto found = text.find(closing, at);
  return found == std::string_view::npos ? text.size() : found + closing.size();
}

/// Just after the `>` of the tag at `at`; one within an attribute's quotes does not count.
std::size_t after_tag(std::string_view text, std::size_t at) {
  char quote = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      return at + 1;
    }
  }
  return at;
}

}  // namespace

Result<void> check_xml(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return fail("the file is not text");
  int depth = 0;
  for (auto at = text.find('<'); at != std::string_view::npos; at = text.find('<', at)) {
    const auto rest = text.substr(at);
    if (rest.starts_with("<!--")) {
      at = after(text, at + 4, "-->");
    } else if (rest.starts_with("<![CDATA[")) {
      at = after(text, at, "]]>");
    } else if (rest.starts_with("<?")) {
      at = after(text, at, "?>");
    } else if (rest.starts_with("<!")) {
      const auto end = after_tag(text, at);
      if (text.substr(at, end - at).find('[') != std::string_view::npos)
        return fail("the file's document type declares things, which is not supported");
      at = end;
    } else {
      const auto end = after_tag(text, at);
      if (rest.starts_with("</"))
        --depth;
      else if (!text.substr(at, end - at).ends_with("/>") && ++depth > kDeepest)
        return fail("the file's elements are nested too deeply");
      at = end;
    }
  }
  return {};
}

}  // namespace lisper::model
