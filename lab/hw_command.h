#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "model/plan.h"

namespace lisper::lab {

/// What is under the ports of LISPERs.
enum class Nic : std::uint8_t {
  kInterfaces,  ///< the interfaces of the namespace, by af_packet
  k82599,       ///< software models of Intel 82599 ports, plugged into the interfaces
};

struct HwPlace {
  std::filesystem::path programs;       ///< folder of lisper-hw and nic82599
  std::string scenario;                 ///< file
  std::string control;                  ///< socket for lisper-ctl
  std::vector<std::string> interfaces;  ///< of the namespace, by the node's ports
};

/// Starts the LISPER `node` of a plan. With modelled cards, what comes behind "--" is what starts it on real ones.
/// Fails if there are more ports than cards can be modelled for.
[[nodiscard]] Result<std::vector<std::string>> hw_command(const model::Node& node, const HwPlace& place, Nic nic);

}  // namespace lisper::lab
