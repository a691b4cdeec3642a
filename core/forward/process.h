#pragma once

#include <span>

#include "core/forward/packet.h"
#include "core/forward/shard.h"
#include "core/tables/tables.h"

namespace lisper {

/// The forwarding function of LISPER: decapsulates, checks and looks up every packet of the batch, and
/// writes its verdict. The adapter then, packet by packet in order: sends kForward; makes the copies of
/// kReplicate (replicate.h); hands kControl, kHold, kQueue and what is `snooped` to the ControlPlane; and afterwards
/// gives `shard.events` to the ControlPlane, and feeds back what `shard.reassembler` completed. From time to time
/// it gives `shard.usage` to the ControlPlane (ControlPlane::on_usage).
///
/// No allocation, lock, clock or log; no virtual call but the crypto engine's, one for 32 packets. Works on any bytes.
void process(std::span<Packet> batch, const Tables& tables, Shard& shard, TimeNs now) noexcept;

/// Forwards a bare frame of the control plane's (Outbox::OverlayFrame): to `to`, or, if that is kNoLocation, as if it
/// came from `verdict.ingress` just now. `verdict.network` is set, and `port` is the ingress's. Writes the verdict,
/// which the adapter carries out as that of any packet.
void inject(Packet& packet, LocationId to, const Tables& tables, Shard& shard, TimeNs now) noexcept;

}  // namespace lisper
