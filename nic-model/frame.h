#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lisper::nic {

/// An Ethernet frame without its CRC, which the model neither stores nor breaks.
using Frame = std::span<const std::byte>;

constexpr std::size_t kCrcBytes = 4;
constexpr std::size_t kMinFrameBytes = 60;     // 64 with the CRC
constexpr std::size_t kMaxFrameBytes = 15872;  // 15.5 KB, 3.7 (jumbo frames)
constexpr std::size_t kVlanTagBytes = 4;

/// The first `size` bytes of a buffer as a MAC sends them, padded to the shortest frame. The buffer has room for it.
[[nodiscard]] inline Frame padded(std::span<std::byte> buffer, std::size_t size) noexcept {
  if (size >= kMinFrameBytes) return buffer.first(size);
  std::fill(buffer.begin() + static_cast<std::ptrdiff_t>(size), buffer.begin() + kMinFrameBytes, std::byte{0});
  return buffer.first(kMinFrameBytes);
}

[[nodiscard]] inline std::uint32_t byte_at(Frame frame, std::size_t at) noexcept {
  return std::to_integer<std::uint32_t>(frame[at]);
}
[[nodiscard]] inline std::uint16_t big16(Frame frame, std::size_t at) noexcept {
  return static_cast<std::uint16_t>(byte_at(frame, at) << 8 | byte_at(frame, at + 1));
}

enum class Network : std::uint8_t { kNone, kIpv4, kIpv6 };
enum class Transport : std::uint8_t { kNone, kTcp, kUdp, kSctp };

/// What the receive path recognises of a frame (7.1.6.2, packet type).
struct Headers {
  bool tagged = false;  ///< an 802.1Q tag
  Network network = Network::kNone;
  Transport transport = Transport::kNone;  ///< not of fragments
  bool options = false;                    ///< IPv4 options or IPv6 extension headers
  bool fragment = false;
  std::uint16_t network_at = 0;
  std::uint16_t transport_at = 0;
  std::uint16_t network_end = 0;  ///< by the IP header's length, no further than the frame
};

[[nodiscard]] Headers inspect(Frame frame) noexcept;

/// The ones' complement sum of 16-bit words (RFC 1071), not yet folded; an odd last byte counts as the upper one.
[[nodiscard]] std::uint64_t sum16(Frame bytes, std::uint64_t sum = 0) noexcept;
[[nodiscard]] std::uint16_t fold(std::uint64_t sum) noexcept;
/// Of addresses, length and protocol as TCP and UDP check them (RFC 9293 3.1, RFC 8200 8.1).
[[nodiscard]] std::uint64_t pseudo_header(Frame frame, const Headers& headers, std::uint8_t protocol) noexcept;

}  // namespace lisper::nic
