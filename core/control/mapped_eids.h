#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/hash.h"
#include "core/tables/fib.h"

namespace lisper {

/// EID -> a word of 32 bits, for a million of them: open addressing in one array of 12-byte slots, of which 64 to 80 %
/// are in use as it grows. 0 is no key.
class MappedEids {
 public:
  [[nodiscard]] const std::uint32_t* find(FibKey key) const noexcept {
    const Slot& slot = slots_[search(key.value)];
    return slot.key() == 0 ? nullptr : &slot.words[2];
  }
  void prefetch(FibKey key) const noexcept { __builtin_prefetch(&slots_[home(key.value)]); }
  /// Inserts or replaces.
  void set(FibKey key, std::uint32_t word) {
    Slot* slot = &slots_[search(key.value)];
    if (slot->key() == 0) {
      if ((size_ + 1) * 5 > slots_.size() * 4) {
        grow();
        slot = &slots_[search(key.value)];
      }
      ++size_;
    }
    *slot = Slot(key.value, word);
  }
  /// False if it is not there.
  bool erase(FibKey key) noexcept {
    std::size_t hole = search(key.value);
    if (slots_[hole].key() == 0) return false;
    --size_;
    // No mark is left: what lies beyond and would rather be here moves up.
    for (std::size_t i = next(hole); slots_[i].key() != 0; i = next(i)) {
      if (distance(home(slots_[i].key()), i) < distance(hole, i)) continue;
      slots_[hole] = slots_[i];
      hole = i;
    }
    slots_[hole] = Slot();
    return true;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// Calls `visit(FibKey, word)` for each, in no order that means anything, but in the same one on every machine.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const Slot& slot : slots_)
      if (slot.key() != 0) visit(FibKey(slot.key()), slot.words[2]);
  }

 private:
  struct Slot {
    std::array<std::uint32_t, 3> words{};  ///< the key's two halves, and the word

    Slot() noexcept = default;
    Slot(std::uint64_t key, std::uint32_t word) noexcept
        : words{static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32), word} {}
    [[nodiscard]] std::uint64_t key() const noexcept { return std::uint64_t{words[1]} << 32 | words[0]; }
  };

  /// In the order of hashes, so that growing reads and writes memory from front to back.
  [[nodiscard]] std::size_t home(std::uint64_t key) const noexcept {
    return static_cast<std::size_t>(static_cast<Uint128>(hash_u64(key)) * slots_.size() >> 64);
  }
  [[nodiscard]] std::size_t next(std::size_t i) const noexcept { return i + 1 == slots_.size() ? 0 : i + 1; }
  [[nodiscard]] std::size_t distance(std::size_t from, std::size_t to) const noexcept {
    return to >= from ? to - from : to + slots_.size() - from;
  }
  /// Where the key is, or would be.
  [[nodiscard]] std::size_t search(std::uint64_t key) const noexcept {
    std::size_t i = home(key);
    while (slots_[i].key() != 0 && slots_[i].key() != key) i = next(i);
    return i;
  }
  void grow() {
    std::vector<Slot> old(slots_.size() + slots_.size() / 4);
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.key() != 0) slots_[search(slot.key())] = slot;
  }

  std::vector<Slot> slots_ = std::vector<Slot>(16);
  std::size_t size_ = 0;
};

}  // namespace lisper
