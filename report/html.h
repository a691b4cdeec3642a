#pragma once

#include <string>

#include "report/result.h"

namespace lisper::report {

/// The whole report as one page that needs no network and no other file.
[[nodiscard]] std::string html(const RunResult& result);

}  // namespace lisper::report
