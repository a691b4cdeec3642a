#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "endpoint/command_line.h"
#include "endpoint/port.h"
#include "model/plan.h"

namespace lisper::endpoint {

struct OpenFailure {
  ExitCode code;
  std::string message;
};

/// By the order of the node's ports; null: no binding names it.
[[nodiscard]] tl::expected<std::vector<std::unique_ptr<Port>>, OpenFailure> open_ports(
    const std::string& node, const LisperConfig& config, const std::vector<PortBinding>& bindings,
    const std::filesystem::path& captures);

}  // namespace lisper::endpoint
