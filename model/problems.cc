#include "model/problems.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace lisper::model {
namespace {

constexpr std::size_t kLongestCompared = 64;

/// Optimal string alignment distance; anything above `limit` may come out as `limit` + 1.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > limit || b.size() > kLongestCompared) return limit + 1;
  std::array<std::array<std::size_t, kLongestCompared + 1>, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    const auto& above2 = rows[(i + 1) % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], above2[j - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

void Problems::add(Problem problem) {
  if (problem.severity == Severity::kError && !full() && !wrong_.insert(problem.at.offset).second) return;
  std::size_t& count = problem.severity == Severity::kError ? errors_ : warnings_;
  if (++count <= kKept) {
    problems_.push_back(std::move(problem));
  } else {
    ++not_kept_;
  }
}

std::vector<Problem> Problems::sorted() const {
  std::vector<Problem> result = problems_;
  std::ranges::stable_sort(result, {}, [](const Problem& p) { return p.at.offset; });
  return result;
}

std::string suggest(std::string_view name, std::span<const std::string_view> candidates) {
  std::string_view best;
  if (name.size() < 2) return {};
  std::size_t best_distance = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(name, candidate, best_distance - 1);
    if (distance >= best_distance) continue;
    best = candidate;
    best_distance = distance;
  }
  return best.empty() ? std::string() : fmt::format("did you mean \"{}\"?", best);
}

}  // namespace lisper::model
