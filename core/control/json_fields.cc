#include "core/control/json_fields.h"

#include <charconv>

namespace lisper {
namespace {

constexpr std::uint8_t kMacBits = 48;

}  // namespace

std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t max) {
  std::uint32_t number = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stopped != text.data() + text.size() || number > max) return std::nullopt;
  return number;
}

std::optional<std::uint32_t> read_number(const json::Value& value, std::uint32_t max) {
  if (value.is(json::Type::kNumber)) return parse_number(value.number_text(), max);
  return value.is(json::Type::kString) ? parse_number(value.as_string(), max) : std::nullopt;
}

std::optional<std::uint32_t> read_number(const json::Value& object, std::string_view key, std::uint32_t max) {
  const auto value = object.find(key);
  return value ? read_number(*value, max) : std::nullopt;
}

std::optional<std::string_view> read_string(const json::Value& object, std::string_view key) {
  const auto value = object.find(key);
  if (!value || !value->is(json::Type::kString)) return std::nullopt;
  return value->as_string();
}

Result<Iid> read_iid(const json::Value& object) {
  const auto iid = read_number(object, "instance-id");
  if (!iid) return fail("instance-id is absent or not a number");
  return Iid(*iid);
}

Result<EidPrefix> read_eid_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  // IP first: "::1234:5678:9abc" could be taken for a MAC, but no MAC for an IP address. The controller writes MACs
  // without what every IP address has.
  const auto has = [&](char c) { return address.find(c) != std::string_view::npos; };
  const auto ip = has(':') || has('.') ? parse_ip(address) : std::nullopt;
  const auto mac = ip ? std::nullopt : parse_mac(address);
  if (!ip && !mac) return fail("eid-prefix is neither a MAC nor an IP address: " + std::string(text));

  const std::uint8_t bits = mac ? kMacBits : ip->is_v4() ? 32 : 128;
  std::uint8_t length = bits;
  if (slash != std::string_view::npos) {
    const auto number = parse_number(text.substr(slash + 1), bits);
    if (!number) return fail("eid-prefix has a bad length: " + std::string(text));
    length = static_cast<std::uint8_t>(*number);
  }
  if (!mac) return EidPrefix{false, {}, length};
  const std::uint64_t host_bits = (std::uint64_t{1} << (kMacBits - length)) - 1;
  return EidPrefix{true, MacAddress::from_u64(mac->to_u64() & ~host_bits), length};
}

}  // namespace lisper
