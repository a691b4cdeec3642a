#include "controller-mock/punt.h"

#include <charconv>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

namespace lisper::controller {
namespace {

using Json = nlohmann::json;

/// The controller reads no more of a datagram, so a longer one is not whole.
constexpr std::size_t kLongestPunt = 4000;

const std::string* find_string(const Json& object, const char* key) {
  auto it = object.find(key);
  return it == object.end() ? nullptr : it->get_ptr<const std::string*>();
}

std::optional<MacAddress> find_mac(const Json& object, const char* key) {
  const auto* text = find_string(object, key);
  return text ? parse_mac(*text) : std::nullopt;
}

/// A decimal string, or a number as it was before release 0.430.
std::optional<Iid> find_iid(const Json& object) {
  auto it = object.find("instance-id");
  if (it == object.end()) return std::nullopt;
  if (const auto* number = it->get_ptr<const Json::number_unsigned_t*>())
    return *number <= std::numeric_limits<std::uint32_t>::max()
               ? std::optional(Iid(static_cast<std::uint32_t>(*number)))
               : std::nullopt;
  const auto* text = it->get_ptr<const std::string*>();
  if (!text) return std::nullopt;
  std::uint32_t value = 0;
  const auto* end = text->data() + text->size();
  auto [stop, error] = std::from_chars(text->data(), end, value);
  return error == std::errc() && stop == end ? std::optional(Iid(value)) : std::nullopt;
}

/// Adds the counts of an object to `sum`. False if they are not counts.
bool add_counts(const Json& object, Statistics& sum) {
  const auto count = [&](const char* key) -> const Json::number_unsigned_t* {
    auto it = object.find(key);
    return it == object.end() ? nullptr : it->get_ptr<const Json::number_unsigned_t*>();
  };
  const auto* packets = count("packet-count");
  const auto* bytes = count("byte-count");
  const auto idle = object.find("seconds-last-packet");
  if (!packets || !bytes || idle == object.end() || !idle->is_number()) return false;
  sum.packets += *packets;
  sum.bytes += *bytes;
  return true;
}

const Json* find_array(const Json& object, const char* key) {
  auto it = object.is_object() ? object.find(key) : object.end();
  return it != object.end() && it->is_array() ? &*it : nullptr;
}

std::optional<Punt> parse_statistics(const Json& json) {
  Statistics sum;
  const Json* entries = find_array(json, "entries");
  if (!entries) return std::nullopt;
  for (const Json& entry : *entries) {
    const Json* rlocs = find_array(entry, "rlocs");
    if (!rlocs || !find_iid(entry) || !find_string(entry, "eid-prefix")) return std::nullopt;
    for (const Json& rloc : *rlocs)
      if (!rloc.is_object() || !find_string(rloc, "rloc") || !add_counts(rloc, sum)) return std::nullopt;
  }
  return sum;
}

std::optional<Punt> parse_decap_statistics(const Json& json) {
  Statistics sum;
  sum.received = true;
  const auto good = json.find("good-packets");
  if (good != json.end() && (!good->is_object() || !add_counts(*good, sum))) return std::nullopt;
  return sum;
}

}  // namespace

std::optional<Punt> parse_punt(std::string_view text) {
  if (text.size() > kLongestPunt) return std::nullopt;
  const auto json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;

  if (json.contains("type")) {
    const auto* type = find_string(json, "type");
    if (!type) return std::nullopt;
    if (*type == "restart") return Restart{};
    if (*type == "statistics") return parse_statistics(json);
    if (*type == "decap-statistics") return parse_decap_statistics(json);
    if (*type != "discovery") return std::nullopt;
  }
  Discovery discovery{find_mac(json, "source-eid"), find_mac(json, "dest-eid"), {}, find_iid(json)};
  if (!discovery.source && !discovery.destination) return std::nullopt;
  if (const auto* interface = find_string(json, "interface")) discovery.interface = *interface;
  return discovery;
}

}  // namespace lisper::controller
