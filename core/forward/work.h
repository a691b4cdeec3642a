#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/forward/packet.h"
#include "core/tables/fib.h"
#include "core/tables/tables.h"

namespace lisper {

inline constexpr std::size_t kSlice = 32;  ///< packets that go through the stages together

/// What the stages hand on for each packet of a slice. Written before it is read.
struct Work {
  enum class State : std::uint8_t {  // flags, so that one look tells which a slice has
    kDone = 0,                       ///< the verdict is written
    kTunnel = 1,                     ///< perhaps plain, see plain.h
    kEsp = 2,                        ///< its outer headers are plain
    kFrame = 4,                      ///< a bare frame; ingress and network are in its verdict
    kOther = 8,                      ///< anything else
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

/// A bare frame becomes kFrame: gets the table on its way into the cache.
[[gnu::always_inline]] inline void take_keys(const Packet& packet, Work& work, const Tables& tables,
                                             bool from_lisper) noexcept {
  const FibKey source = FibKey::at(packet.verdict.network, packet.data + sizeof(MacAddress));
  const FibKey destination = FibKey::at(packet.verdict.network, packet.data);
  work.state = Work::State::kFrame;
  work.from_lisper = from_lisper;
  work.source = source.value;
  work.source_place = tables.fib().place(source);
  work.destination = destination.value;
  work.destination_place = tables.fib().place(destination);
  Fib::prefetch(work.source_place);
  Fib::prefetch(work.destination_place);
}

}  // namespace lisper
