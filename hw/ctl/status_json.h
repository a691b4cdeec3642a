#pragma once

#include <nlohmann/json.hpp>

#include "core/base/result.h"
#include "hw/status.h"

namespace lisper::hw {

/// The fields of Status by their names, in their order.
[[nodiscard]] nlohmann::ordered_json to_json(const Status& status);

/// The other direction. Fails with the place and what was expected there. Unknown fields are ignored.
[[nodiscard]] Result<Status> status_from_json(const nlohmann::ordered_json& json);

}  // namespace lisper::hw
