#include "report/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>

#include "report/json.h"
#include "report/units.h"

namespace lisper::report {
namespace {

using Json = nlohmann::ordered_json;

struct Metric {
  std::string_view name;
  std::optional<double> (*value)(const FlowResult&);
};

template <std::int64_t Latency::*kField>
std::optional<double> latency(const FlowResult& flow) {
  return flow.latency ? std::optional(static_cast<double>((*flow.latency).*kField)) : std::nullopt;
}

template <std::uint64_t FlowResult::*kField>
std::optional<double> count(const FlowResult& flow) {
  return static_cast<double>(flow.*kField);
}

constexpr std::array<Metric, 9> kMetrics{{
    {"sent", count<&FlowResult::sent>},
    {"received", count<&FlowResult::received>},
    {"loss", [](const FlowResult& flow) { return std::optional(flow.loss()); }},
    {"latency.min", latency<&Latency::min>},
    {"latency.median", latency<&Latency::median>},
    {"latency.p99", latency<&Latency::p99>},
    {"latency.max", latency<&Latency::max>},
    {"throughput", count<&FlowResult::throughput_bps>},
    {"out_of_order", count<&FlowResult::out_of_order>},
}};

bool all_passed(const RunResult& run) { return std::ranges::all_of(run.expectations, &ExpectationResult::passed); }

FlowStatistics flow_statistics(std::span<const RunResult> runs, std::size_t index) {
  FlowStatistics out{runs[0].flows[index].name, {}};
  for (const auto& [name, value] : kMetrics) {
    std::vector<double> samples;
    for (const RunResult& run : runs)
      if (index < run.flows.size())
        if (const auto sample = value(run.flows[index])) samples.push_back(*sample);
    out.metrics.emplace_back(name, estimate(samples));
  }
  return out;
}

std::string spread(const Estimate& estimate, std::string (*text)(double)) {
  if (estimate.runs == 0) return "-";
  return estimate.half_width ? fmt::format("{} ± {}", text(estimate.mean), text(*estimate.half_width))
                             : text(estimate.mean);
}

std::string number_text(double value) { return fmt::format("{:.6g}", value); }

const Estimate& metric(const FlowStatistics& flow, std::string_view name) {
  return std::ranges::find(flow.metrics, name, &std::pair<std::string, Estimate>::first)->second;
}

}  // namespace

Estimate estimate(std::span<const double> samples) {
  Estimate out{samples.size(), 0, {}};
  if (samples.empty()) return out;
  const auto n = static_cast<double>(samples.size());
  out.mean = std::accumulate(samples.begin(), samples.end(), 0.0) / n;
  if (samples.size() == 1) return out;
  double squares = 0;
  for (const double sample : samples) squares += (sample - out.mean) * (sample - out.mean);
  const double t = boost::math::quantile(boost::math::students_t(n - 1), 0.975);
  out.half_width = t * std::sqrt(squares / (n - 1) / n);
  return out;
}

Statistics summarize(std::span<const RunResult> runs) {
  Statistics out;
  if (runs.empty()) return out;
  out.scenario = runs[0].scenario;
  for (const RunResult& run : runs) out.seeds.push_back(run.seed);
  out.passed = static_cast<std::size_t>(std::ranges::count_if(runs, all_passed));
  for (std::size_t i = 0; i < runs[0].flows.size(); ++i)
    if (!runs[0].flows[i].probe) out.flows.push_back(flow_statistics(runs, i));
  for (std::size_t i = 0; i < runs[0].expectations.size(); ++i) {
    const auto passed = std::ranges::count_if(
        runs, [i](const RunResult& run) { return i < run.expectations.size() && run.expectations[i].passed; });
    out.expectations.push_back({runs[0].expectations[i].name, static_cast<std::size_t>(passed)});
  }
  return out;
}

std::string to_text(const Statistics& statistics) {
  Json flows = Json::array();
  for (const FlowStatistics& flow : statistics.flows) {
    Json out{{"name", flow.name}};
    for (const auto& [name, value] : flow.metrics)
      out[name] = {{"runs", value.runs},
                   {"mean", value.runs == 0 ? Json() : Json(value.mean)},
                   {"ci95", value.half_width ? Json(*value.half_width) : Json()}};
    flows.push_back(std::move(out));
  }
  Json expectations = Json::array();
  for (const auto& [name, passed] : statistics.expectations)
    expectations.push_back({{"name", name}, {"passed", passed}, {"runs", statistics.seeds.size()}});
  return lines_text({{"format", "lisper-runs"},
                     {"format_version", kFormatVersion},
                     {"scenario", statistics.scenario},
                     {"runs", statistics.seeds.size()},
                     {"passed", statistics.passed},
                     {"seeds", statistics.seeds},
                     {"expectations", std::move(expectations)},
                     {"flows", std::move(flows)}});
}

std::string statistics_table(const Statistics& statistics, const TableStyle& style) {
  std::vector<std::vector<Cell>> rows;
  for (const FlowStatistics& flow : statistics.flows)
    rows.push_back({{flow.name},
                    {spread(metric(flow, "sent"), number_text)},
                    {spread(metric(flow, "received"), number_text)},
                    {spread(metric(flow, "loss"), percent_text), metric(flow, "loss").mean > 0},
                    {spread(metric(flow, "latency.median"), duration_text)},
                    {spread(metric(flow, "latency.p99"), duration_text)},
                    {spread(metric(flow, "throughput"), rate_text)}});
  std::string text = fmt::format("{} runs, mean ± half of the 95 % confidence interval\n", statistics.seeds.size());
  if (!rows.empty())
    text += aligned({"flow", "sent", "received", "loss", "median", "p99", "throughput"}, rows, 1, style);
  text += fmt::format("{} of {} runs passed every expectation\n", statistics.passed, statistics.seeds.size());
  for (const auto& [name, passed] : statistics.expectations)
    if (passed < statistics.seeds.size())
      text +=
          fmt::format("failed in {} of {} runs: {}\n", statistics.seeds.size() - passed, statistics.seeds.size(), name);
  return text;
}

}  // namespace lisper::report
