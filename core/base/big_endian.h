#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lisper {

static_assert(std::endian::native == std::endian::little, "byteswap below assumes a little-endian host");

template <std::unsigned_integral T>
[[nodiscard]] constexpr T byteswap(T value) noexcept {
  if constexpr (sizeof(T) == 1) return value;
  if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(value));
  if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(value));
  if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(value));
}

/// An unsigned integer as it stands on the wire: network byte order, alignment 1. Conversions are
/// explicit, so that host and network order cannot be mixed by accident.
template <std::unsigned_integral T>
class BigEndian {
 public:
  constexpr BigEndian() noexcept = default;
  constexpr explicit BigEndian(T value) noexcept
      : bytes_(std::bit_cast<std::array<std::byte, sizeof(T)>>(byteswap(value))) {}

  /// The value in host order.
  [[nodiscard]] constexpr T value() const noexcept { return byteswap(std::bit_cast<T>(bytes_)); }

  friend constexpr bool operator==(const BigEndian& a, const BigEndian& b) noexcept {
    return std::bit_cast<T>(a.bytes_) == std::bit_cast<T>(b.bytes_);  // the default compares byte by byte
  }

 private:
  std::array<std::byte, sizeof(T)> bytes_{};
};

using Be16 = BigEndian<std::uint16_t>;
using Be32 = BigEndian<std::uint32_t>;
using Be64 = BigEndian<std::uint64_t>;
static_assert(sizeof(Be64) == 8 && alignof(Be64) == 1);

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

/// Reads a wire struct (trivially copyable, alignment 1) at `offset`. The caller has checked the bounds.
template <typename T>
[[nodiscard]] inline const T& at(const std::byte* data, std::size_t offset = 0) noexcept {
  static_assert(alignof(T) == 1 && std::is_trivially_copyable_v<T>);
  return *reinterpret_cast<const T*>(data + offset);
}
template <typename T>
[[nodiscard]] inline T& at(std::byte* data, std::size_t offset = 0) noexcept {
  static_assert(alignof(T) == 1 && std::is_trivially_copyable_v<T>);
  return *reinterpret_cast<T*>(data + offset);
}

}  // namespace lisper
