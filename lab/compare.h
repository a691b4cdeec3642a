#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "report/result.h"
#include "report/table.h"

namespace lisper::lab {

/// What both results say about one flow; null: it is not in that result.
struct FlowPair {
  std::string name;
  const report::FlowResult* a = nullptr;
  const report::FlowResult* b = nullptr;
};
struct ExpectationPair {
  std::string name;
  const report::ExpectationResult* a = nullptr;
  const report::ExpectationResult* b = nullptr;
  /// One passed and the other did not, or only one was asked.
  [[nodiscard]] bool differs() const noexcept;
};
/// A counter of a LISPER, tunnel or segment, over all its ports; or of its control plane.
struct CounterPair {
  std::string node;
  std::string counter;
  std::uint64_t a = 0;
  std::uint64_t b = 0;
};

/// Two results side by side. Refers to them.
struct Comparison {
  const report::RunResult* a;
  const report::RunResult* b;
  std::vector<FlowPair> flows;  ///< without probes
  std::vector<ExpectationPair> expectations;
  std::vector<CounterPair> counters;  ///< those that are not the same in both

  [[nodiscard]] bool verdicts_differ() const noexcept;
};

[[nodiscard]] Comparison compare(const report::RunResult& a, const report::RunResult& b);

/// For a terminal: tables of flows and of counters, and the expectations whose verdicts differ.
[[nodiscard]] std::string comparison_text(const Comparison& comparison, const report::TableStyle& style);
[[nodiscard]] nlohmann::ordered_json comparison_json(const Comparison& comparison);

}  // namespace lisper::lab
