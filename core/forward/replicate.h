#pragma once

#include <cstddef>
#include <cstdint>

#include "core/forward/packet.h"
#include "core/forward/shard.h"
#include "core/tables/tables.h"

namespace lisper {

/// True if a frame with verdict kReplicate gets a copy to member `index` of its list: not back to where
/// it came from, and not from a LISPER to a LISPER (split horizon), unless the list has it relayed.
[[nodiscard]] bool copy_wanted(const Verdict& verdict, const Tables& tables, std::size_t index) noexcept;

/// How many of the frame's first bytes `encapsulate_copy` looks at or changes, for member `index`. What is
/// behind them may stay elsewhere and be shared by all copies; `Packet::len` is that of the whole frame still.
[[nodiscard]] std::uint32_t bytes_touched(const Packet& frame, const Tables& tables, std::size_t index) noexcept;

/// Turns `copy` (a copy of the bare frame of a packet with verdict kReplicate, with the same verdict and
/// kHeadroom writable bytes before it, and the ingress port as `port`) into what is to be sent to member `index`;
/// writes its verdict: kForward, kHold or kDrop. Copies that are to be encrypted (`Verdict::seal`) must go through
/// `seal`, several together if possible, before anything else is done with them. A copy that is too big may become an
/// ICMP error to the frame's sender.
void encapsulate_copy(Packet& copy, const Tables& tables, Shard& shard, std::size_t index, TimeNs now) noexcept;

}  // namespace lisper
