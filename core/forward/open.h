#pragma once

#include <span>

#include "core/forward/decapsulate.h"

namespace lisper {

/// A packet that `parse` found to be ESP.
struct EspPacket {
  Packet* packet;
  Parsed* parsed;
};

/// Checks and decrypts ESP packets (RFC 4303 3.4) in one call of the shard's engine for each 32. Those that pass are
/// kTunnel afterwards, as if they had come in clear text, or kFrame already; of the others the verdict is written.
void open(std::span<const EspPacket> packets, const Tables& tables, Shard& shard) noexcept;

}  // namespace lisper
