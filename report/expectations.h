#pragma once

#include <vector>

#include "model/plan.h"
#include "report/result.h"

namespace lisper::report {

/// What became of each expectation of the plan, in its order. Everything it asks about is looked up by
/// name in the result; what the result does not hold fails, and says so. A failure also names what
/// probably caused it.
[[nodiscard]] std::vector<ExpectationResult> check(const model::Plan& plan, const RunResult& result);

}  // namespace lisper::report
