#include "core/tables/fib.h"

#include <bit>

namespace lisper {
namespace {

constexpr std::size_t kInitialBuckets = 64;

}  // namespace

Fib::Fib(std::size_t max_entries) : max_entries_(max_entries) { rehash(kInitialBuckets); }

bool Fib::set(FibKey key, FibValue value, Stamp stamp) {
  if (Entry* entry = find(key)) {
    entry->value.store(Entry::pack(value, stamp), std::memory_order_relaxed);
    return true;
  }
  if (fill_.size == max_entries_) return false;
  if (!has_room()) rehash(std::bit_ceil((fill_.size + 1) * 2 / kWays + 1));
  insert_new(key, Entry::pack(value, stamp));
  ++fill_.size;
  return true;
}

bool Fib::erase(FibKey key) noexcept {
  Entry* entry = find(key);
  if (entry == nullptr) return false;
  entry->key.store(kDeleted, std::memory_order_release);
  --fill_.size;
  return true;
}

Fib::Entry* Fib::search(FibKey key) const noexcept {
  for (std::size_t b = index(key);; b = (b + 1) & mask_) {
    bool has_room = false;
    for (Entry& entry : buckets_.get()[b].entries) {
      const auto found = entry.key.load(std::memory_order_acquire);
      if (found == key.value) return &entry;
      has_room |= found == kEmpty;
    }
    // An entry never lies beyond a bucket that has an empty slot: insertion takes the first one.
    if (has_room) return nullptr;
  }
}

void Fib::insert_new(FibKey key, std::uint64_t word) noexcept {
  for (std::size_t b = index(key);; b = (b + 1) & mask_) {
    for (Entry& entry : buckets_.get()[b].entries) {
      if (entry.key.load(std::memory_order_relaxed) != kEmpty) continue;
      entry.value.store(word, std::memory_order_relaxed);
      entry.key.store(key.value, std::memory_order_release);
      ++fill_.used;
      return;
    }
  }
}

void Fib::rehash(std::size_t buckets) {
  if (buckets < kInitialBuckets) buckets = kInitialBuckets;
  const auto old = std::move(buckets_);
  const std::size_t old_count = old ? mask_ + 1 : 0;
  buckets_.reset(new Bucket[buckets]);
  mask_ = buckets - 1;
  fill_.used = 0;
  for (std::size_t b = 0; b < old_count; ++b)
    for (const Entry& entry : old.get()[b].entries)
      if (const auto key = entry.key.load(std::memory_order_relaxed); key != kEmpty && key != kDeleted)
        insert_new(FibKey(key), entry.value.load(std::memory_order_relaxed));
}

}  // namespace lisper
