#pragma once

#include <vector>

#include "model/plan.h"

namespace lisper::replay {

/// Which ports of a node the plan's links and events give a carrier. A port that no link ever reaches has one.
class Carrier {
 public:
  Carrier(const model::Plan& plan, std::size_t node);

  void apply(const model::Event& event);
  /// By the order of LisperConfig::ports.
  [[nodiscard]] std::vector<bool> ports() const;

 private:
  std::size_t node_;
  std::vector<model::Link> links_;  ///< as they are now
  std::vector<std::size_t> ports_;  ///< of the node in the plan, by the order of LisperConfig::ports
  std::vector<bool> ever_linked_;   ///< by the plan's order
};

}  // namespace lisper::replay
