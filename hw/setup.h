#pragma once

#include <map>
#include <string>

#include "core/base/result.h"
#include "hw/command_line.h"
#include "hw/eal.h"
#include "model/plan.h"

namespace lisper::hw {

/// The LISPER (or other core node) `name` of a plan; null if there is none of that name.
[[nodiscard]] const model::CoreNode* find_core_node(const model::Plan& plan, const std::string& name);

/// A device for each port: what was bound, else the PCI address of the scenario. Refuses ports without, and bindings
/// of ports that the node has not.
[[nodiscard]] Result<std::map<std::string, std::string>> choose_devices(
    const model::Node& node, const std::map<std::string, std::string>& bound);

/// EAL's options for these devices: CPUs, memory, huge pages if there are any and a card does not need them.
[[nodiscard]] Result<EalOptions> choose_environment(const CommandLine& line, const model::CoreNode& node,
                                                    const std::map<std::string, std::string>& devices,
                                                    const NodeOptions& options);

}  // namespace lisper::hw
