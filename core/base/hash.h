#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace lisper {

__extension__ using Uint128 = unsigned __int128;

/// Folds the 128-bit product of two words into one: the mixing step behind every hash here. The same
/// on every machine, so that a flow takes the same path in every body.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  const auto product = static_cast<Uint128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline constexpr std::uint64_t kHashMultiplier = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio

[[nodiscard]] constexpr std::uint64_t hash_u64(std::uint64_t key) noexcept {
  return mix(key ^ 0xa0761d6478bd642f, kHashMultiplier);
}

template <typename T>
[[nodiscard]] inline T load(const void* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

}  // namespace lisper
