#include "controller-mock/message.h"

#include <fmt/format.h>

#include <string_view>

#include "core/base/address.h"

namespace lisper::controller {
namespace {

/// `encode` of each locator, joined.
template <typename Encode>
std::string join(const std::vector<model::MappingLocator>& locators, std::string_view separator, Encode encode) {
  std::string text;
  for (const auto& locator : locators) {
    if (!text.empty()) text += separator;
    text += encode(locator);
  }
  return text;
}

/// "000000-00aa05", the spelling of 2016.
std::string to_eid_string_2016(const MacAddress& mac) {
  return fmt::format("{:06x}-{:06x}", mac.to_u64() >> 24, mac.to_u64() & 0xff'ffff);
}

std::string encode_2016(const model::Mapping& mapping) {
  auto keys = [](const std::optional<model::MappingKeys>& k) {
    return k ? fmt::format(R"(,"key-id":"{}","encap-key":"{}","decap-key":"{}")", k->id, k->encap, k->decap) : "";
  };
  auto locator = [&](const model::MappingLocator& l) {
    const auto level = l.level ? fmt::format(R"(,"level":{})", *l.level) : "";
    return mapping.replicate ? fmt::format(R"({{"rle":"{}"{}{}}})", to_string(l.rloc), level, keys(l.keys))
                             : fmt::format(R"({{"rloc":"{}","priority":{},"weight":{}{}}})", to_string(l.rloc),
                                           l.priority, l.weight, keys(l.keys));
  };
  const auto source =
      mapping.source.is_zero() ? "" : fmt::format(R"(,"source-eid":"{}/48")", to_eid_string_2016(mapping.source));
  return fmt::format(R"({{"instance-id":{},"eid-prefix":"{}/{}"{},"{}":[{}]}})", mapping.iid.value,
                     to_eid_string_2016(mapping.eid), mapping.length, source, mapping.replicate ? "rles" : "rlocs",
                     join(mapping.locators, ",", locator));
}

std::string encode_today(std::string_view opcode, const model::Mapping& mapping) {
  auto keys = [](const std::optional<model::MappingKeys>& k) {
    if (!k || k->encap.empty()) return std::string();
    return fmt::format(R"(, "keys": [{{"key-id": "{}", "encrypt-key": "{}"}}])", k->id, k->encap);
  };
  // The port is LISP's even for MAC EIDs, and replication lists have no priority and weight. It says neither level nor
  // source (docs/control.md).
  auto locator = [&](const model::MappingLocator& l) {
    const auto level = l.level ? fmt::format(R"(, "level": "{}")", *l.level) : "";
    return mapping.replicate
               ? fmt::format(R"({{"rle": "{}", "port": "4341"{}{}}})", to_string(l.rloc), level, keys(l.keys))
               : fmt::format(R"({{"rloc": "{}", "priority": "{}", "weight": "{}", "port": "4341"{}}})",
                             to_string(l.rloc), l.priority, l.weight, keys(l.keys));
  };
  const auto source =
      mapping.source.is_zero() ? "" : fmt::format(R"(, "source-eid": "{}/48")", to_eid_string(mapping.source));
  return fmt::format(
      R"({{"type": "map-cache", "opcode": "{}", "eid-prefix": "{}/{}"{}, "{}": [{}], "instance-id": "{}"}})", opcode,
      to_eid_string(mapping.eid), mapping.length, source, mapping.replicate ? "rles" : "rlocs",
      join(mapping.locators, ", ", locator), mapping.iid.value);
}

}  // namespace

std::string encode_add(Dialect dialect, const model::Mapping& mapping) {
  return dialect == Dialect::k2016 ? encode_2016(mapping) : encode_today("add", mapping);
}

std::string encode_decap_keys(const IpAddress& rloc, const model::MappingKeys& keys) {
  return fmt::format(R"({{"type": "decap-keys", "rloc": "{}", "keys": [{{"key-id": "{}", "decrypt-key": "{}"}}]}})",
                     to_string(rloc), keys.id, keys.decap);
}

std::string encode_delete(Dialect dialect, const model::Mapping& mapping) {
  if (dialect == Dialect::kToday) return encode_today("delete", mapping);
  auto empty = mapping;
  empty.locators.clear();
  return encode_2016(empty);
}

std::vector<std::string> encode_entire_map_cache(const std::vector<model::Mapping>& mappings, std::size_t limit) {
  static constexpr std::string_view kHead = R"({"type": "entire-map-cache", "entries": [)";
  static constexpr std::string_view kTail = "]}";
  std::vector<std::string> messages{std::string(kHead)};
  for (const auto& mapping : mappings) {
    auto entry = encode_today("add", mapping);
    if (messages.back().size() > kHead.size()) {
      if (messages.back().size() + 2 + entry.size() + kTail.size() > limit)
        messages.emplace_back(kHead);
      else
        messages.back() += ", ";
    }
    messages.back() += entry;
  }
  for (auto& message : messages) message += kTail;
  return messages;
}

}  // namespace lisper::controller
