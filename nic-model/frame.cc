#include "nic-model/frame.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace lisper::nic {

namespace {

constexpr std::uint16_t kVlan = 0x8100;
constexpr std::uint16_t kIpv4 = 0x0800;
constexpr std::uint16_t kIpv6 = 0x86dd;

Transport transport_of(std::uint32_t protocol) noexcept {
  switch (protocol) {
    case 6:
      return Transport::kTcp;
    case 17:
      return Transport::kUdp;
    case 132:
      return Transport::kSctp;
    default:
      return Transport::kNone;
  }
}

std::size_t header_bytes(Transport transport) noexcept {
  switch (transport) {
    case Transport::kTcp:
      return 20;
    case Transport::kUdp:
      return 8;
    case Transport::kSctp:
      return 12;
    case Transport::kNone:
      break;
  }
  return 0;
}

void inspect_ipv4(Frame frame, std::size_t at, Headers& headers) noexcept {
  if (frame.size() < at + 20 || byte_at(frame, at) >> 4 != 4) return;
  const std::size_t header = (byte_at(frame, at) & 15) * 4;
  const std::size_t total = big16(frame, at + 2);
  if (header < 20 || total < header || frame.size() < at + header) return;
  headers.network = Network::kIpv4;
  headers.options = header > 20;
  headers.fragment = (big16(frame, at + 6) & 0x3fff) != 0;  // more fragments, or an offset
  headers.network_end = static_cast<std::uint16_t>(std::min(at + total, frame.size()));
  headers.transport_at = static_cast<std::uint16_t>(at + header);
  if (!headers.fragment) headers.transport = transport_of(byte_at(frame, at + 9));
}

void inspect_ipv6(Frame frame, std::size_t at, Headers& headers) noexcept {
  if (frame.size() < at + 40 || byte_at(frame, at) >> 4 != 6) return;
  headers.network = Network::kIpv6;
  headers.network_end = static_cast<std::uint16_t>(std::min(at + 40 + big16(frame, at + 4), frame.size()));
  std::uint32_t next = byte_at(frame, at + 6);
  std::size_t here = at + 40;
  // Hop-by-hop options, routing, destination options; a fragment header ends what can be recognised.
  while ((next == 0 || next == 43 || next == 60 || next == 44) && here + 8 <= headers.network_end) {
    headers.options = true;
    headers.fragment = next == 44;
    next = byte_at(frame, here);
    here += headers.fragment ? 8 : (byte_at(frame, here + 1) + 1) * 8;
    if (headers.fragment) break;
  }
  headers.transport_at = static_cast<std::uint16_t>(std::min<std::size_t>(here, headers.network_end));
  if (!headers.fragment) headers.transport = transport_of(next);
}

}  // namespace

Headers inspect(Frame frame) noexcept {
  Headers headers;
  if (frame.size() < 14) return headers;
  std::size_t at = 14;
  std::uint16_t type = big16(frame, 12);
  if (type == kVlan && frame.size() >= 18) {
    headers.tagged = true;
    type = big16(frame, 16);
    at = 18;
  }
  headers.network_at = static_cast<std::uint16_t>(at);
  if (type == kIpv4) inspect_ipv4(frame, at, headers);
  if (type == kIpv6) inspect_ipv6(frame, at, headers);
  if (headers.transport_at + header_bytes(headers.transport) > headers.network_end)
    headers.transport = Transport::kNone;
  return headers;
}

// RFC 1071 2(B): the sum is the same in either byte order but for a swap at the end, so words are added as they lie.
std::uint64_t sum16(Frame bytes, std::uint64_t sum) noexcept {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t native = 0;
  std::size_t at = 0;
  for (std::uint32_t word = 0; at + sizeof word <= bytes.size(); at += sizeof word) {
    std::memcpy(&word, bytes.data() + at, sizeof word);
    native += word;
  }
  for (std::size_t shift = 0; at < bytes.size(); ++at, shift += 8) native += std::uint64_t{byte_at(bytes, at)} << shift;
  const std::uint32_t folded = fold(native);
  return sum + ((folded & 0xff) << 8 | folded >> 8);
}

std::uint16_t fold(std::uint64_t sum) noexcept {
  while (sum > 0xffff) sum = (sum >> 16) + (sum & 0xffff);
  return static_cast<std::uint16_t>(sum);
}

std::uint64_t pseudo_header(Frame frame, const Headers& headers, std::uint8_t protocol) noexcept {
  const Frame addresses = headers.network == Network::kIpv4 ? frame.subspan(headers.network_at + 12u, 8)
                                                            : frame.subspan(headers.network_at + 8u, 32);
  return sum16(addresses, std::uint64_t{protocol} + headers.network_end - headers.transport_at);
}

}  // namespace lisper::nic
