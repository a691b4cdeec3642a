#pragma once

#include <cstdint>
#include <span>

#include "core/tables/delta.h"

namespace lisper {

/// The first of `prefixes`, which begin with the longest, that `mac` matches; null if none. A prefix that does not
/// fix the I/G bit does not match group addresses.
[[nodiscard]] inline const MacPrefix* find_prefix(std::span<const MacPrefix> prefixes, const MacAddress& mac) noexcept {
  constexpr std::uint8_t kGroupBitLength = 8;  // the I/G bit is the eighth of a MAC in transmission order of octets
  const std::uint8_t shortest = mac.is_group() ? kGroupBitLength : 0;
  for (const MacPrefix& prefix : prefixes) {
    if (prefix.length < shortest) return nullptr;
    if (prefix.length == 0 || ((mac.to_u64() ^ prefix.mac.to_u64()) >> (48 - prefix.length)) == 0) return &prefix;
  }
  return nullptr;
}

}  // namespace lisper
