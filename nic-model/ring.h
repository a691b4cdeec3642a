#pragma once

#include <cstdint>

#include "nic-model/errors.h"

namespace lisper::nic {

/// A ring of 16-byte descriptors (7.1.9, 7.2.3.3): the NIC owns those from head up to tail.
class Ring {
 public:
  /// Takes the registers over, as enabling a queue does. False, and counted, if they make no ring.
  [[nodiscard]] bool start(std::uint64_t base, std::uint32_t bytes, std::uint32_t head, std::uint32_t tail,
                           Errors& errors) noexcept {
    running_ = false;
    if (base % kAlignment != 0 || bytes % kAlignment != 0 || bytes == 0 || bytes > kMaxBytes) {
      errors.count(Error::kBadRing);
      return false;
    }
    base_ = base;
    count_ = bytes / kDescriptorBytes;
    head_ = 0;
    tail_ = 0;
    if (head >= count_ || tail >= count_) {
      errors.count(Error::kBadPointer);
      return false;
    }
    head_ = head;
    tail_ = tail;
    running_ = true;
    return true;
  }
  void stop() noexcept { running_ = false; }

  void set_tail(std::uint32_t tail, Errors& errors) noexcept {
    if (!running_) return;
    if (tail < count_) {
      tail_ = tail;
    } else {
      errors.count(Error::kBadPointer);
    }
  }

  [[nodiscard]] bool running() const noexcept { return running_; }
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint32_t head() const noexcept { return head_; }
  [[nodiscard]] std::uint32_t tail() const noexcept { return tail_; }
  /// How many descriptors are the NIC's.
  [[nodiscard]] std::uint32_t available() const noexcept {
    if (!running_) return 0;
    return tail_ >= head_ ? tail_ - head_ : tail_ + count_ - head_;
  }
  /// Of the descriptor at the head.
  [[nodiscard]] std::uint64_t address() const noexcept { return base_ + std::uint64_t{head_} * kDescriptorBytes; }
  void advance() noexcept { head_ = head_ + 1 == count_ ? 0 : head_ + 1; }

 private:
  static constexpr std::uint32_t kDescriptorBytes = 16;
  static constexpr std::uint32_t kAlignment = 128;        // 8.2.3.8.1, 8.2.3.8.3
  static constexpr std::uint32_t kMaxBytes = 512 * 1024;  // 8.2.3.8.3

  std::uint64_t base_ = 0;
  std::uint32_t count_ = 0;
  std::uint32_t head_ = 0;
  std::uint32_t tail_ = 0;
  bool running_ = false;
};

}  // namespace lisper::nic
