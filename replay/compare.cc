#include "replay/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "replay/side_by_side.h"

namespace lisper::replay {

namespace {

using Kind = Difference::Kind;

bool same_bytes(const std::vector<PortFrame>& a, std::size_t i, const std::vector<PortFrame>& b, std::size_t j) {
  return i < a.size() && j < b.size() && a[i].bytes == b[j].bytes;
}

/// What happened at number `i`, the first that is not the same. A packet that the other side has one number later is
/// one that this side lacks, or has too many.
Kind kind_of(const std::vector<PortFrame>& expected, const std::vector<PortFrame>& actual, std::size_t i) {
  if (i >= actual.size()) return Kind::kMissing;
  if (i >= expected.size()) return Kind::kExtra;
  if (same_bytes(expected, i, actual, i)) return Kind::kTime;
  const bool missing = same_bytes(expected, i + 1, actual, i);
  const bool extra = same_bytes(expected, i, actual, i + 1);
  if (missing == extra) return Kind::kBytes;
  return missing ? Kind::kMissing : Kind::kExtra;
}

/// The first number that is not the same on both sides, and how many there are.
template <typename T>
std::pair<std::size_t, std::uint64_t> first_and_count(const std::vector<T>& expected, const std::vector<T>& actual) {
  const std::size_t both = std::min(expected.size(), actual.size());
  std::size_t first = both;
  std::uint64_t count = std::max(expected.size(), actual.size()) - both;
  for (std::size_t i = both; i-- > 0;) {
    if (expected[i] == actual[i]) continue;
    first = i;
    ++count;
  }
  return {first, count};
}

std::optional<Difference> compare_port(const std::string& port, const Outputs& expected_outputs,
                                       const Outputs& actual_outputs, std::size_t index, const LisperConfig& config) {
  const auto& expected = expected_outputs.ports[index];
  const auto& actual = actual_outputs.ports[index];
  const auto [i, count] = first_and_count(expected, actual);
  if (count == 0) return std::nullopt;
  Difference difference{
      .kind = kind_of(expected, actual, i), .port = port, .number = i + 1, .field = {}, .text = {}, .differing = count};
  const PortFrame* left = difference.kind == Kind::kExtra ? nullptr : &expected[i];
  const PortFrame* right = difference.kind == Kind::kMissing ? nullptr : &actual[i];
  if (difference.kind == Kind::kTime) difference.field = "time";
  if (difference.kind == Kind::kBytes) difference.field = first_differing_field(left->bytes, right->bytes, config);
  difference.text = side_by_side({expected_outputs.name, left}, {actual_outputs.name, right}, config);
  return difference;
}

std::optional<Difference> compare_punts(const Outputs& expected, const Outputs& actual) {
  const auto [i, count] = first_and_count(expected.punts, actual.punts);
  if (count == 0) return std::nullopt;
  const auto line = [i = i](const Outputs& outputs) {
    if (i >= outputs.punts.size()) return fmt::format("  {}: none\n", outputs.name);
    const Punt& punt = outputs.punts[i];
    return fmt::format("  {}: {} {}\n", outputs.name, to_text(punt.at), punt.text);
  };
  const bool both = i < expected.punts.size() && i < actual.punts.size();
  const bool time = both && expected.punts[i].text == actual.punts[i].text;
  const Kind lone = i < expected.punts.size() ? Kind::kMissing : Kind::kExtra;
  return Difference{.kind = time   ? Kind::kTime
                            : both ? Kind::kBytes
                                   : lone,
                    .port = kPunts,
                    .number = i + 1,
                    .field = time   ? "time"
                             : both ? "text"
                                    : "",
                    .text = line(expected) + line(actual),
                    .differing = count};
}

void compare_counters(const std::string& where, const report::Counters& expected, const report::Counters& actual,
                      const std::string& expected_name, const std::string& actual_name,
                      std::vector<std::string>& lines) {
  std::set<std::string> names;
  for (const auto& [name, value] : expected) names.insert(name);
  for (const auto& [name, value] : actual) names.insert(name);
  const auto value_of = [](const report::Counters& counters, const std::string& name) {
    const auto found = counters.find(name);
    return found == counters.end() ? std::uint64_t{0} : found->second;
  };
  for (const std::string& name : names) {
    const std::uint64_t a = value_of(expected, name), b = value_of(actual, name);
    if (a != b) lines.push_back(fmt::format("{}{}: {} {}, {} {}", where, name, expected_name, a, actual_name, b));
  }
}

/// Every key of either map, with what both have for it; empty counters for none.
template <typename Key>
void compare_groups(const char* what, const std::map<Key, report::Counters>& expected,
                    const std::map<Key, report::Counters>& actual, const std::string& expected_name,
                    const std::string& actual_name, std::vector<std::string>& lines) {
  auto all = expected;
  for (const auto& [key, counters] : actual) all.try_emplace(key);
  for (const auto& [key, counters] : all) {
    const auto found = actual.find(key);
    compare_counters(fmt::format("{} {} ", what, key), counters,
                     found == actual.end() ? report::Counters{} : found->second, expected_name, actual_name, lines);
  }
}

}  // namespace

std::vector<Difference> compare(const Outputs& expected, const Outputs& actual, const LisperConfig& config) {
  std::vector<Difference> differences;
  for (std::size_t i = 0; i < config.ports.size(); ++i)
    if (auto difference = compare_port(config.ports[i].name, expected, actual, i, config))
      differences.push_back(std::move(*difference));
  if (auto difference = compare_punts(expected, actual)) differences.push_back(std::move(*difference));
  return differences;
}

std::vector<std::string> compare(const report::NodeResult& expected, const report::NodeResult& actual,
                                 const std::string& expected_name, const std::string& actual_name) {
  std::vector<std::string> lines;
  compare_groups("port", expected.ports, actual.ports, expected_name, actual_name, lines);
  compare_groups("iid", expected.networks, actual.networks, expected_name, actual_name, lines);
  compare_counters("control ", expected.control, actual.control, expected_name, actual_name, lines);
  compare_counters("table ", expected.tables, actual.tables, expected_name, actual_name, lines);
  compare_groups("association", expected.associations, actual.associations, expected_name, actual_name, lines);
  const auto rows = [](const report::NodeResult& result) {
    std::map<std::pair<std::uint32_t, std::string>, std::string> by_key;
    for (const report::TableRow& row : result.fib) by_key[{row.iid, row.mac}] = row.leads_to;
    return by_key;
  };
  const auto left = rows(expected), right = rows(actual);
  auto all = left;
  all.insert(right.begin(), right.end());
  for (const auto& [key, unused] : all) {
    const auto a = left.find(key), b = right.find(key);
    const std::string none = "nothing";
    const std::string& x = a == left.end() ? none : a->second;
    const std::string& y = b == right.end() ? none : b->second;
    if (x != y)
      lines.push_back(fmt::format("iid {} {}: {} {}, {} {}", key.first, key.second, expected_name, x, actual_name, y));
  }
  return lines;
}

}  // namespace lisper::replay
