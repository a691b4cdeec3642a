#pragma once

#include "core/base/big_endian.h"
#include "model/plan.h"

namespace lisper::model {

/// Whether a replay flow sends this frame of its capture, by `only_source` and its like.
[[nodiscard]] bool is_wanted(const Flow& flow, Bytes frame);

}  // namespace lisper::model
