#include "hw/ctl/exposition.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace lisper::hw {

namespace {

/// The format escapes backslash and line feed everywhere, and quotes in label values.
std::string escaped(std::string_view text, bool label) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '\\' || (label && c == '"')) out += '\\';
      out += c;
    }
  }
  return out;
}

}  // namespace

void Exposition::begin(Type type, std::string_view name, std::string_view help) {
  name_ = name;
  fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, escaped(help, false), name,
                 type == Type::kCounter ? "counter" : "gauge");
}

void Exposition::sample(const std::vector<Label>& labels, std::uint64_t value) { add(labels, fmt::to_string(value)); }

void Exposition::sample(const std::vector<Label>& labels, double value) { add(labels, fmt::to_string(value)); }

void Exposition::add(const std::vector<Label>& labels, std::string_view value) {
  text_ += name_;
  char before = '{';
  const auto put = [&](const Label& label) {
    fmt::format_to(std::back_inserter(text_), "{}{}=\"{}\"", before, label.name, escaped(label.value, true));
    before = ',';
  };
  std::ranges::for_each(common_, put);
  std::ranges::for_each(labels, put);
  fmt::format_to(std::back_inserter(text_), "{} {}\n", before == ',' ? "}" : "", value);
}

}  // namespace lisper::hw
