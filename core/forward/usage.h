#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/tables/fib.h"

namespace lisper {

/// Packets and bytes of frames, and when the last one went.
struct Tally {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  TimeNs last{};
};

/// What one worker sent to LISPERs since it last handed this over, by map-cache entry and RLOC: the figures
/// of the controller's `statistics`. A frame is counted, without outer headers, when it is encapsulated.
///
/// A hash table of fixed size. What finds no place in it is lost, and that is counted.
class Usage {
 public:
  static constexpr std::size_t kSlots = 4096;

  struct Slot {
    FibKey eid;               ///< the entry's network and EID-prefix, bits past `length` zero; 0: free slot
    std::uint64_t bytes = 0;  ///< of `packets`
    std::uint32_t packets = 0;
    std::uint32_t last = 0;  ///< when the last one was sent, in ticks modulo 2^32
    LocationId location;     ///< a LISPER
    SourceEntryId source;    ///< if the entry is for one source only
    std::uint8_t length = 0;
  };
  static_assert(sizeof(Slot) == 32, "two of them are a cache line");

  /// One that counts nothing and has no memory.
  Usage() = default;
  [[nodiscard]] static Usage counting() {
    Usage usage;
    usage.slots_ = std::make_unique<Slot[]>(kSlots);
    return usage;
  }

  /// `mac` is the frame's destination, which an entry of `length` bits matched; if it is for one source only, `source`.
  void count_sent(NetworkId network, const MacAddress& mac, std::uint8_t length, LocationId location,
                  std::uint32_t bytes, TimeNs now, SourceEntryId source = kNoSourceEntry) noexcept {
    if (slots_ == nullptr) return;
    constexpr std::size_t kProbes = 8;
    constexpr std::uint64_t kNetworkBits = 0xffff;
    const std::uint64_t mask = length == 0 ? kNetworkBits : kNetworkBits | ~std::uint64_t{0} << (64 - length);
    const FibKey eid(FibKey(network, mac).value & mask);
    const std::uint64_t target = std::uint64_t{source.value} << 32 | location.value;
    const std::uint64_t hash = hash_u64(eid.value ^ std::rotr(target, 20) ^ length);
    for (std::size_t i = 0; i < kProbes; ++i) {
      Slot& slot = slots_[(hash + i) % kSlots];
      if (slot.eid.value == 0) {
        slot = {.eid = eid, .location = location, .source = source, .length = length};
        ++used_;
      } else if (slot.eid != eid || slot.location != location || slot.length != length || slot.source != source ||
                 slot.packets == UINT32_MAX) {
        continue;
      }
      ++slot.packets;
      slot.bytes += bytes;
      slot.last = tick(now);
      return;
    }
    ++lost_;
  }
  /// A frame from a LISPER, that passed all checks.
  void count_received(std::uint32_t bytes, TimeNs now) noexcept {
    ++received_.packets;
    received_.bytes += bytes;
    received_.last = now;
  }

  /// Half full: to be handed over before the interval is over.
  [[nodiscard]] bool crowded() const noexcept { return used_ > kSlots / 2; }
  /// In no order; those with an `eid` of 0 are free.
  [[nodiscard]] std::span<const Slot> slots() const noexcept { return {slots_.get(), slots_ == nullptr ? 0 : kSlots}; }
  [[nodiscard]] const Tally& received() const noexcept { return received_; }
  /// Packets that found no place.
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
  void clear() noexcept {
    if (used_ != 0) std::fill_n(slots_.get(), kSlots, Slot{});
    used_ = lost_ = 0;
    received_ = {};
  }

  /// The time that a slot's `last` stands for, exact to a tick of 2^20 ns, if it is less than 52 days before `now`.
  [[nodiscard]] static constexpr TimeNs last_time(const Slot& slot, TimeNs now) noexcept {
    return now - TimeNs{std::int64_t{tick(now) - slot.last} << kTickShift};
  }

 private:
  static constexpr int kTickShift = 20;
  [[nodiscard]] static constexpr std::uint32_t tick(TimeNs now) noexcept {
    return static_cast<std::uint32_t>(now.ns >> kTickShift);
  }

  std::unique_ptr<Slot[]> slots_;  ///< null: nothing is counted
  std::uint64_t used_ = 0;
  std::uint64_t lost_ = 0;
  Tally received_;
};

}  // namespace lisper
