#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/base/result.h"

namespace lisper::lab {

/// Asks a lisper-hw one question on its control socket: a JSON object on a line each way. An answer that
/// is not "ok" is a failure.
[[nodiscard]] Result<nlohmann::json> ask(const std::filesystem::path& socket, const nlohmann::json& question);

}  // namespace lisper::lab
