#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "replay/compare.h"
#include "replay/inputs.h"
#include "replay/outputs.h"
#include "report/result.h"

namespace lisper::replay {

/// All that a replay found out.
struct Outcome {
  struct Run {
    Outputs outputs;
    report::NodeResult result;
    std::uint64_t lost = 0;  ///< frames that came in at a port without carrier
  };
  struct Comparison {
    std::string expected;
    std::string actual;
    std::vector<Difference> differences;
    std::vector<std::string> counters;  ///< that differ, a line each

    [[nodiscard]] bool same() const noexcept { return differences.empty() && counters.empty(); }
  };

  std::string scenario;
  std::string node;
  std::vector<std::string> ports;  ///< by PortId
  std::vector<InputSummary> inputs;
  std::uint64_t generated = 0;  ///< frames
  std::uint64_t frames = 0;     ///< that came in, all together
  std::vector<Run> runs;
  std::vector<Comparison> comparisons;

  [[nodiscard]] bool same() const noexcept;
};

/// As replay.json has it.
[[nodiscard]] std::string to_json(const Outcome& outcome);

/// What came in and what came out, for people.
[[nodiscard]] std::string to_table(const Outcome& outcome);

/// Every difference, side by side; empty if there is none.
[[nodiscard]] std::string differences(const Outcome& outcome);

}  // namespace lisper::replay
