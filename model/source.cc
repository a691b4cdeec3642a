#include "model/source.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <span>

namespace lisper::model {
namespace {

struct Step {
  std::string name;   ///< of a member
  std::size_t index;  ///< of an element, if `name` is empty
};

/// "links[0].delay" -> links, 0, delay
Result<std::vector<Step>> parse_path(std::string_view path) {
  std::vector<Step> steps;
  const Error malformed{"expected a path such as links[0].delay"};
  while (true) {
    const std::size_t end = std::min(path.find_first_of(".["), path.size());
    if (end == 0) return tl::unexpected(malformed);
    steps.push_back({std::string(path.substr(0, end)), 0});
    path.remove_prefix(end);
    while (path.starts_with('[')) {
      std::size_t index = 0;
      const char* last = path.data() + path.size();
      const auto [stopped, error] = std::from_chars(path.data() + 1, last, index);
      if (error != std::errc{} || stopped == last || *stopped != ']') return tl::unexpected(malformed);
      steps.push_back({{}, index});
      path.remove_prefix(static_cast<std::size_t>(stopped + 1 - path.data()));
    }
    if (path.empty()) return steps;
    if (path.front() != '.') return tl::unexpected(malformed);
    path.remove_prefix(1);
  }
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      result += c;
    }
  }
  return result + '"';
}

/// The override's value as JSON, in members for the steps that do not exist yet.
std::string wrapped(const Override& override, std::span<const Step> missing) {
  std::string text = json::Document::parse(override.value) ? override.value : quoted(override.value);
  for (const Step& step : missing) text = fmt::format("{{{}: {}}}", quoted(step.name), text);
  return text;
}

std::string escape_pointer(std::string_view key) {
  std::string result;
  for (const char c : key) {
    if (c == '~' || c == '/') {
      result += c == '~' ? "~0" : "~1";  // RFC 6901 3
    } else {
      result += c;
    }
  }
  return result;
}

std::string pointer_to(json::Value value, std::size_t offset) {
  std::string pointer;
  while (true) {
    std::optional<json::Value> next;
    if (value.is(json::Type::kObject)) {
      for (const json::Value::Member& member : value.members()) {
        if (offset < member.key_offset || offset >= member.value.end_offset()) continue;
        pointer += '/' + escape_pointer(member.key);
        next = member.value;
      }
    } else if (value.is(json::Type::kArray)) {
      const auto elements = value.elements();
      for (std::size_t i = 0; i < elements.size(); ++i) {
        if (offset < elements[i].offset() || offset >= elements[i].end_offset()) continue;
        pointer += fmt::format("/{}", i);
        next = elements[i];
      }
    }
    if (!next) return pointer;
    value = *next;
  }
}

}  // namespace

Result<Override> parse_override(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || !parse_path(text.substr(0, equals)))
    return fail(fmt::format("expected PATH=VALUE, such as links[0].delay=5ms, not \"{}\"", text));
  return Override{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

Source::Source(std::string text, const std::vector<Override>& overrides, Problems& problems) : text_(std::move(text)) {
  lines_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i)
    if (text_[i] == '\n') lines_.push_back(i + 1);
  if (!parse(problems)) return;
  if (!std::ranges::all_of(overrides, [&](const Override& o) { return apply(o, problems); })) document_.reset();
}

bool Source::parse(Problems& problems) {
  document_.reset();
  const auto values = static_cast<std::size_t>(
      std::ranges::count_if(text_, [](char c) { return c == ',' || c == '[' || c == '{' || c == ':'; }));
  if (text_.size() > kMaxBytes || values > kMaxValues) {
    problems.error({}, fmt::format("expected a scenario of at most {} MiB and {} values", kMaxBytes >> 20, kMaxValues),
                   "\"generate\" describes large networks in a few lines");
    return false;
  }
  auto parsed = json::Document::parse(text_);
  if (!parsed) {
    problems.error({parsed.error().offset}, "not JSON: " + parsed.error().message);
    return false;
  }
  document_ = std::move(*parsed);
  return true;
}

bool Source::apply(const Override& override, Problems& problems) {
  const auto refuse = [&](const json::Value& at, std::string why) {
    problems.error({at.offset()}, fmt::format("--set {}={}: {}", override.path, override.value, why));
    return false;
  };
  json::Value value = document_->root();
  const auto steps = parse_path(override.path);
  if (!steps) return refuse(value, steps.error().message);
  for (std::size_t i = 0; i < steps->size(); ++i) {
    const Step& step = (*steps)[i];
    std::optional<json::Value> next;
    if (step.name.empty()) {
      if (!value.is(json::Type::kArray)) return refuse(value, fmt::format("[{}] is of no array", step.index));
      if (step.index >= value.size())
        return refuse(value, fmt::format("there is no [{}]: the array has {} elements", step.index, value.size()));
      next = value.elements()[step.index];
    } else {
      if (!value.is(json::Type::kObject)) return refuse(value, fmt::format("\"{}\" is of no object", step.name));
      next = value.find(step.name);
    }
    if (next) {
      value = *next;
      continue;
    }
    std::vector<Step> missing(steps->begin() + static_cast<std::ptrdiff_t>(i) + 1, steps->end());
    std::ranges::reverse(missing);
    if (std::ranges::any_of(missing, [](const Step& s) { return s.name.empty(); }))
      return refuse(value, fmt::format("there is no array \"{}\"", step.name));
    const std::string member =
        fmt::format("{}{}: {}", value.size() == 0 ? "" : ", ", quoted(step.name), wrapped(override, missing));
    replace(value.end_offset() - 1, 0, member, override);
    return parse(problems);
  }
  replace(value.offset(), value.end_offset() - value.offset(), wrapped(override, {}), override);
  return parse(problems);
}

void Source::replace(std::size_t begin, std::size_t length, const std::string& by, const Override& override) {
  text_.replace(begin, length, by);
  Edit edit{begin, by.size(), length, fmt::format("--set {}={}", override.path, override.value)};
  const auto shift = [&](std::size_t offset) { return offset - length + by.size(); };
  std::vector<Edit> kept;
  for (Edit& old : edits_) {
    if (old.begin >= begin + length && old.begin > begin) {
      old.begin = shift(old.begin);
      kept.push_back(old);
    } else if (old.begin + old.length <= begin) {
      kept.push_back(old);
    } else if (old.begin >= begin) {  // replaced as a whole
      edit.replaced = edit.replaced - old.length + old.replaced;
    } else {  // inside what another override wrote
      old.length = shift(old.length);
      old.label = edit.label;
      kept.push_back(old);
      edit.length = 0;
    }
  }
  if (edit.length > 0) kept.push_back(std::move(edit));
  std::ranges::sort(kept, {}, &Edit::begin);
  edits_ = std::move(kept);
}

Source::Location Source::locate(Place place) const {
  Location location;
  std::size_t grown = 0;   // how many more bytes than in the file there are before the place,
  std::size_t shrunk = 0;  // or fewer
  std::size_t offset = place.offset;
  for (const Edit& edit : edits_) {
    if (edit.begin > place.offset) break;
    if (place.offset < edit.begin + edit.length) {
      location.overridden_by = edit.label;
      offset = edit.begin;
      break;
    }
    grown += edit.length;
    shrunk += edit.replaced;
  }
  offset = offset + shrunk - grown;
  const auto line = std::ranges::upper_bound(lines_, offset);
  location.line = static_cast<std::size_t>(line - lines_.begin());
  location.column = offset - *(line - 1) + 1;
  if (document_) location.path = pointer_to(document_->root(), place.offset);
  return location;
}

}  // namespace lisper::model
