#include "model/reader.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "model/units.h"

namespace lisper::model {
namespace {

/// Reads a string by a parser whose error says what was expected.
template <typename T>
void read_text(json::Value value, Problems& problems, T& out, Result<T> (*parse)(std::string_view)) {
  const auto parsed = parse(value.is(json::Type::kString) ? value.as_string() : std::string_view("?"));
  if (parsed) {
    out = *parsed;
  } else {
    problems.error({value.offset()}, fmt::format("{}, not {}", parsed.error().message, describe(value)));
  }
}

Result<MacAddress> parse_mac_text(std::string_view text) {
  if (const auto mac = parse_mac(text)) return *mac;
  return fail("expected a MAC address such as \"00:00:00:00:aa:05\"");
}

Result<IpAddress> parse_ip_text(std::string_view text) {
  if (const auto ip = parse_ip(text)) return *ip;
  return fail("expected an IP address");
}

}  // namespace

std::string describe(json::Value value) {
  constexpr std::size_t kShown = 40;
  switch (value.type()) {
    case json::Type::kNull:
      return "null";
    case json::Type::kBool:
      return value.as_bool() ? "true" : "false";
    case json::Type::kNumber:
      return fmt::format("number {}", value.number_text().substr(0, kShown));
    case json::Type::kString: {
      const std::string_view text = value.as_string();
      return fmt::format("\"{}\"{}", text.substr(0, kShown), text.size() > kShown ? "..." : "");
    }
    case json::Type::kArray:
      return "an array";
    case json::Type::kObject:
      return "an object";
  }
  return {};
}

void expected(json::Value value, Problems& problems, std::string_view what) {
  problems.error({value.offset()}, fmt::format("expected {}, not {}", what, describe(value)));
}

void read(json::Value value, Problems& problems, bool& out) {
  if (!value.is(json::Type::kBool)) return expected(value, problems, "true or false");
  out = value.as_bool();
}

void read(json::Value value, Problems& problems, std::string& out) {
  if (!value.is(json::Type::kString)) return expected(value, problems, "a string");
  out = value.as_string();
}

void read(json::Value value, Problems& problems, TimeNs& out) { read_text(value, problems, out, parse_duration); }
void read(json::Value value, Problems& problems, MacAddress& out) { read_text(value, problems, out, parse_mac_text); }
void read(json::Value value, Problems& problems, IpAddress& out) { read_text(value, problems, out, parse_ip_text); }
void read(json::Value value, Problems& problems, InterfaceAddress& out) {
  read_text(value, problems, out, parse_interface_address);
}
void read(json::Value value, Problems& problems, MacPrefixText& out) { read_text(value, problems, out, parse_eid); }
void read(json::Value value, Problems& problems, PacketOrBitRate& out) { read_text(value, problems, out, parse_rate); }
void read_bit_rate(json::Value value, Problems& problems, std::uint64_t& out) {
  // A bare 0 is what "--set links[0].rate=0" gives.
  if (value.is(json::Type::kNumber) && value.as_int() == 0) {
    out = 0;
  } else {
    read_text(value, problems, out, parse_bit_rate);
  }
}
void read_cookie(json::Value value, Problems& problems, std::uint64_t& out) {
  read_text(value, problems, out, parse_cookie);
}

void read_number(json::Value value, Problems& problems, double& out) {
  if (!value.is(json::Type::kNumber) || value.as_double() < 0) return expected(value, problems, "a number >= 0");
  out = value.as_double();
}

void read_duration_number(json::Value value, Problems& problems, double& out) {
  TimeNs time;
  read(value, problems, time);
  out = static_cast<double>(time.ns);
}

void read_bit_rate_number(json::Value value, Problems& problems, double& out) {
  std::uint64_t rate = 0;
  read_bit_rate(value, problems, rate);
  out = static_cast<double>(rate);
}

void read_probability(json::Value value, Problems& problems, double& out) {
  if (!value.is(json::Type::kNumber) || value.as_double() < 0 || value.as_double() > 1)
    return expected(value, problems, "a number from 0 to 1");
  out = value.as_double();
}

const ObjectInfo& bound_fields() {
  static const ObjectInfo kFields{"bound", {{"at_least"}, {"at_most"}, {"equals"}}};
  return kFields;
}

void read_bound(json::Value value, Problems& problems, Bound& out, ReadNumber read_number) {
  if (!value.is(json::Type::kObject)) return read_number(value, problems, out.equals.emplace());
  const auto members = checked_members(value, problems, bound_fields());
  if (value.size() == 0) expected(value, problems, "\"at_least\", \"at_most\" or \"equals\"");
  for (const auto& [field, member] : members) {
    std::optional<double>* const places[] = {&out.at_least, &out.at_most, &out.equals};
    read_number(member, problems, places[field]->emplace());
  }
}

bool read_integer(json::Value value, Problems& problems, std::uint64_t min, std::uint64_t max, std::uint64_t& out) {
  const auto whole = value.is(json::Type::kNumber) ? value.as_int() : std::nullopt;
  if (!whole || *whole < 0 || static_cast<std::uint64_t>(*whole) < min || static_cast<std::uint64_t>(*whole) > max) {
    expected(value, problems, fmt::format("an integer from {} to {}", min, max));
    return false;
  }
  out = static_cast<std::uint64_t>(*whole);
  return true;
}

std::optional<std::size_t> read_choice(json::Value value, Problems& problems,
                                       std::span<const std::string_view> choices) {
  if (value.is(json::Type::kString))
    if (const auto it = std::ranges::find(choices, value.as_string()); it != choices.end())
      return static_cast<std::size_t>(it - choices.begin());
  problems.error({value.offset()},
                 fmt::format("expected one of \"{}\", not {}", fmt::join(choices, "\", \""), describe(value)),
                 value.is(json::Type::kString) ? suggest(value.as_string(), choices) : std::string());
  return std::nullopt;
}

std::vector<std::pair<std::size_t, json::Value>> checked_members(json::Value value, Problems& problems,
                                                                 const ObjectInfo& type) {
  std::vector<std::pair<std::size_t, json::Value>> result;
  if (!value.is(json::Type::kObject)) {
    expected(value, problems, fmt::format("an object ({})", type.name));
    return result;
  }
  std::set<std::string_view> seen;
  for (const json::Value::Member& member : value.members()) {
    const auto field = std::ranges::find(type.fields, member.key, &FieldInfo::name);
    if (!seen.insert(member.key).second) {
      problems.error({member.key_offset}, fmt::format("field \"{}\" is repeated", member.key));
    } else if (field != type.fields.end()) {
      result.emplace_back(static_cast<std::size_t>(field - type.fields.begin()), member.value);
    } else {
      std::vector<std::string_view> names;
      for (const FieldInfo& known : type.fields) names.push_back(known.name);
      std::string hint = suggest(member.key, names);
      if (hint.empty()) hint = fmt::format("known fields: {}", fmt::join(names, ", "));
      problems.error({member.key_offset}, fmt::format("unknown field \"{}\" in {}", member.key, type.name),
                     std::move(hint));
    }
  }
  for (const FieldInfo& field : type.fields)
    if (field.required && !seen.contains(field.name))
      problems.error({value.offset()}, fmt::format("{} needs the field \"{}\"", type.name, field.name));
  return result;
}

}  // namespace lisper::model
