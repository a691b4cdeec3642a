#pragma once

#include <cstddef>
#include <functional>

#include "core/base/result.h"

namespace lisper::lab {

/// Calls work(0) ... work(count - 1), as many at a time as there are processors. After a failure, which
/// is returned, no more are begun.
[[nodiscard]] Result<void> parallel(std::size_t count, const std::function<Result<void>(std::size_t)>& work);

}  // namespace lisper::lab
