#pragma once

#include <string>

#include "model/plan.h"
#include "report/svg.h"

namespace lisper::report {

/// The plan's nodes at their positions, and its links as they are plugged in at the start.
[[nodiscard]] Picture picture(const model::Plan& plan);

/// For Graphviz: `neato -n2` keeps the positions.
[[nodiscard]] std::string dot(const model::Plan& plan);

/// A file of its own, drawn as in the report.
[[nodiscard]] std::string svg(const model::Plan& plan);

}  // namespace lisper::report
