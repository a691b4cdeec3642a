#pragma once

#include <span>

#include "core/base/address.h"
#include "core/base/ids.h"
#include "core/forward/config.h"
#include "core/tables/tables.h"

namespace lisper {

/// Tables that are equal to `tables` for a frame from one MAC to another in `network`, and may be changed; with
/// kNoNetwork, as far as a frame's outer headers go. `config` is what `tables` were built from, `bindings` are those
/// that the frame may need.
[[nodiscard]] Tables scratch_tables(const Tables& tables, LisperConfig config, NetworkId network,
                                    const MacAddress& source, const MacAddress& destination,
                                    std::span<const IpAddress> bindings);

}  // namespace lisper
