#include "report/html.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

#include "core/forward/reasons.h"
#include "report/causes.h"
#include "report/json.h"
#include "report/page.h"
#include "report/svg.h"

namespace lisper::report {
namespace {

using Json = nlohmann::ordered_json;

/// JSON inside a script element: with "<" written as \u003c it holds neither "</script" nor "<!--".
std::string script_data(const Json& json) {
  std::string out;
  for (const char c : json.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
  return out;
}

/// name: [help, clause, routine]
Json reasons() {
  Json out = Json::object();
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    const auto& [name, help, clause] = kReasonTexts[i];
    out[std::string(name)] = {help, clause, is_routine(static_cast<Reason>(i))};
  }
  return out;
}

/// Each {{name}} of the template, in one pass: what is put in is not looked at again.
std::string fill(std::string_view pattern, std::initializer_list<std::pair<std::string_view, std::string>> values) {
  std::string out;
  while (true) {
    const std::size_t begin = pattern.find("{{");
    out += pattern.substr(0, begin);
    if (begin == std::string_view::npos) return out;
    const std::size_t end = pattern.find("}}", begin);
    const std::string_view name = pattern.substr(begin + 2, end - begin - 2);
    for (const auto& [key, value] : values)
      if (key == name) out += value;
    pattern.remove_prefix(end + 2);
  }
}

}  // namespace

std::string html(const RunResult& result) {
  return fill(page::kPageHtml, {{"title", escape_xml(result.scenario)},
                                {"description", escape_xml(result.description)},
                                {"style", fmt::format("{}{}", page::kTopologyCss, page::kStyleCss)},
                                // Here, because a seed may exceed what a JavaScript number holds.
                                {"seed", fmt::to_string(result.seed)},
                                {"topology", svg(picture(result), SvgUse::kInline)},
                                {"data", script_data(to_json(result))},
                                {"reasons", script_data(reasons())},
                                {"script", std::string(page::kScriptJs)}});
}

}  // namespace lisper::report
