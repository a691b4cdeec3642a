#include "hw/doctor/render.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/json.h"
#include "report/table.h"

namespace lisper::hw::doctor {

namespace {

struct Mark {
  const char* text;
  const char* colour;
};

Mark mark(Level level) {
  switch (level) {
    case Level::kOk:
      return {"ok", "\x1b[32m"};
    case Level::kWarn:
      return {"warn", "\x1b[33m"};
    case Level::kFail:
      break;
  }
  return {"FAIL", "\x1b[31m"};
}

const char* name(Level level) { return level == Level::kFail ? "fail" : mark(level).text; }

}  // namespace

bool runs(const Checks& checks) { return std::ranges::count(checks, Level::kFail, &Check::level) == 0; }

std::string to_text(const Checks& checks, const Needs& needs, bool colour) {
  std::size_t widest = 0;
  for (const Check& check : checks) widest = std::max(widest, check.id.size());
  std::string out;
  for (const Check& check : checks) {
    const Mark m = mark(check.level);
    out += fmt::format("{}{:<4}{}  {:<{}}  {}\n", colour ? m.colour : "", m.text, colour ? "\x1b[0m" : "", check.id,
                       widest, report::printable(check.found));
    if (!check.why.empty()) out += fmt::format("{:{}}why: {}\n", "", widest + 8, report::printable(check.why));
    if (!check.fix.empty()) out += fmt::format("{:{}}fix: {}\n", "", widest + 8, report::printable(check.fix));
  }
  const auto count = [&](Level level) { return std::ranges::count(checks, level, &Check::level); };
  const std::string who = needs.node.empty() ? "lisper-hw runs here, with virtual devices at least"
                                             : fmt::format("{} can run here", report::printable(needs.node));
  const std::string not_who = needs.node.empty() ? "lisper-hw does not run here"
                                                 : fmt::format("{} cannot run here", report::printable(needs.node));
  return out + fmt::format("{} ok, {} to improve, {} missing: {}\n", count(Level::kOk), count(Level::kWarn),
                           count(Level::kFail), runs(checks) ? who : not_who);
}

std::string to_json(const Checks& checks) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const Check& check : checks)
    list.push_back({{"id", check.id},
                    {"status", name(check.level)},
                    {"found", check.found},
                    {"why", check.why},
                    {"fix", check.fix}});
  return report::lines_text({{"runs", runs(checks)}, {"checks", std::move(list)}});
}

}  // namespace lisper::hw::doctor
