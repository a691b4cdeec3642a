#pragma once

#include <cstdint>
#include <filesystem>
#include <unordered_set>
#include <vector>

#include "lab/tool.h"
#include "lab/traffic.h"

namespace lisper::lab {

/// Copies the frames of the flow's capture that pass its filters to `to`; what they are known again by (kTail). Frames
/// that the capture itself cut short are left out.
[[nodiscard]] Result<std::unordered_set<std::uint64_t>> filter_capture(const model::Flow& flow,
                                                                       const std::filesystem::path& to);

/// Frames of a capture, sent by tcpreplay. A frame counts as received when one that ends in the same
/// bytes, whatever headers it got or lost, reaches an end system within a second.
class ReplayFlow final : public Traffic {
 public:
  ReplayFlow(const model::Flow& flow, const TrafficContext& context);
  Result<void> prepare() override;
  Result<void> start() override;
  void stop() override;
  bool done() override { return !tool_.running(); }
  report::FlowResult result() override;

 private:
  const model::Flow& flow_;
  const TrafficContext& context_;
  std::filesystem::path capture_;          ///< what is left of the flow's
  std::unordered_set<std::uint64_t> own_;  ///< its frames; others may leave by the same port
  Watch sent_;
  std::vector<Watch> end_systems_;
  Tool tool_;
};

}  // namespace lisper::lab
