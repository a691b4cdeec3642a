#include "nic-model/rss.h"

#include <algorithm>

namespace lisper::nic {

namespace {

// MRQC (8.2.3.7.12): what is to be hashed.
constexpr std::uint32_t kModeMask = 0xf;
constexpr std::uint32_t kModeRss = 1;
constexpr std::uint32_t kTcpIpv4 = 1u << 16;
constexpr std::uint32_t kIpv4 = 1u << 17;
constexpr std::uint32_t kIpv6 = 1u << 20;
constexpr std::uint32_t kTcpIpv6 = 1u << 21;
constexpr std::uint32_t kUdpIpv4 = 1u << 22;
constexpr std::uint32_t kUdpIpv6 = 1u << 23;

struct Choice {
  std::uint32_t type;
  bool ports;
};

Choice choose(const Headers& headers, std::uint32_t mrqc) noexcept {
  const bool tcp = headers.transport == Transport::kTcp;
  const bool udp = headers.transport == Transport::kUdp;
  if (headers.network == Network::kIpv4) {
    if (tcp && (mrqc & kTcpIpv4) != 0) return {1, true};
    if (udp && (mrqc & kUdpIpv4) != 0) return {7, true};
    if ((mrqc & kIpv4) != 0) return {2, false};
  }
  if (headers.network == Network::kIpv6) {
    if (tcp && (mrqc & kTcpIpv6) != 0) return {3, true};
    if (udp && (mrqc & kUdpIpv6) != 0) return {8, true};
    if ((mrqc & kIpv6) != 0) return {5, false};
  }
  return {0, false};
}

}  // namespace

std::uint32_t toeplitz(std::span<const std::byte, 40> key, Frame input) noexcept {
  std::uint64_t window = 0;  // the next 64 bits of the key, of which the upper 32 are in turn
  for (std::size_t i = 0; i < 8; ++i) window = window << 8 | std::to_integer<std::uint64_t>(key[i]);
  std::uint32_t hash = 0;
  for (std::size_t i = 0; i < input.size(); ++i) {
    for (int bit = 7; bit >= 0; --bit) {
      if ((byte_at(input, i) >> bit & 1) != 0) hash ^= static_cast<std::uint32_t>(window >> 32);
      window <<= 1;
    }
    if (i + 8 < key.size()) window |= std::to_integer<std::uint64_t>(key[i + 8]);
  }
  return hash;
}

bool Rss::enabled(const RegisterFile& registers) noexcept { return (registers[reg::kMrqc] & kModeMask) == kModeRss; }

void Rss::set_key(const RegisterFile& registers) noexcept {
  for (std::uint32_t i = 0; i < key_.size(); ++i)
    key_[i] = static_cast<std::byte>(registers[reg::kRssrk + (i & ~3u)] >> (i % 4 * 8));
}

RssResult Rss::apply(Frame frame, const Headers& headers, const RegisterFile& registers) const noexcept {
  const Choice choice = choose(headers, registers[reg::kMrqc]);
  if (choice.type == 0) return {};
  // Source address, destination address, source port, destination port, as they stand in the frame.
  std::array<std::byte, 36> input;
  const Frame addresses = headers.network == Network::kIpv4 ? frame.subspan(headers.network_at + 12u, 8)
                                                            : frame.subspan(headers.network_at + 8u, 32);
  auto end = std::ranges::copy(addresses, input.begin()).out;
  if (choice.ports) end = std::ranges::copy(frame.subspan(headers.transport_at, 4), end).out;
  RssResult result{choice.type, toeplitz(key_, {input.begin(), end}), 0};
  const std::uint32_t entry = result.hash & 0x7f;
  result.queue = registers[reg::kReta + (entry & ~3u)] >> (entry % 4 * 8) & 0xf;
  return result;
}

}  // namespace lisper::nic
