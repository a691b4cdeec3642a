#include "lab/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "report/units.h"

namespace lisper::lab {

namespace {

using report::Cell;

/// Both lists' elements by name, in the order of the first one's, what only the second has after that.
template <typename Pair, typename T>
std::vector<Pair> pair_up(const std::vector<T>& a, const std::vector<T>& b) {
  std::vector<Pair> pairs;
  std::map<std::string_view, std::size_t> index;
  for (const T& element : a) {
    index.emplace(element.name, pairs.size());
    pairs.push_back({element.name, &element, nullptr});
  }
  for (const T& element : b) {
    const auto [found, added] = index.emplace(element.name, pairs.size());
    if (added) pairs.push_back({element.name, nullptr, nullptr});
    pairs[found->second].b = &element;
  }
  return pairs;
}

using NodeCounters = std::map<std::pair<std::string, std::string>, std::uint64_t>;

NodeCounters counters_of(const report::RunResult& result) {
  NodeCounters counters;
  for (const report::NodeResult& node : result.nodes) {
    if (node.kind == "host" || node.kind == "app" || node.kind == "router") continue;  // other stacks, other counters
    for (const auto& [port, of_port] : node.ports)
      for (const auto& [name, value] : of_port) counters[{node.name, name}] += value;
    for (const auto& [name, value] : node.control) counters[{node.name, "control." + name}] += value;
  }
  return counters;
}

std::string latency_text(const report::FlowResult* flow, std::int64_t report::Latency::*field) {
  if (flow == nullptr || !flow->latency) return "-";
  return report::duration_text(static_cast<double>((*flow->latency).*field));
}

std::string count_text(const report::FlowResult* flow, std::uint64_t report::FlowResult::*field) {
  if (flow == nullptr) return "-";
  return flow->kind == "tcp-bulk" ? report::bytes_text(static_cast<double>(flow->*field))
                                  : std::to_string(flow->*field);
}

std::string verdict(const report::ExpectationResult* expectation) {
  if (expectation == nullptr) return "not asked";
  return expectation->passed ? "passed" : "failed: " + expectation->why;
}

std::string label(const report::RunResult& result, const report::RunResult& other, const char* otherwise) {
  return result.body != other.body ? result.body : otherwise;
}

nlohmann::ordered_json to_json(const report::FlowResult* flow) {
  if (flow == nullptr) return nullptr;
  nlohmann::ordered_json json{{"sent", flow->sent}, {"received", flow->received}, {"loss", flow->loss()}};
  if (flow->latency)
    json["latency"] = {{"min", flow->latency->min},
                       {"median", flow->latency->median},
                       {"p99", flow->latency->p99},
                       {"max", flow->latency->max}};
  json["throughput"] = flow->throughput_bps;
  if (flow->completed) json["completed"] = *flow->completed;
  return json;
}

}  // namespace

bool ExpectationPair::differs() const noexcept { return a == nullptr || b == nullptr || a->passed != b->passed; }

bool Comparison::verdicts_differ() const noexcept {
  return std::ranges::any_of(expectations, &ExpectationPair::differs);
}

Comparison compare(const report::RunResult& a, const report::RunResult& b) {
  Comparison comparison{
      &a, &b, pair_up<FlowPair>(a.flows, b.flows), pair_up<ExpectationPair>(a.expectations, b.expectations), {}};
  std::erase_if(comparison.flows, [](const FlowPair& pair) { return (pair.a ? pair.a : pair.b)->probe; });
  const NodeCounters of_a = counters_of(a);
  const NodeCounters of_b = counters_of(b);
  NodeCounters all = of_a;
  all.insert(of_b.begin(), of_b.end());
  const auto value = [](const NodeCounters& counters, const NodeCounters::key_type& key) {
    const auto found = counters.find(key);
    return found == counters.end() ? 0 : found->second;
  };
  for (const auto& [key, ignored] : all)
    if (value(of_a, key) != value(of_b, key))
      comparison.counters.push_back({key.first, key.second, value(of_a, key), value(of_b, key)});
  return comparison;
}

std::string comparison_text(const Comparison& comparison, const report::TableStyle& style) {
  const std::string a = label(*comparison.a, *comparison.b, "first");
  const std::string b = label(*comparison.b, *comparison.a, "second");
  std::vector<std::vector<Cell>> rows;
  for (const FlowPair& flow : comparison.flows) {
    const auto row = [&](const std::string& of, const report::FlowResult* result) {
      const bool lossy = result != nullptr && result->loss() > 0;
      rows.push_back({{of == a ? flow.name : ""},
                      {of},
                      {count_text(result, &report::FlowResult::sent)},
                      {count_text(result, &report::FlowResult::received)},
                      {result == nullptr ? "-" : report::percent_text(result->loss()), lossy},
                      {latency_text(result, &report::Latency::min)},
                      {latency_text(result, &report::Latency::median)},
                      {latency_text(result, &report::Latency::p99)},
                      {latency_text(result, &report::Latency::max)},
                      {result == nullptr ? "-" : report::rate_text(static_cast<double>(result->throughput_bps))}});
    };
    row(a, flow.a);
    row(b, flow.b);
  }
  std::string text = report::aligned(
      {"flow", "body", "sent", "received", "loss", "min", "median", "p99", "max", "throughput"}, rows, 2, style);
  if (!comparison.counters.empty()) {
    std::vector<std::vector<Cell>> counters;
    for (const CounterPair& pair : comparison.counters)
      counters.push_back({{pair.node}, {pair.counter}, {std::to_string(pair.a)}, {std::to_string(pair.b)}});
    text += "\nCounters that differ:\n" + report::aligned({"node", "counter", a, b}, counters, 2, style);
  }
  std::size_t same = 0;
  std::string differences;
  for (const ExpectationPair& pair : comparison.expectations) {
    if (!pair.differs()) {
      ++same;
      continue;
    }
    differences += fmt::format("differs: {}\n  {}: {}\n  {}: {}\n", pair.name, a, verdict(pair.a), b, verdict(pair.b));
  }
  return text + fmt::format("\n{} of {} expectations have the same verdict in both\n{}", same,
                            comparison.expectations.size(), differences);
}

nlohmann::ordered_json comparison_json(const Comparison& comparison) {
  using Json = nlohmann::ordered_json;
  const auto describe = [](const report::RunResult& result) {
    return Json{{"scenario", result.scenario}, {"body", result.body}, {"seed", result.seed}};
  };
  Json flows = Json::array();
  for (const FlowPair& flow : comparison.flows)
    flows.push_back({{"name", flow.name}, {"a", to_json(flow.a)}, {"b", to_json(flow.b)}});
  Json expectations = Json::array();
  for (const ExpectationPair& pair : comparison.expectations)
    expectations.push_back(
        {{"name", pair.name}, {"a", verdict(pair.a)}, {"b", verdict(pair.b)}, {"differs", pair.differs()}});
  Json counters = Json::array();
  for (const CounterPair& pair : comparison.counters)
    counters.push_back({{"node", pair.node}, {"counter", pair.counter}, {"a", pair.a}, {"b", pair.b}});
  return {{"a", describe(*comparison.a)},
          {"b", describe(*comparison.b)},
          {"flows", std::move(flows)},
          {"expectations", std::move(expectations)},
          {"counters", std::move(counters)}};
}

}  // namespace lisper::lab
