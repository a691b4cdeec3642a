#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "nic-model/registers.h"

namespace lisper::nic {

/// What was last written to each register. Offsets must be canonical, aligned and inside the BAR.
class RegisterFile {
 public:
  [[nodiscard]] std::uint32_t operator[](std::uint32_t offset) const noexcept { return words_[offset / 4]; }
  [[nodiscard]] std::uint32_t& operator[](std::uint32_t offset) noexcept { return words_[offset / 4]; }
  [[nodiscard]] bool is_set(std::uint32_t offset, std::uint32_t bits) const noexcept {
    return ((*this)[offset] & bits) != 0;
  }
  [[nodiscard]] std::uint64_t wide(std::uint32_t low, std::uint32_t high) const noexcept {
    return std::uint64_t{(*this)[high]} << 32 | (*this)[low];
  }
  void clear() noexcept { std::memset(words_.data(), 0, words_.size() * sizeof words_[0]); }

 private:
  std::vector<std::uint32_t> words_ = std::vector<std::uint32_t>(reg::kBarBytes / 4);
};

}  // namespace lisper::nic
