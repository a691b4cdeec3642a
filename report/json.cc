#include "report/json.h"

#include <fmt/format.h>

#include "report/archive.h"
#include "report/result_fields.h"

namespace lisper::report {

Json to_json(const RunResult& result) {
  Json out{{"format", "lisper-result"}, {"format_version", kFormatVersion}};
  out.update(Writer::value(result));
  return out;
}

std::string lines_text(const Json& object) {
  std::string text = "{";
  for (const auto& [name, member] : object.items()) {
    if (text.size() > 1) text += ",\n";
    text += dump(name) + ":";
    if (!member.is_array() || member.empty()) {
      text += dump(member);
      continue;
    }
    for (std::size_t i = 0; i < member.size(); ++i) text += (i == 0 ? "[\n" : ",\n") + dump(member[i]);
    text += "]";
  }
  return text + "}\n";
}

std::string to_text(const RunResult& result) { return lines_text(to_json(result)); }

std::string to_line(const EventResult& event) { return dump(Writer::value(event)); }

Result<RunResult> from_text(std::string_view text) try {
  const Json json = Json::parse(text);
  if (!json.is_object() || json.value("format", Json()) != "lisper-result")
    return fail(R"(not a result of this program: no "format": "lisper-result")");
  int version = 0;
  const auto member = json.find("format_version");
  if (member == json.end()) return fail("/format_version: is missing");
  Reader::read(*member, "/format_version", version);
  if (version != kFormatVersion)
    return fail(fmt::format("/format_version: {}, but this program reads {}", version, kFormatVersion));
  RunResult result;
  Reader::read(json, "", result);
  return result;
} catch (const FieldError& error) {
  return fail(error.message);
} catch (const Json::exception& error) {
  return fail(fmt::format("not JSON: {}", error.what()));
}

}  // namespace lisper::report
