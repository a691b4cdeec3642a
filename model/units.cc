#include "model/units.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

namespace lisper::model {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr auto kTimeUnits =
    std::to_array<Unit>({{"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}, {"min", 60'000'000'000}});
constexpr auto kBitRateUnits = std::to_array<Unit>(
    {{"Gbps", 1'000'000'000}, {"Mbps", 1'000'000}, {"kbps", 1'000}, {"bps", 1}, {"Tbps", 1'000'000'000'000}});
constexpr std::int64_t kYearNs = 365 * 86'400'000'000'000;
constexpr std::int64_t kMaxBps = 1'000'000'000'000'000;

/// Splits "1.5ms" into digits with at most one point, and a unit.
std::pair<std::string_view, std::string_view> split_unit(std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  return {text.substr(0, end), text.substr(end)};
}

/// A decimal number times `factor`, exactly; nullopt if it is malformed, too large, or has a remainder.
std::optional<std::int64_t> scaled(std::string_view number, std::int64_t factor, std::int64_t max) {
  const std::size_t point = std::min(number.find('.'), number.size());
  const std::string_view whole = number.substr(0, point);
  std::string_view fraction = number.substr(std::min(point + 1, number.size()));
  if (whole.empty() || whole.size() > 18 || (point < number.size() && fraction.empty())) return std::nullopt;
  std::int64_t value = 0;
  if (std::from_chars(whole.data(), whole.data() + whole.size(), value).ec != std::errc{}) return std::nullopt;
  if (value > max / factor) return std::nullopt;
  value *= factor;
  while (!fraction.empty()) {
    const char digit = fraction.front();
    fraction.remove_prefix(1);
    if (digit < '0' || digit > '9' || (factor % 10 != 0 && digit != '0')) return std::nullopt;
    factor /= 10;
    value += (digit - '0') * factor;
  }
  if (value > max) return std::nullopt;
  return value;
}

template <std::size_t N>
std::optional<std::int64_t> with_unit(std::string_view text, const std::array<Unit, N>& units, std::int64_t max) {
  const auto [number, name] = split_unit(text);
  if (text == "0") return 0;
  for (const Unit& unit : units)
    if (unit.name == name) return scaled(number, unit.factor, max);
  return std::nullopt;
}

}  // namespace

Result<TimeNs> parse_duration(std::string_view text) {
  if (const auto ns = with_unit(text, kTimeUnits, kYearNs)) return TimeNs{*ns};
  return fail("expected a duration such as \"10us\", \"2ms\", \"1.5s\" or \"5min\"");
}

std::string to_string(TimeNs time) {
  for (const Unit& unit : std::span(kTimeUnits).first(4))
    if (time.ns % unit.factor == 0) return fmt::format("{}{}", time.ns / unit.factor, unit.name);
  return fmt::format("{}ns", time.ns);
}

Result<std::uint64_t> parse_bit_rate(std::string_view text) {
  if (const auto bps = with_unit(text, kBitRateUnits, kMaxBps)) return static_cast<std::uint64_t>(*bps);
  return fail("expected a bit rate such as \"10Gbps\", \"100Mbps\" or \"64kbps\", or \"0\" for infinite");
}

Result<PacketOrBitRate> parse_rate(std::string_view text) {
  const auto [number, unit] = split_unit(text);
  double pps = 0;
  if (unit == "pps") {
    const char* end = number.data() + number.size();
    const auto [stopped, error] = std::from_chars(number.data(), end, pps);
    if (error == std::errc{} && stopped == end && pps > 0 && pps <= 1e9) return PacketOrBitRate{.pps = pps};
  } else if (const auto bps = parse_bit_rate(text); bps && *bps > 0) {
    return PacketOrBitRate{.bps = *bps};
  }
  return fail("expected a rate such as \"1000pps\" or \"10Mbps\"");
}

Result<InterfaceAddress> parse_interface_address(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto ip = parse_ip(text.substr(0, slash));
  if (ip && slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    std::uint8_t length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error == std::errc{} && end == digits.data() + digits.size() && length <= (ip->is_v4() ? 32 : 128))
      return InterfaceAddress{*ip, length};
  }
  return fail("expected an address with its prefix length, such as \"10.0.0.1/24\" or \"fd00::1/64\"");
}

Result<std::uint64_t> parse_cookie(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  if (text.empty()) return value;
  const auto [stopped, error] = std::from_chars(text.data(), end, value, 16);
  if (error == std::errc{} && stopped == end && text.size() <= 16) return value;
  return fail("expected a cookie of up to 16 hex digits");
}

Result<MacPrefixText> parse_eid(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto mac = parse_mac(text.substr(0, slash));
  std::uint8_t length = 48;
  bool good = mac.has_value();
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    good = good && error == std::errc{} && end == digits.data() + digits.size() && length <= 48;
  }
  if (good) return MacPrefixText{*mac, length};
  return fail("expected a MAC address such as \"00:00:00:00:aa:05\" or \"0000-0000-aa05/48\"");
}

bool on_link(const InterfaceAddress& address, const IpAddress& ip) {
  if (address.ip.is_v4() != ip.is_v4()) return false;
  std::size_t bits = address.length + (ip.is_v4() ? 96u : 0u);
  for (std::size_t i = 0; bits > 0; ++i) {
    const auto take = static_cast<unsigned>(std::min<std::size_t>(bits, 8));
    const unsigned difference = address.ip.v6().octets[i] ^ ip.v6().octets[i];
    if (difference >> (8 - take) != 0) return false;
    bits -= take;
  }
  return true;
}

}  // namespace lisper::model
