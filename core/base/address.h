#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/base/big_endian.h"
#include "core/base/hash.h"

namespace lisper {

/// A 48-bit Ethernet address in wire order. Alignment 1.
struct MacAddress {
  std::array<std::uint8_t, 6> octets{};

  friend constexpr auto operator<=>(const MacAddress&, const MacAddress&) noexcept = default;

  /// I/G bit: multicast or broadcast.
  [[nodiscard]] constexpr bool is_group() const noexcept { return (octets[0] & 1) != 0; }
  [[nodiscard]] constexpr bool is_zero() const noexcept { return to_u64() == 0; }
  [[nodiscard]] constexpr bool is_broadcast() const noexcept { return to_u64() == 0xffff'ffff'ffff; }
  /// The 48 bits as a number, first octet most significant.
  [[nodiscard]] constexpr std::uint64_t to_u64() const noexcept {
    std::uint64_t v = 0;
    if (std::is_constant_evaluated()) {
      for (auto o : octets) v = v << 8 | o;
      return v;
    }
    // Two loads; gcc 12 does not fold the loop into them.
    return std::uint64_t{byteswap(load<std::uint32_t>(octets.data()))} << 16 |
           byteswap(load<std::uint16_t>(octets.data() + 4));
  }
  [[nodiscard]] static constexpr MacAddress from_u64(std::uint64_t v) noexcept {
    MacAddress mac;
    for (std::size_t i = 6; i-- > 0; v >>= 8) mac.octets[i] = static_cast<std::uint8_t>(v);
    return mac;
  }
};
static_assert(sizeof(MacAddress) == 6 && alignof(MacAddress) == 1);

inline constexpr MacAddress kBroadcastMac{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

struct Ipv4Address {
  std::array<std::uint8_t, 4> octets{};

  friend constexpr auto operator<=>(const Ipv4Address&, const Ipv4Address&) noexcept = default;

  [[nodiscard]] constexpr std::uint32_t to_u32() const noexcept {
    return byteswap(std::bit_cast<std::uint32_t>(octets));
  }
  [[nodiscard]] static constexpr Ipv4Address from_u32(std::uint32_t v) noexcept {
    return {std::bit_cast<std::array<std::uint8_t, 4>>(byteswap(v))};
  }
};
static_assert(sizeof(Ipv4Address) == 4 && alignof(Ipv4Address) == 1);

struct Ipv6Address {
  std::array<std::uint8_t, 16> octets{};

  friend constexpr auto operator<=>(const Ipv6Address&, const Ipv6Address&) noexcept = default;

  [[nodiscard]] constexpr bool is_multicast() const noexcept { return octets[0] == 0xff; }
  [[nodiscard]] constexpr bool is_unspecified() const noexcept { return *this == Ipv6Address{}; }
  [[nodiscard]] constexpr bool is_link_local() const noexcept {
    return octets[0] == 0xfe && (octets[1] & 0xc0) == 0x80;
  }
};
static_assert(sizeof(Ipv6Address) == 16 && alignof(Ipv6Address) == 1);

/// An IPv6 address, or an IPv4 one in its mapped form (::ffff:a.b.c.d, RFC 4291 2.5.5.2), so that one
/// 16-byte key serves both families.
class IpAddress {
 public:
  constexpr IpAddress() noexcept = default;
  constexpr IpAddress(const Ipv6Address& v6) noexcept : bytes_(v6) {}  // NOLINT: lossless
  constexpr IpAddress(const Ipv4Address& v4) noexcept                  // NOLINT: lossless
      : bytes_{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, v4.octets[0], v4.octets[1], v4.octets[2], v4.octets[3]}} {}

  [[nodiscard]] constexpr bool is_v4() const noexcept {
    for (std::size_t i = 0; i < 10; ++i)
      if (bytes_.octets[i] != 0) return false;
    return bytes_.octets[10] == 0xff && bytes_.octets[11] == 0xff;
  }
  [[nodiscard]] constexpr const Ipv6Address& v6() const noexcept { return bytes_; }
  [[nodiscard]] constexpr Ipv4Address v4() const noexcept {
    return {{bytes_.octets[12], bytes_.octets[13], bytes_.octets[14], bytes_.octets[15]}};
  }
  [[nodiscard]] constexpr bool is_unspecified() const noexcept { return bytes_.is_unspecified(); }
  /// True if a host may have it: not unspecified, loopback, a group or broadcast (RFC 1122 3.2.1.3, RFC 4291 2.4).
  [[nodiscard]] constexpr bool is_host() const noexcept {
    if (is_v4()) return bytes_.octets[12] != 0 && bytes_.octets[12] != 127 && bytes_.octets[12] < 224;
    constexpr Ipv6Address kLoopback{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
    return !is_unspecified() && !bytes_.is_multicast() && bytes_ != kLoopback;
  }

  friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) noexcept = default;
  friend constexpr bool operator==(const IpAddress& a, const IpAddress& b) noexcept {
    // As numbers: the default is a call of memcmp.
    using Halves = std::array<std::uint64_t, 2>;
    const auto x = std::bit_cast<Halves>(a.bytes_);
    const auto y = std::bit_cast<Halves>(b.bytes_);
    return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
  }

 private:
  Ipv6Address bytes_{};
};

/// Six pairs of hex digits, with any of `:`, `-` and blanks between them ("00:00:00:00:aa:05",
/// "0000-0000-aa05", "000000-00aa05"). Nothing else.
[[nodiscard]] std::optional<MacAddress> parse_mac(std::string_view text);
[[nodiscard]] std::optional<Ipv4Address> parse_ipv4(std::string_view text);
/// RFC 4291 2.2 text, without a zone.
[[nodiscard]] std::optional<Ipv6Address> parse_ipv6(std::string_view text);
[[nodiscard]] std::optional<IpAddress> parse_ip(std::string_view text);

/// "00:00:00:00:aa:05"
[[nodiscard]] std::string to_string(const MacAddress& mac);
/// The controller's spelling, "0000-0000-aa05".
[[nodiscard]] std::string to_eid_string(const MacAddress& mac);
[[nodiscard]] std::string to_string(const Ipv4Address& ip);
/// RFC 5952.
[[nodiscard]] std::string to_string(const Ipv6Address& ip);
[[nodiscard]] std::string to_string(const IpAddress& ip);

}  // namespace lisper
