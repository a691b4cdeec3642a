#pragma once

#include <span>

#include "core/forward/packet.h"
#include "core/forward/shard.h"
#include "core/tables/tables.h"

namespace lisper {

/// Encrypts those packets of a batch whose verdict says so (`Verdict::seal`) in one call of the shard's engine for each
/// 32, in order, and gives them their sequence numbers. `process` has done it with its own packets.
void seal(std::span<Packet> batch, const Tables& tables, Shard& shard) noexcept;

}  // namespace lisper
