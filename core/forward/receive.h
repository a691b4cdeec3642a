#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/forward/packet.h"
#include "core/forward/shard.h"
#include "core/tables/fib.h"
#include "core/tables/tables.h"

namespace lisper {

inline constexpr std::size_t kSlice = 32;  ///< packets that go through the stages together

/// What the stages hand on for each packet of a slice. Written before it is read.
struct Work {
  enum class State : std::uint8_t {
    kDone,    ///< the verdict is written
    kTunnel,  ///< perhaps plain, see plain.h
    kEsp,     ///< its outer headers are plain
    kFrame,   ///< a bare frame; ingress and network are in its verdict
    kOther,   ///< anything else
  } state;
  bool from_lisper;
  Fib::Place source_place;
  Fib::Place destination_place;
  std::uint64_t session_hash;
  std::uint64_t source;       ///< FibKey
  std::uint64_t destination;  ///< FibKey
  std::uint64_t entry;        ///< word of the destination's entry, 0 if it has none
};
using Slice = std::span<Packet>;
using Works = std::array<Work, kSlice>;

/// The first stages: from packets to bare frames (kFrame) with their keys, and the table on its way into the cache. Of
/// the others the verdict is written.
void receive(Slice packets, Works& works, const Tables& tables, Shard& shard, TimeNs now) noexcept;

}  // namespace lisper
