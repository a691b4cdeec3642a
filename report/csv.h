#pragma once

#include <string>

#include "report/result.h"

namespace lisper::report {

// RFC 4180, with a header line and "\n"; columns as docs/results.md lists them. Absent values are empty.

/// One line a flow, probes included.
[[nodiscard]] std::string flows_csv(const RunResult& result);
/// One line a direction of a link.
[[nodiscard]] std::string links_csv(const RunResult& result);

}  // namespace lisper::report
