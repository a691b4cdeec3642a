#include "hw/ctl/protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <optional>

#include "core/base/json.h"
#include "report/archive.h"

namespace lisper::hw::ctl {

namespace {

constexpr std::string_view kRequests =
    R"({"show":"status"}, {"clear":"counters"}, {"trace":10}, {"look_up":{"iid":1,"mac":"02:00:00:00:00:01"}})";

using Parsed = tl::expected<Request, Refusal>;

Parsed refuse(std::string error, std::string hint = fmt::format("requests are {}", kRequests)) {
  return tl::unexpected(Refusal{std::move(error), std::move(hint)});
}

/// A member that is not one of `names`, if there is one.
std::optional<std::string_view> stranger(json::Value object, std::initializer_list<std::string_view> names) {
  for (const json::Value::Member& member : object.members())
    if (std::ranges::find(names, member.key) == names.end()) return member.key;
  return std::nullopt;
}

std::optional<std::int64_t> integer(std::optional<json::Value> value) {
  return value && value->is(json::Type::kNumber) ? value->as_int() : std::nullopt;
}

std::optional<std::string_view> string(std::optional<json::Value> value) {
  return value && value->is(json::Type::kString) ? std::optional(value->as_string()) : std::nullopt;
}

Parsed show(json::Value object) {
  if (string(object.find("show")) != "status") return refuse(R"("show" is not "status")");
  if (!object.find("rows")) return ShowStatus{};
  const auto rows = integer(object.find("rows"));
  if (!rows || *rows < 0 || *rows > static_cast<std::int64_t>(kMaxRows))
    return refuse(fmt::format("\"rows\" is not an integer from 0 to {}", kMaxRows));
  return ShowStatus{static_cast<std::size_t>(*rows)};
}

Parsed trace(json::Value object) {
  const auto count = integer(object.find("trace"));
  if (!count || *count < 1 || *count > kMaxTrace)
    return refuse(fmt::format("\"trace\" is not an integer from 1 to {}", kMaxTrace));
  Trace request{static_cast<std::uint32_t>(*count), {}};
  if (const auto port = object.find("port")) {
    if (!string(port) || string(port)->empty()) return refuse("\"port\" is not a port's name");
    request.port = *string(port);
  }
  return request;
}

Parsed look_up(json::Value what) {
  if (!what.is(json::Type::kObject) || stranger(what, {"iid", "mac"}))
    return refuse(R"("look_up" is not an object of "iid" and "mac")");
  const auto iid = integer(what.find("iid"));
  if (!iid || *iid < 0 || *iid > UINT32_MAX) return refuse("\"iid\" is not an integer of 32 bits");
  const auto text = string(what.find("mac"));
  const auto mac = text ? parse_mac(*text) : std::nullopt;
  if (!mac) return refuse("\"mac\" is not a MAC address", "write it as 02:00:00:00:00:01");
  return LookUp{Iid(static_cast<std::uint32_t>(*iid)), *mac};
}

}  // namespace

Parsed parse_request(std::string_view line) {
  const auto document = json::Document::parse(line, {.bytes = kMaxRequest, .depth = 4});
  if (!document)
    return refuse(fmt::format("not JSON: {} at byte {}", document.error().message, document.error().offset));
  const json::Value object = document->root();
  if (!object.is(json::Type::kObject)) return refuse("not a JSON object");
  struct Verb {
    std::string_view name, option;
  };
  constexpr Verb kVerbs[] = {{"show", "rows"}, {"clear", ""}, {"trace", "port"}, {"look_up", ""}};
  const auto verb = std::ranges::find_if(kVerbs, [&](const Verb& v) { return object.find(v.name).has_value(); });
  if (verb == std::end(kVerbs)) return refuse("no request of that name");
  if (const auto name = stranger(object, {verb->name, verb->option.empty() ? verb->name : verb->option}))
    return refuse(fmt::format("\"{}\" does not go with \"{}\"", *name, verb->name));
  if (verb->name == "show") return show(object);
  if (verb->name == "trace") return trace(object);
  if (verb->name == "look_up") return look_up(*object.find("look_up"));
  if (string(object.find("clear")) != "counters") return refuse(R"("clear" is not "counters")");
  return ClearCounters{};
}

std::string to_line(const Request& request) {
  using report::Json;
  struct ToJson {
    Json operator()(const ShowStatus& r) const { return {{"show", "status"}, {"rows", r.rows}}; }
    Json operator()(const ClearCounters&) const { return {{"clear", "counters"}}; }
    Json operator()(const Trace& r) const {
      Json json{{"trace", r.count}};
      if (!r.port.empty()) json["port"] = r.port;
      return json;
    }
    Json operator()(const LookUp& r) const { return {{"look_up", {{"iid", r.iid.value}, {"mac", to_string(r.mac)}}}}; }
  };
  return report::dump(std::visit(ToJson{}, request));
}

std::string ok_line(nlohmann::ordered_json members) {
  report::Json json{{"ok", true}};
  for (auto& [name, member] : members.items()) json[name] = std::move(member);
  return report::dump(json) + "\n";
}

std::string refusal_line(const Refusal& refusal) {
  return report::dump({{"ok", false}, {"error", refusal.error}, {"hint", refusal.hint}}) + "\n";
}

std::string done_line(std::uint32_t sent, std::uint32_t lost) {
  return report::dump({{"done", true}, {"sent", sent}, {"lost", lost}}) + "\n";
}

}  // namespace lisper::hw::ctl
