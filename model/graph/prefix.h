#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

#include "core/base/address.h"
#include "model/plan.h"

namespace lisper::model {

/// `ip` with all but its first `length` bits cleared, counted within its own family.
[[nodiscard]] constexpr IpAddress masked(const IpAddress& ip, std::uint8_t length) noexcept {
  Ipv6Address bytes = ip.v6();
  const std::size_t kept = length + (ip.is_v4() ? 96u : 0u);
  for (std::size_t bit = kept; bit < 128; ++bit)
    bytes.octets[bit / 8] = static_cast<std::uint8_t>(bytes.octets[bit / 8] & ~(0x80u >> bit % 8));
  return bytes;
}

/// The prefix of a link, ordered for use as a key.
struct Prefix {
  IpAddress ip;  ///< masked
  std::uint8_t length = 0;

  Prefix(const IpAddress& of, std::uint8_t bits) noexcept : ip(masked(of, bits)), length(bits) {}
  explicit Prefix(const InterfaceAddress& address) noexcept : Prefix(address.ip, address.length) {}

  [[nodiscard]] bool contains(const IpAddress& other) const noexcept {
    return other.is_v4() == ip.is_v4() && masked(other, length) == ip;
  }
  friend auto operator<=>(const Prefix&, const Prefix&) noexcept = default;
};

}  // namespace lisper::model
