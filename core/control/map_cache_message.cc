#include "core/control/map_cache_message.h"

#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.h"

namespace lisper {
namespace {

using json::Type;
using json::Value;

/// The kernel lets a controller send 212,960 bytes; the deepest message has `keys` at level 6.
constexpr json::Limits kLimits{.bytes = 1u << 20, .depth = 16};

constexpr std::uint8_t kMacBits = 48;

/// A whole number from 0 to `max`, bare (2016) or in a string (today).
std::optional<std::uint32_t> read_number(const Value& value, std::uint32_t max) {
  if (!value.is(Type::kNumber) && !value.is(Type::kString)) return std::nullopt;
  const std::string_view text = value.is(Type::kNumber) ? value.number_text() : value.as_string();
  std::uint32_t number = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stopped != text.data() + text.size() || number > max) return std::nullopt;
  return number;
}

/// The member, or nullopt also if it is not a string.
std::optional<std::string_view> read_string(const Value& object, std::string_view key) {
  const auto value = object.find(key);
  if (!value || !value->is(Type::kString)) return std::nullopt;
  return value->as_string();
}

struct EidPrefix {
  bool is_mac = false;
  MacAddress mac;
  std::uint8_t length = kMacBits;
};

Result<EidPrefix> read_eid_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  // IP first: "::1234:5678:9abc" could be taken for a MAC, but no MAC for an IP address.
  const auto ip = parse_ip(address);
  const auto mac = ip ? std::nullopt : parse_mac(address);
  if (!ip && !mac) return fail("eid-prefix is neither a MAC nor an IP address: " + std::string(text));

  const std::uint8_t bits = mac ? kMacBits : ip->is_v4() ? 32 : 128;
  std::uint8_t length = bits;
  if (slash != std::string_view::npos) {
    const std::string_view mask = text.substr(slash + 1);
    const auto [stopped, error] = std::from_chars(mask.data(), mask.data() + mask.size(), length);
    if (error != std::errc{} || stopped != mask.data() + mask.size() || length > bits)
      return fail("eid-prefix has a bad length: " + std::string(text));
  }
  if (!mac) return EidPrefix{};
  const std::uint64_t host_bits = (std::uint64_t{1} << (kMacBits - length)) - 1;
  return EidPrefix{true, MacAddress::from_u64(mac->to_u64() & ~host_bits), length};
}

Result<RlocRecord> read_rloc(const Value& element) {
  if (!element.is(Type::kObject)) return fail("a locator is not an object");
  auto text = read_string(element, "rloc");
  if (!text) text = read_string(element, "rle");
  if (!text) return fail("a locator without rloc or rle");
  const auto ip = parse_ip(*text);
  if (!ip) return fail("not an IP address: " + std::string(*text));
  RlocRecord record;
  record.rloc = *ip;
  for (const auto& [key, field] : {std::pair{"priority", &record.priority}, std::pair{"weight", &record.weight}}) {
    const auto value = element.find(key);
    if (!value) continue;
    const auto number = read_number(*value, std::numeric_limits<std::uint8_t>::max());
    if (!number) return fail(std::string(key) + " is not a number from 0 to 255");
    *field = static_cast<std::uint8_t>(*number);
  }
  return record;
}

/// The locators. `rlocs` wins, as in the original; there, having neither means having none.
Result<void> read_rlocs(const Value& entry, MapCacheUpdate& update) {
  auto list = entry.find("rlocs");
  if (!list) {
    list = entry.find("rles");
    update.replicate = list.has_value();
  }
  if (!list) {
    if (update.remove || update.dialect == Dialect::k2016) return {};
    return fail("an entry without rlocs and rles");
  }
  if (!list->is(Type::kArray)) return fail("rlocs or rles is not an array");
  for (const Value& element : list->elements()) {
    auto record = read_rloc(element);
    if (!record) return tl::unexpected(record.error());
    update.rlocs.push_back(*record);
  }
  return {};
}

Result<void> read_entry(const Value& entry, Dialect dialect, MapCacheMessage& message) {
  if (!entry.is(Type::kObject)) return fail("an entry is not an object");
  MapCacheUpdate update;
  update.dialect = dialect;

  const auto iid_value = entry.find("instance-id");
  const auto iid = iid_value ? read_number(*iid_value, std::numeric_limits<std::uint32_t>::max()) : std::nullopt;
  if (!iid) return fail("instance-id is absent or not a number");
  update.iid = Iid(*iid);

  if (const auto opcode = entry.find("opcode")) {
    const auto text = read_string(entry, "opcode");
    if (text != "add" && text != "delete") return fail("opcode is neither add nor delete");
    update.remove = text == "delete";
  }

  const auto eid_text = read_string(entry, "eid-prefix");
  if (!eid_text) return fail("eid-prefix is absent or not a string");
  const auto eid = read_eid_prefix(*eid_text);
  if (!eid) return tl::unexpected(eid.error());
  if (!eid->is_mac) {
    ++message.ignored;
    return {};
  }
  update.eid = eid->mac;
  update.length = eid->length;

  if (auto ok = read_rlocs(entry, update); !ok) return ok;
  message.updates.push_back(std::move(update));
  return {};
}

Result<void> read_entire_map_cache(const Value& root, MapCacheMessage& message) {
  const auto entries = root.find("entries");
  if (!entries || !entries->is(Type::kArray)) return fail("entries is absent or not an array");
  message.clear = entries->size() == 0;
  for (const Value& entry : entries->elements())
    if (auto ok = read_entry(entry, Dialect::kToday, message); !ok) return ok;
  return {};
}

Result<void> read_message(const Value& root, MapCacheMessage& message) {
  if (!root.is(Type::kObject)) return fail("not an object");
  if (!root.find("type")) return read_entry(root, Dialect::k2016, message);
  const auto type = read_string(root, "type");
  if (!type) return fail("type is not a string");
  if (type == "map-cache") return read_entry(root, Dialect::kToday, message);
  if (type == "entire-map-cache") return read_entire_map_cache(root, message);
  ++message.ignored;
  return {};
}

}  // namespace

Result<MapCacheMessage> decode_map_cache_message(Bytes datagram) {
  const std::string_view text(reinterpret_cast<const char*>(datagram.data()), datagram.size());
  const auto document = json::Document::parse(text, kLimits);
  if (!document) return fail("at byte " + std::to_string(document.error().offset) + ": " + document.error().message);
  MapCacheMessage message;
  if (auto ok = read_message(document->root(), message); !ok) return tl::unexpected(ok.error());
  return message;
}

}  // namespace lisper
