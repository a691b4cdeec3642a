#include "core/wire/checksum.h"

#include "core/base/hash.h"

namespace lisper::wire {
namespace {

constexpr std::uint16_t fold(std::uint64_t sum) noexcept {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

}  // namespace

std::uint16_t ones_sum(Bytes bytes, std::uint32_t initial) noexcept {
  // The sum does not depend on byte order (RFC 1071 2 B), so add host-order words and swap once.
  std::uint64_t sum = 0;
  const std::byte* p = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 4; left -= 4, p += 4) sum += load<std::uint32_t>(p);
  if (left >= 2) {
    sum += load<std::uint16_t>(p);
    p += 2;
    left -= 2;
  }
  if (left == 1) sum += static_cast<std::uint64_t>(*p);
  return fold(std::uint64_t{byteswap(fold(sum))} + initial);
}

std::uint32_t pseudo_header_sum(const Ipv4Address& source, const Ipv4Address& destination, std::uint8_t protocol,
                                std::uint32_t length) noexcept {
  return fold(std::uint64_t{source.to_u32()} + destination.to_u32() + protocol + length);
}

std::uint32_t pseudo_header_sum(const Ipv6Address& source, const Ipv6Address& destination, std::uint8_t protocol,
                                std::uint32_t length) noexcept {
  std::uint32_t sum = ones_sum(std::as_bytes(std::span(source.octets)));
  sum = ones_sum(std::as_bytes(std::span(destination.octets)), sum);
  return fold(std::uint64_t{sum} + protocol + length);
}

}  // namespace lisper::wire
