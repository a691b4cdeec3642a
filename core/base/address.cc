#include "core/base/address.h"

#include <charconv>

namespace lisper {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// One decimal number 0..255 without sign or leading zero, taken off the front of `text`.
std::optional<std::uint8_t> take_octet(std::string_view& text) {
  std::uint8_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (error != std::errc{} || digits == 0 || (digits > 1 && text.front() == '0')) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

/// The groups between colons, up to eight; an IPv4 tail counts as two. nullopt if malformed.
struct Groups {
  std::array<std::uint16_t, 8> values{};
  std::size_t count = 0;
};
std::optional<Groups> parse_groups(std::string_view text, bool ipv4_allowed) {
  Groups groups;
  if (text.empty()) return groups;
  while (true) {
    const auto colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    if (group.find('.') != std::string_view::npos) {
      const auto v4 = parse_ipv4(group);
      if (!ipv4_allowed || !v4 || colon != std::string_view::npos || groups.count > 6) return std::nullopt;
      groups.values[groups.count++] = static_cast<std::uint16_t>(v4->to_u32() >> 16);
      groups.values[groups.count++] = static_cast<std::uint16_t>(v4->to_u32());
      return groups;
    }
    if (group.empty() || group.size() > 4 || groups.count == 8) return std::nullopt;
    unsigned value = 0;
    for (char c : group) {
      const int digit = hex_digit(c);
      if (digit < 0) return std::nullopt;
      value = value << 4 | static_cast<unsigned>(digit);
    }
    groups.values[groups.count++] = static_cast<std::uint16_t>(value);
    if (colon == std::string_view::npos) return groups;
    text.remove_prefix(colon + 1);
  }
}

}  // namespace

std::optional<MacAddress> parse_mac(std::string_view text) {
  std::uint64_t value = 0;
  int digits = 0;
  for (char c : text) {
    if (c == ':' || c == '-' || c == ' ') continue;
    const int digit = hex_digit(c);
    if (digit < 0 || ++digits > 12) return std::nullopt;
    value = value << 4 | static_cast<unsigned>(digit);
  }
  if (digits != 12) return std::nullopt;
  return MacAddress::from_u64(value);
}

std::optional<Ipv4Address> parse_ipv4(std::string_view text) {
  Ipv4Address ip;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) {
      if (text.empty() || text.front() != '.') return std::nullopt;
      text.remove_prefix(1);
    }
    const auto octet = take_octet(text);
    if (!octet) return std::nullopt;
    ip.octets[i] = *octet;
  }
  if (!text.empty()) return std::nullopt;
  return ip;
}

std::optional<Ipv6Address> parse_ipv6(std::string_view text) {
  const auto gap = text.find("::");
  const bool has_gap = gap != std::string_view::npos;
  const auto head = parse_groups(has_gap ? text.substr(0, gap) : text, !has_gap);
  const auto tail = has_gap ? parse_groups(text.substr(gap + 2), true) : std::optional<Groups>{Groups{}};
  if (!head || !tail) return std::nullopt;
  const std::size_t count = head->count + tail->count;
  if (has_gap ? count > 7 : count != 8) return std::nullopt;
  std::array<std::uint16_t, 8> groups{};
  for (std::size_t i = 0; i < head->count; ++i) groups[i] = head->values[i];
  for (std::size_t i = 0; i < tail->count; ++i) groups[8 - tail->count + i] = tail->values[i];
  Ipv6Address ip;
  for (std::size_t i = 0; i < 8; ++i) {
    ip.octets[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8);
    ip.octets[2 * i + 1] = static_cast<std::uint8_t>(groups[i]);
  }
  return ip;
}

std::optional<IpAddress> parse_ip(std::string_view text) {
  if (const auto v4 = parse_ipv4(text)) return IpAddress(*v4);
  if (const auto v6 = parse_ipv6(text)) return IpAddress(*v6);
  return std::nullopt;
}

std::string to_string(const MacAddress& mac) {
  std::string text;
  for (auto octet : mac.octets) {
    if (!text.empty()) text += ':';
    text += kHexDigits[octet >> 4];
    text += kHexDigits[octet & 15];
  }
  return text;
}

std::string to_eid_string(const MacAddress& mac) {
  std::string text;
  for (std::size_t i = 0; i < 6; ++i) {
    if (i == 2 || i == 4) text += '-';
    text += kHexDigits[mac.octets[i] >> 4];
    text += kHexDigits[mac.octets[i] & 15];
  }
  return text;
}

std::string to_string(const Ipv4Address& ip) {
  std::string text;
  for (auto octet : ip.octets) {
    if (!text.empty()) text += '.';
    text += std::to_string(octet);
  }
  return text;
}

std::string to_string(const Ipv6Address& ip) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) groups[i] = static_cast<unsigned>(ip.octets[2 * i] << 8 | ip.octets[2 * i + 1]);
  // RFC 5952 4.2: the longest run of two or more zero groups becomes "::", the first one on a tie.
  std::size_t gap = 8;
  std::size_t gap_length = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t length = 0;
    while (i + length < 8 && groups[i + length] == 0) ++length;
    if (length > gap_length) {
      gap = i;
      gap_length = length;
    }
  }
  std::string text;
  for (std::size_t i = 0; i < 8;) {
    if (i == gap) {
      text += "::";
      i += gap_length;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    std::array<char, 4> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), groups[i], 16).ptr;
    text.append(digits.data(), end);
    ++i;
  }
  return text;
}

std::string to_string(const IpAddress& ip) { return ip.is_v4() ? to_string(ip.v4()) : to_string(ip.v6()); }

}  // namespace lisper
