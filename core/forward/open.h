#pragma once

#include <span>

#include "core/forward/decapsulate.h"
#include "core/forward/work.h"

namespace lisper {

/// A packet that `parse` found to be ESP.
struct EspPacket {
  Packet* packet;
  Parsed* parsed;
};

/// Checks and decrypts at most kSlice ESP packets (RFC 4303 3.4) in one call of the shard's engine. Those that pass are
/// kTunnel afterwards, as if they had come in clear text; of the others the verdict is written.
void open(std::span<const EspPacket> packets, const Tables& tables, Shard& shard) noexcept;

/// Does so with those of a slice that are in the state kEsp, and strips them: they are kFrame afterwards, or kDone.
void open_plain(Slice packets, Works& works, const Tables& tables, Shard& shard) noexcept;

}  // namespace lisper
