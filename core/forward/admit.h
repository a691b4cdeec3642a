#pragma once

#include "core/forward/reasons.h"
#include "core/tables/tables.h"

namespace lisper {

/// Why a host that the FIB does not have at `ingress`, a local location, must not be one there; kNone: it may.
[[nodiscard]] Reason refusal(const Tables& tables, FibKey host, LocationId ingress) noexcept;

}  // namespace lisper
