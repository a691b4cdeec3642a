#pragma once

#include <string>

#include "hw/status.h"

namespace lisper::hw {

inline constexpr const char* kPrometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

/// The counters and sizes of a node in Prometheus' text exposition format 0.0.4. Rows of tables are not in it.
/// Every reason is there for each port, zero or not, so that the first drop shows as a rise.
[[nodiscard]] std::string to_prometheus(const Status& status);

}  // namespace lisper::hw
