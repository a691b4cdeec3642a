#include "replay/outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace lisper::replay {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* name_of(Difference::Kind kind) {
  switch (kind) {
    case Difference::Kind::kTime:
      return "time";
    case Difference::Kind::kBytes:
      return "bytes";
    case Difference::Kind::kMissing:
      return "missing";
    case Difference::Kind::kExtra:
      return "extra";
  }
  return "";
}

/// "e0 packet 12: outer IPv6 hop limit differs"
std::string headline(const Difference& difference, const Outcome::Comparison& comparison) {
  std::string what;
  switch (difference.kind) {
    case Difference::Kind::kTime:
    case Difference::Kind::kBytes:
      what = difference.field + " differs";
      break;
    case Difference::Kind::kMissing:
      what = fmt::format("only {} has it", comparison.expected);
      break;
    case Difference::Kind::kExtra:
      what = fmt::format("only {} has it", comparison.actual);
      break;
  }
  return fmt::format("{} packet {}: {} ({} of the port's packets are not the same)", difference.port, difference.number,
                     what, difference.differing);
}

Json to_json(const InputSummary& input) {
  return {{"port", input.port},        {"file", input.file},         {"replayed", input.replayed},
          {"own", input.own},          {"filtered", input.filtered}, {"cut_short", input.cut_short},
          {"too_long", input.too_long}};
}

Json to_json(const Outcome::Run& run, const std::vector<std::string>& ports) {
  Json sent = Json::object();
  for (std::size_t i = 0; i < ports.size(); ++i) sent[ports[i]] = run.outputs.ports[i].size();
  return {{"name", run.outputs.name}, {"sent", sent}, {"punts", run.outputs.punts.size()}, {"lost", run.lost}};
}

Json to_json(const Outcome::Comparison& comparison) {
  Json differences = Json::array();
  for (const Difference& difference : comparison.differences)
    differences.push_back({{"port", difference.port},
                           {"number", difference.number},
                           {"kind", name_of(difference.kind)},
                           {"field", difference.field},
                           {"differing", difference.differing},
                           {"text", difference.text}});
  return {{"expected", comparison.expected},
          {"actual", comparison.actual},
          {"same", comparison.same()},
          {"differences", differences},
          {"counters", comparison.counters}};
}

std::string left_out(const InputSummary& input) {
  std::string text;
  const auto add = [&](std::uint64_t count, const char* why) {
    if (count != 0) text += fmt::format("{}{} {}", text.empty() ? "; left out: " : ", ", count, why);
  };
  add(input.own, "of the node's own");
  add(input.filtered, "that do not match");
  add(input.cut_short, "that the capture cut short");
  add(input.too_long, "too long for the node's MTU");
  return text;
}

}  // namespace

bool Outcome::same() const noexcept { return std::ranges::all_of(comparisons, &Comparison::same); }

std::string to_json(const Outcome& outcome) {
  Json inputs = Json::array(), runs = Json::array(), comparisons = Json::array();
  for (const InputSummary& input : outcome.inputs) inputs.push_back(to_json(input));
  for (const Outcome::Run& run : outcome.runs) runs.push_back(to_json(run, outcome.ports));
  for (const Outcome::Comparison& comparison : outcome.comparisons) comparisons.push_back(to_json(comparison));
  const Json json{{"scenario", outcome.scenario},   {"node", outcome.node},     {"inputs", inputs},
                  {"generated", outcome.generated}, {"frames", outcome.frames}, {"bodies", runs},
                  {"comparisons", comparisons},     {"same", outcome.same()}};
  return json.dump(2) + "\n";
}

std::string to_table(const Outcome& outcome) {
  std::string text;
  for (const InputSummary& input : outcome.inputs)
    text += fmt::format("in   {}: {} frames of {}{}\n", input.port, input.replayed, input.file, left_out(input));
  if (outcome.generated != 0) text += fmt::format("in   {} frames made up\n", outcome.generated);
  const auto row = [&](const std::string& name, auto count) {
    text += fmt::format("out  {:<10}", name);
    for (const Outcome::Run& run : outcome.runs) text += fmt::format(" {:>8} {}", count(run), run.outputs.name);
    text += '\n';
  };
  for (std::size_t i = 0; i < outcome.ports.size(); ++i)
    row(outcome.ports[i], [i](const Outcome::Run& run) { return run.outputs.ports[i].size(); });
  row("punts", [](const Outcome::Run& run) { return run.outputs.punts.size(); });
  for (const Outcome::Run& run : outcome.runs)
    if (run.lost != 0)
      text += fmt::format("{}: {} frames came in at ports without carrier\n", run.outputs.name, run.lost);
  for (const Outcome::Comparison& comparison : outcome.comparisons)
    text += fmt::format("{} and {}: {}\n", comparison.expected, comparison.actual,
                        comparison.same() ? "the same, byte by byte" : "different");
  return text;
}

std::string differences(const Outcome& outcome) {
  std::string text;
  for (const Outcome::Comparison& comparison : outcome.comparisons) {
    for (const Difference& difference : comparison.differences)
      text += headline(difference, comparison) + "\n" + difference.text;
    for (const std::string& line : comparison.counters) text += line + "\n";
  }
  return text;
}

}  // namespace lisper::replay
