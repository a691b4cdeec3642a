#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/base/address.h"
#include "core/base/hash.h"
#include "core/base/ids.h"
#include "core/base/time.h"

namespace lisper {

/// What a (network, MAC) leads to.
enum class FibKind : std::uint8_t {
  kNone,       ///< no entry
  kLocal,      ///< learned: target is a LocationId
  kMapped,     ///< from the controller, one locator: target is a LocationId
  kSet,        ///< from the controller: target is a LocatorSetId
  kReplicate,  ///< from the controller: target is a ReplicationListId
  kNoLocator,  ///< from the controller: known, but nowhere to be reached
};

struct FibValue {
  FibKind kind = FibKind::kNone;
  std::uint32_t target = 0;

  friend constexpr bool operator==(const FibValue&, const FibValue&) noexcept = default;
};

/// When a local entry was last used, in units of 2^31 ns (2.147 s), modulo 2^16 (39 hours).
using Stamp = std::uint16_t;
[[nodiscard]] constexpr Stamp stamp_of(TimeNs now) noexcept { return static_cast<Stamp>(now.ns >> 31); }
inline constexpr TimeNs kStampUnit{std::int64_t{1} << 31};

/// The key of the forwarding table: 48 bits of MAC, 16 of network. Never 0 for a real network.
struct FibKey {
  std::uint64_t value = 0;

  constexpr FibKey() noexcept = default;
  constexpr FibKey(NetworkId network, const MacAddress& mac) noexcept : value(mac.to_u64() << 16 | network.value) {}
  constexpr explicit FibKey(std::uint64_t raw) noexcept : value(raw) {}
  /// Of the MAC at `mac`, behind which two more bytes can be read.
  [[nodiscard]] static FibKey at(NetworkId network, const std::byte* mac) noexcept {
    return FibKey((byteswap(load<std::uint64_t>(mac)) & ~std::uint64_t{0xffff}) | network.value);
  }
  /// False for group addresses and zero.
  [[nodiscard]] constexpr bool is_of_a_host() const noexcept { return !is_group() && value >> 16 != 0; }
  /// True for group addresses.
  [[nodiscard]] constexpr bool is_group() const noexcept { return (value >> 56 & 1) != 0; }
  [[nodiscard]] constexpr NetworkId network() const noexcept { return NetworkId(static_cast<std::uint16_t>(value)); }
  [[nodiscard]] constexpr MacAddress mac() const noexcept { return MacAddress::from_u64(value >> 16); }
  friend constexpr bool operator==(FibKey, FibKey) noexcept = default;
};

/// (network, MAC) -> FibValue: open addressing over cache-line buckets of four 16-byte entries.
/// One writer; readers need no lock, because each word is read and written atomically, and a slot's
/// key is written after its value. A slot is never given to another key while the entries stay where they are.
///
/// A copy has the same entries, and shows what the original sets and erases, until the original moves them to another
/// place (see `moves_for`). Copies are for readers: only the original may be changed.
class Fib {
 public:
  struct Entry {
    std::atomic<std::uint64_t> key{0};    ///< FibKey, 0 empty, ~0 deleted
    std::atomic<std::uint64_t> value{0};  ///< target 32 | kind 8 | unused 8 | stamp 16

    [[nodiscard]] bool holds(FibKey k) const noexcept { return key.load(std::memory_order_acquire) == k.value; }
    [[nodiscard]] FibValue load() const noexcept { return unpack(value.load(std::memory_order_relaxed)); }
    [[nodiscard]] Stamp stamp() const noexcept { return static_cast<Stamp>(value.load(std::memory_order_relaxed)); }
    [[nodiscard]] static constexpr FibValue unpack(std::uint64_t word) noexcept {
      return {static_cast<FibKind>(word >> 24 & 0xff), static_cast<std::uint32_t>(word >> 32)};
    }
    [[nodiscard]] static constexpr std::uint64_t pack(FibValue v, Stamp stamp) noexcept {
      return std::uint64_t{v.target} << 32 | std::uint64_t{static_cast<std::uint8_t>(v.kind)} << 24 | stamp;
    }
  };

  /// Room for `max_entries`; the table starts small and doubles up to it.
  explicit Fib(std::size_t max_entries);

  /// Where a key is looked for first. Good for as long as the table does not grow.
  using Place = Entry*;
  [[nodiscard]] Place place(FibKey key) const noexcept { return buckets_.get()[index(key)].entries; }
  static void prefetch(Place place) noexcept { __builtin_prefetch(place); }
  /// The entry, or null.
  [[nodiscard]] Entry* find(FibKey key) const noexcept { return find(key, place(key)); }
  [[nodiscard]] Entry* find(FibKey key, Place way) const noexcept {
    static_assert(kWays == 4);
    Entry* found = way;
    // Which way it is in cannot be predicted; told so, the compiler uses no branch.
    const auto in = [&](std::size_t n) { return __builtin_expect_with_probability(way[n].holds(key), 1, 0.5) != 0; };
    found = in(1) ? &way[1] : found;
    found = in(2) ? &way[2] : found;
    found = in(3) ? &way[3] : found;
    if (found->holds(key)) [[likely]]
      return found;
    return search(key);
  }

  /// Inserts or replaces. False when `max_entries` are in use.
  bool set(FibKey key, FibValue value, Stamp stamp);
  bool erase(FibKey key) noexcept;
  /// True if `set` would move all entries to another place first, to make room for this key.
  [[nodiscard]] bool moves_for(FibKey key) const noexcept { return !has_room() && find(key) == nullptr; }
  [[nodiscard]] bool shares_entries(const Fib& other) const noexcept { return buckets_ == other.buckets_; }

  [[nodiscard]] std::size_t size() const noexcept { return fill_.size; }
  [[nodiscard]] std::size_t max_size() const noexcept { return max_entries_; }
  /// Bytes of memory that the table takes.
  [[nodiscard]] std::size_t memory() const noexcept { return (mask_ + 1) * sizeof(Bucket); }

  /// Calls `visit(FibKey, const Entry&)` for each entry in table order (not sorted).
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t b = 0; b <= mask_; ++b)
      for (const Entry& entry : buckets_.get()[b].entries)
        if (const auto key = entry.key.load(std::memory_order_relaxed); key != kEmpty && key != kDeleted)
          visit(FibKey(key), entry);
  }

 private:
  static constexpr std::uint64_t kEmpty = 0;
  static constexpr std::uint64_t kDeleted = ~std::uint64_t{0};
  static constexpr std::size_t kWays = 4;
  struct alignas(64) Bucket {
    Entry entries[kWays];
  };

  [[nodiscard]] std::size_t index(FibKey key) const noexcept {
    return static_cast<std::size_t>(hash_u64(key.value)) & mask_;
  }
  /// For one more. At most 60 % full, deleted entries included, so that a probe rarely leaves its first bucket.
  [[nodiscard]] bool has_room() const noexcept { return (fill_.used + 1) * 5 <= (mask_ + 1) * kWays * 3; }
  [[nodiscard]] Entry* search(FibKey key) const noexcept;
  void insert_new(FibKey key, std::uint64_t word) noexcept;
  void rehash(std::size_t buckets);

  std::shared_ptr<Bucket[]> buckets_;
  std::size_t mask_ = 0;
  std::size_t max_entries_;
  /// What changes while others read the above, in a cache line of its own.
  struct alignas(64) Fill {
    std::size_t size = 0;
    std::size_t used = 0;  ///< entries plus deleted ones
  } fill_;
};

}  // namespace lisper
