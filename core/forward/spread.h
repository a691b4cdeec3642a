#pragma once

#include <cstdint>

#include "core/forward/packet.h"
#include "core/tables/tables.h"

namespace lisper {

/// A hash that tells inner flows apart before `process` has seen the packet, so that an adapter with several
/// workers can give all packets of a flow to the same one: NICs do not look into L2TPv3. Frames of one outer
/// fragment train have one hash, and so have the ESP packets of one key; what is no tunnelled frame has 0. Counts
/// nothing, changes nothing.
[[nodiscard]] std::uint32_t spread_hash(const Packet& packet, const Tables& tables) noexcept;

}  // namespace lisper
