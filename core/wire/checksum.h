#pragma once

#include "core/base/big_endian.h"
#include "core/wire/ipv4.h"
#include "core/wire/ipv6.h"

namespace lisper::wire {

/// One's complement sum of RFC 1071, folded to 16 bits, in host order and not yet complemented.
/// `initial` is the sum of what comes before; every part but the last has an even length.
[[nodiscard]] std::uint16_t ones_sum(Bytes bytes, std::uint32_t initial = 0) noexcept;

/// The value for a header's checksum field.
[[nodiscard]] inline Be16 checksum(Bytes bytes, std::uint32_t initial = 0) noexcept {
  return Be16(static_cast<std::uint16_t>(~ones_sum(bytes, initial)));
}

/// RFC 768 and RFC 8200 8.1.
[[nodiscard]] std::uint32_t pseudo_header_sum(const Ipv4Address& source, const Ipv4Address& destination,
                                              std::uint8_t protocol, std::uint32_t length) noexcept;
[[nodiscard]] std::uint32_t pseudo_header_sum(const Ipv6Address& source, const Ipv6Address& destination,
                                              std::uint8_t protocol, std::uint32_t length) noexcept;

/// RFC 1624 eqn. 3: the checksum after one 16-bit word of the covered data changed.
[[nodiscard]] constexpr Be16 update_checksum(Be16 old_checksum, std::uint16_t old_word,
                                             std::uint16_t new_word) noexcept {
  std::uint32_t sum = static_cast<std::uint16_t>(~old_checksum.value());
  sum += static_cast<std::uint16_t>(~old_word);
  sum += new_word;
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return Be16(static_cast<std::uint16_t>(~sum));
}

}  // namespace lisper::wire
