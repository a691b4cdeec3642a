#include "replay/side_by_side.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <span>
#include <vector>

#include "replay/decode.h"

namespace lisper::replay {

namespace {

constexpr std::size_t kHexLine = 16;      // [bytes]
constexpr std::size_t kMaxHexLines = 12;  // of those that differ

/// A field of both packets, or of one of them.
struct Row {
  std::string name;
  std::string left, right;  ///< "-": not there
  bool differs = false;
};

bool equal(const Field& left, const Side& a, const Field& right, const Side& b) {
  return std::ranges::equal(Bytes(a.frame->bytes).subspan(left.offset, left.length),
                            Bytes(b.frame->bytes).subspan(right.offset, right.length));
}

std::vector<Field> fields_of(const Side& side, const LisperConfig& config) {
  return side.frame == nullptr ? std::vector<Field>() : decode(side.frame->bytes, config);
}

/// The left packet's fields with the right one's of the same name, then those that only the right one has.
std::vector<Row> rows_of(const Side& left, const Side& right, const LisperConfig& config) {
  const std::vector<Field> ours = fields_of(left, config);
  std::vector<Field> theirs = fields_of(right, config);
  std::vector<Row> rows;
  for (const Field& field : ours) {
    const auto found = std::ranges::find(theirs, field.name, &Field::name);
    if (found == theirs.end()) {
      rows.push_back({field.name, field.text, "-", right.frame != nullptr});
      continue;
    }
    rows.push_back({field.name, field.text, found->text, !equal(field, left, *found, right)});
    theirs.erase(found);
  }
  for (const Field& field : theirs) rows.push_back({field.name, "-", field.text, left.frame != nullptr});
  return rows;
}

std::string hex_line(Bytes bytes, std::size_t offset) {
  std::string hex, text;
  for (std::size_t i = offset; i < std::min(bytes.size(), offset + kHexLine); ++i) {
    const auto value = std::to_integer<unsigned char>(bytes[i]);
    hex += fmt::format("{:02x}{}", value, i % 2 == 1 ? " " : "");
    text += std::isprint(value) != 0 ? static_cast<char>(value) : '.';
  }
  return fmt::format("{:<40} {:<16}", hex, text);
}

std::string hex_difference(Bytes left, Bytes right) {
  std::string result;
  std::size_t lines = 0, more = 0;
  for (std::size_t offset = 0; offset < std::max(left.size(), right.size()); offset += kHexLine) {
    const auto line = [offset](Bytes bytes) {
      return offset < bytes.size() ? bytes.subspan(offset, std::min(kHexLine, bytes.size() - offset)) : Bytes();
    };
    if (std::ranges::equal(line(left), line(right))) continue;
    if (++lines > kMaxHexLines) {
      ++more;
      continue;
    }
    result += fmt::format("  0x{:04x}  {}  | {}\n", offset, hex_line(left, offset), hex_line(right, offset));
  }
  if (more != 0) result += fmt::format("  ... and {} more lines of {} bytes\n", more, kHexLine);
  return result;
}

}  // namespace

std::string side_by_side(const Side& left, const Side& right, const LisperConfig& config) {
  std::vector<Row> rows = rows_of(left, right, config);
  const auto head = [](const Side& side) { return side.frame == nullptr ? "none" : to_text(side.frame->at); };
  const auto size = [](const Side& side) {
    return side.frame == nullptr ? "-" : fmt::format("{} bytes", side.frame->bytes.size());
  };
  const bool both = left.frame != nullptr && right.frame != nullptr;
  rows.insert(rows.begin(), {{"time", head(left), head(right), both && left.frame->at != right.frame->at},
                             {"length", size(left), size(right), both && size(left) != size(right)}});
  std::size_t name_width = 0, left_width = left.name.size();
  for (const Row& row : rows) {
    name_width = std::max(name_width, row.name.size());
    left_width = std::max(left_width, row.left.size());
  }
  std::string text = fmt::format("    {:<{}}  {:<{}}  {}\n", "", name_width, left.name, left_width, right.name);
  for (const Row& row : rows)
    text += fmt::format("  {} {:<{}}  {:<{}}  {}\n", row.differs ? '!' : ' ', row.name, name_width, row.left,
                        left_width, row.right);
  if (both) text += hex_difference(left.frame->bytes, right.frame->bytes);
  return text;
}

std::string first_differing_field(Bytes left, Bytes right, const LisperConfig& config) {
  const auto offset = static_cast<std::size_t>(std::ranges::mismatch(left, right).in1 - left.begin());
  if (offset >= std::min(left.size(), right.size())) return "length";
  for (const Field& field : decode(left, config))
    if (offset < field.offset + field.length) return field.name;
  return "length";
}

std::string to_text(TimeNs time) { return fmt::format("{}.{:09}", time.ns / 1'000'000'000, time.ns % 1'000'000'000); }

}  // namespace lisper::replay
