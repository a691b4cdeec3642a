#pragma once

#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

namespace lisper::hw {

/// A bounded lock-free queue of plain values between threads.
template <typename T>
class Ring {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % 4 == 0);

 public:
  enum class Producers { kOne, kMany };

  /// `capacity`: a power of two; one less fits. There is one consumer.
  Ring(unsigned capacity, Producers producers)
      : memory_(static_cast<std::size_t>(rte_ring_get_memsize_elem(sizeof(T), capacity)) / sizeof(Line) + 1) {
    const unsigned flags = RING_F_SC_DEQ | (producers == Producers::kOne ? RING_F_SP_ENQ : 0u);
    rte_ring_init(ring(), "", capacity, flags);
  }

  [[nodiscard]] bool push(T value) noexcept { return rte_ring_enqueue_elem(ring(), &value, sizeof(T)) == 0; }
  /// How many of `values`, from the first on, found room.
  [[nodiscard]] unsigned push(std::span<const T> values) noexcept {
    return rte_ring_enqueue_burst_elem(ring(), values.data(), sizeof(T), static_cast<unsigned>(values.size()), nullptr);
  }
  [[nodiscard]] unsigned pop(std::span<T> values) noexcept {
    return rte_ring_dequeue_burst_elem(ring(), values.data(), sizeof(T), static_cast<unsigned>(values.size()), nullptr);
  }
  [[nodiscard]] bool pop(T& value) noexcept { return rte_ring_dequeue_elem(ring(), &value, sizeof(T)) == 0; }
  /// To be asked by the consumer. rte_ring_empty() reads what the producer writes without an atomic operation.
  [[nodiscard]] bool empty() const noexcept {
    return __atomic_load_n(&ring()->prod.tail, __ATOMIC_SEQ_CST) ==
           __atomic_load_n(&ring()->cons.tail, __ATOMIC_RELAXED);
  }

 private:
  struct alignas(RTE_CACHE_LINE_SIZE) Line {
    std::byte bytes[RTE_CACHE_LINE_SIZE];
  };
  [[nodiscard]] rte_ring* ring() const noexcept { return reinterpret_cast<rte_ring*>(memory_.data()); }

  mutable std::vector<Line> memory_;
};

}  // namespace lisper::hw
