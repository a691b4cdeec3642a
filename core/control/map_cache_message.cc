#include "core/control/map_cache_message.h"

#include <optional>
#include <string>
#include <utility>

#include "core/control/json_fields.h"

namespace lisper {
namespace {

using json::Type;
using json::Value;

constexpr std::uint32_t kMaxByte = 0xff;
constexpr std::uint32_t kMaxPort = 0xffff;

Result<RlocRecord> read_rloc(const Value& element) {
  if (!element.is(Type::kObject)) return fail("a locator is not an object");
  auto text = read_string(element, "rloc");
  if (!text) text = read_string(element, "rle");
  if (!text) return fail("a locator without rloc or rle");
  const auto ip = parse_ip(*text);
  if (!ip) return fail("not an IP address: " + std::string(*text));
  RlocRecord record;
  record.rloc = *ip;
  for (const auto& [key, field] : {std::pair{"priority", &record.priority}, std::pair{"weight", &record.weight},
                                   std::pair{"level", &record.level}}) {
    const auto value = element.find(key);
    if (!value) continue;
    const auto number = read_number(*value, kMaxByte);
    if (!number) return fail(std::string(key) + " is not a number from 0 to 255");
    *field = static_cast<std::uint8_t>(*number);
  }
  if (const auto value = element.find("port")) {
    const auto number = read_number(*value, kMaxPort);
    if (!number) return fail("port is not a number from 0 to 65535");
    record.port = static_cast<std::uint16_t>(*number);
  }
  auto keys = read_keys(element);
  if (!keys) return tl::unexpected(keys.error());
  record.keys = *std::move(keys);
  auto pair = read_key_pair(element);
  if (!pair) return tl::unexpected(pair.error());
  if (pair->encap) record.keys.push_back(*std::move(pair->encap));
  if (pair->decap) record.decap_keys.push_back(*std::move(pair->decap));
  return record;
}

/// What the source has to be; zero: anything.
Result<MacAddress> read_source(const Value& entry) {
  const auto value = entry.find("source-eid");
  if (!value) return MacAddress{};
  const auto text = read_string(entry, "source-eid");
  if (!text) return fail("source-eid is not a string");
  const auto prefix = read_eid_prefix(*text);
  if (!prefix) return tl::unexpected(prefix.error());
  if (prefix->length == 0) return MacAddress{};
  if (!prefix->is_mac || prefix->length != 48 || prefix->mac.is_group() || prefix->mac.is_zero())
    return fail("source-eid is neither a host's MAC address nor of length 0: " + std::string(*text));
  return prefix->mac;
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
    update.rlocs.push_back(*std::move(record));
  }
  return {};
}

Result<void> read_entry(const Value& entry, Dialect dialect, MapCacheMessage& message) {
  if (!entry.is(Type::kObject)) return fail("an entry is not an object");
  MapCacheUpdate update;
  update.dialect = dialect;

  const auto iid = read_iid(entry);
  if (!iid) return tl::unexpected(iid.error());
  update.iid = *iid;

  if (const auto opcode = entry.find("opcode")) {
    const auto text = opcode->is(Type::kString) ? opcode->as_string() : std::string_view();
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

  const auto source = read_source(entry);
  if (!source) return tl::unexpected(source.error());
  update.source = *source;
  if (!update.source.is_zero() && (!update.eid.is_group() || update.length != 48)) {
    ++message.ignored;
    return {};
  }

  if (auto ok = read_rlocs(entry, update); !ok) return ok;
  message.updates.push_back(std::move(update));
  return {};
}

}  // namespace

Result<MapCacheMessage> read_map_cache_entry(const Value& root, Dialect dialect) {
  MapCacheMessage message;
  if (auto ok = read_entry(root, dialect, message); !ok) return tl::unexpected(ok.error());
  return message;
}

Result<MapCacheMessage> read_entire_map_cache(const Value& root) {
  const auto entries = root.find("entries");
  if (!entries || !entries->is(Type::kArray)) return fail("entries is absent or not an array");
  MapCacheMessage message;
  message.clear = entries->size() == 0;
  for (const Value& entry : entries->elements())
    if (auto ok = read_entry(entry, Dialect::kToday, message); !ok) return tl::unexpected(ok.error());
  return message;
}

}  // namespace lisper
