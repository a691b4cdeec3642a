#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lisper::nic {

enum class Error : std::uint8_t {
#define NIC_ERROR(enumerator, name, meaning) enumerator,
#include "nic-model/errors.def"
#undef NIC_ERROR
  kCount
};

struct ErrorText {
  std::string_view name;
  std::string_view meaning;
};
inline constexpr std::array<ErrorText, static_cast<std::size_t>(Error::kCount)> kErrorTexts{{
#define NIC_ERROR(enumerator, name, meaning) {#name, meaning},
#include "nic-model/errors.def"
#undef NIC_ERROR
}};

/// How often the driver did what a driver must not.
class Errors {
 public:
  void count(Error error) noexcept { ++counts_[static_cast<std::size_t>(error)]; }
  [[nodiscard]] std::uint64_t operator[](Error error) const noexcept {
    return counts_[static_cast<std::size_t>(error)];
  }

 private:
  std::array<std::uint64_t, static_cast<std::size_t>(Error::kCount)> counts_{};
};

}  // namespace lisper::nic
