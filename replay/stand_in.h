#pragma once

#include <map>
#include <optional>
#include <span>
#include <utility>

#include "core/base/address.h"
#include "core/forward/config.h"
#include "replay/frames.h"

namespace lisper::replay {

/// Stands in for the next hops of a node's exits, which answer ND and ARP where a capture cannot. Its MAC for a next
/// hop is the one that the captures show for it, else 02 and five octets that follow from the IP address.
class StandIn {
 public:
  StandIn(const LisperConfig& config, std::span<const PortFrame> captured);

  /// What comes in at once because of a frame that the node sent: an answer, if that frame asks for a next hop.
  [[nodiscard]] std::optional<PortFrame> answer(const PortFrame& sent) const;

 private:
  std::map<std::pair<PortId, IpAddress>, MacAddress> next_hops_;
};

}  // namespace lisper::replay
