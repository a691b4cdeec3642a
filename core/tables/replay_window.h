#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace lisper {

/// The anti-replay service of a receiver with extended sequence numbers: RFC 4303 3.4.3 and appendix A2. Several
/// workers may use one at a time without a lock.
///
/// Sequence numbers are kept as bits of words, a block of 32 in each. A word also says which block it is; it goes to
/// later ones by itself, so that nobody has to clear anything when the window moves.
class ReplayWindow {
 public:
  static constexpr std::uint64_t kSize = 1024;

  /// Where the window is.
  struct Edges {
    std::uint64_t bottom;
    std::uint64_t top;

    /// The whole sequence number of which a packet has the low-order half: RFC 4303 A2.2, case by case the number
    /// nearest to the window.
    [[nodiscard]] std::uint64_t extend(std::uint32_t low) const noexcept {
      // The only number with these low bits that is not before the window, and less than 2^32 behind its bottom.
      return bottom + static_cast<std::uint32_t>(low - static_cast<std::uint32_t>(bottom));
    }
  };
  [[nodiscard]] Edges edges() const noexcept {
    const std::uint64_t top = this->top();
    return {top >= kSize ? top - kSize + 1 : 0, top};
  }

  /// False: before the window, or seen. To be asked before the work of checking the packet's integrity. `edges`: as
  /// they are, or were.
  [[nodiscard]] bool may_accept(std::uint64_t sequence, const Edges& edges) const noexcept {
    // No number after the highest one has been seen.
    return sequence > edges.top || is_new(sequence);
  }

  /// Notes the number of an authentic packet, and moves the window. False: it may not be accepted after all, another
  /// one was quicker.
  [[nodiscard]] bool accept(std::uint64_t sequence) noexcept {
    if (note(block_of(sequence), bit_of(sequence)) == 0) return false;
    move_to(sequence);
    return true;
  }
  // The two parts of accept(), for several packets: their numbers, by blocks, and then the highest.
  static constexpr std::uint64_t kBlock = 32;  ///< numbers in a block
  [[nodiscard]] static std::uint64_t block_of(std::uint64_t sequence) noexcept { return sequence / kBlock; }
  [[nodiscard]] static std::uint32_t bit_of(std::uint64_t sequence) noexcept {
    return std::uint32_t{1} << sequence % kBlock;
  }
  /// Which `bits` of a block, lowest first, may be accepted. From now on they may not.
  [[nodiscard]] std::uint32_t note(std::uint64_t block, std::uint32_t bits) noexcept {
    bits &= in_window(block);
    std::atomic<std::uint64_t>& slot = word_of(block);
    std::uint64_t word = slot.load(std::memory_order_relaxed);
    std::uint32_t fresh = 0;
    std::uint64_t next = 0;
    do {
      const std::int32_t later = generation_in(word, block);
      fresh = later == 0 ? bits & ~static_cast<std::uint32_t>(word) : bits;
      if (later < 0 || fresh == 0) return 0;
      next = (later == 0 ? word : std::uint64_t{generation(block)} << 32) | fresh;
    } while (!slot.compare_exchange_weak(word, next, std::memory_order_relaxed));
    return fresh;
  }
  void move_to(std::uint64_t sequence) noexcept {
    std::uint64_t top = top_.load(std::memory_order_relaxed);
    while (top < sequence && !top_.compare_exchange_weak(top, sequence, std::memory_order_relaxed)) {
    }
  }

  /// The highest number accepted.
  [[nodiscard]] std::uint64_t top() const noexcept { return top_.load(std::memory_order_relaxed); }
  /// As if it had been accepted, and nothing before it.
  void start_at(std::uint64_t sequence) noexcept {
    top_.store(sequence, std::memory_order_relaxed);
    for (auto& word : words_)
      word.store(std::uint64_t{generation(block_of(sequence)) - 1} << 32, std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t kWords = 64;  ///< more than the window spans, so that no word in it is taken over

  [[nodiscard]] bool is_new(std::uint64_t sequence) const noexcept {
    const std::uint64_t block = block_of(sequence);
    if ((in_window(block) & bit_of(sequence)) == 0) return false;
    const std::uint64_t word = word_of(block).load(std::memory_order_relaxed);
    const std::int32_t later = generation_in(word, block);
    return later > 0 || (later == 0 && (word & bit_of(sequence)) == 0);
  }
  /// The bits of numbers in a block that are neither zero nor before the window.
  [[nodiscard]] std::uint32_t in_window(std::uint64_t block) const noexcept {
    const std::uint64_t top = top_.load(std::memory_order_relaxed);
    const std::uint64_t bottom = top >= kSize ? top - kSize + 1 : 1;
    const std::uint64_t first = block * kBlock;
    if (first >= bottom) [[likely]]
      return ~std::uint32_t{0};
    return bottom - first >= kBlock ? 0 : ~std::uint32_t{0} << (bottom - first);
  }
  [[nodiscard]] static std::uint32_t generation(std::uint64_t block) noexcept {
    return static_cast<std::uint32_t>(block / kWords);
  }
  /// How many generations `block` is later than what is in `word`; serial number arithmetic, RFC 1982.
  [[nodiscard]] static std::int32_t generation_in(std::uint64_t word, std::uint64_t block) noexcept {
    return static_cast<std::int32_t>(generation(block) - static_cast<std::uint32_t>(word >> 32));
  }
  [[nodiscard]] std::atomic<std::uint64_t>& word_of(std::uint64_t block) noexcept { return words_[block % kWords]; }
  [[nodiscard]] const std::atomic<std::uint64_t>& word_of(std::uint64_t block) const noexcept {
    return words_[block % kWords];
  }

  std::atomic<std::uint64_t> top_{0};
  std::array<std::atomic<std::uint64_t>, kWords> words_{};  ///< generation 32 | bits 32
};

}  // namespace lisper
