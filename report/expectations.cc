#include "report/expectations.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "report/causes.h"
#include "report/units.h"

namespace lisper::report {
namespace {

enum class Unit { kCount, kShare, kTime, kRate };

/// A failure mentions so many flows, pairs or causes; the rest is counted.
constexpr std::size_t kMentioned = 3;

std::string number(double value, Unit unit) {
  switch (unit) {
    case Unit::kShare:
      return fmt::format("{:.12g} %", value * 100);
    case Unit::kTime:
      return exact_duration_text(value);
    case Unit::kRate:
      return exact_rate_text(value);
    case Unit::kCount:
      break;
  }
  return fmt::format("{:.17g}", value);
}

bool is_set(const model::Bound& bound) { return bound.at_least || bound.at_most || bound.equals; }

bool holds(const model::Bound& bound, double value) {
  return (!bound.at_least || value >= *bound.at_least) && (!bound.at_most || value <= *bound.at_most) &&
         (!bound.equals || value == *bound.equals);
}

std::string describe(const model::Bound& bound, Unit unit) {
  std::vector<std::string> parts;
  if (bound.equals) parts.push_back("= " + number(*bound.equals, unit));
  if (bound.at_least) parts.push_back(">= " + number(*bound.at_least, unit));
  if (bound.at_most) parts.push_back("<= " + number(*bound.at_most, unit));
  return fmt::format("{}", fmt::join(parts, " and "));
}

/// "a; b; c; and 4 more"
std::string list(const std::vector<std::string>& texts) {
  const std::size_t shown = std::min(texts.size(), kMentioned);
  std::string text = fmt::format("{}", fmt::join(texts.begin(), texts.begin() + static_cast<long>(shown), "; "));
  if (texts.size() > shown) text += fmt::format("; and {} more", texts.size() - shown);
  return text;
}

std::uint64_t counter_of(const Counters& counters, const std::string& name) {
  const auto found = counters.find(name);
  return found == counters.end() ? 0 : found->second;
}

class Checker {
 public:
  Checker(const model::Plan& plan, const RunResult& result) : plan_(plan), result_(result) {
    for (const FlowResult& flow : result.flows) flows_.emplace(flow.name, &flow);
    for (const LinkResult& link : result.links) links_.emplace(link.name, &link);
    for (const NodeResult& node : result.nodes) nodes_.emplace(node.name, &node);
  }

  // Each gives the reason of the failure, or nothing.

  std::string operator()(const model::FlowExpectation& expected) const {
    const bool wildcard = expected.flow.ends_with('*');
    const std::string_view stem = std::string_view(expected.flow).substr(0, expected.flow.size() - (wildcard ? 1 : 0));
    std::vector<std::string> failures;
    std::vector<std::string> reasons;
    std::size_t matches = 0;
    for (const FlowResult& flow : result_.flows) {
      if (wildcard ? flow.probe || !flow.name.starts_with(stem) : flow.name != stem) continue;
      ++matches;
      std::string failure = check_flow(expected, flow);
      if (failure.empty()) continue;
      failures.push_back(std::move(failure));
      if (failures.size() <= kMentioned) add_path_causes(flow.name, reasons);
    }
    if (matches == 0) return fmt::format("no flow is named {}", expected.flow);
    if (failures.empty()) return {};
    return list(failures) + likely(reasons);
  }

  std::string operator()(const model::ReachabilityExpectation& expected) const {
    std::vector<std::string> failures;
    std::vector<std::string> reasons;
    bool lost = false;
    for (std::size_t i = 0; i < expected.probes.size(); ++i) {
      const model::Flow& probe = plan_.flows[expected.probes[i]];
      const std::string pair = fmt::format("{} -> {}", plan_.nodes[probe.from].name, plan_.nodes[probe.to].name);
      const auto found = flows_.find(probe.name);
      if (found == flows_.end() || found->second->sent == 0) {
        failures.push_back(pair + ": the probe was not sent");
      } else if (const bool reached = found->second->received > 0; reached != expected.expected[i]) {
        failures.push_back(
            pair + (reached ? ": reachable, expected to be kept apart" : ": no reply, expected to be reachable"));
        if (reached) continue;
        lost = true;
        if (failures.size() <= kMentioned) add_path_causes(probe.name, reasons);
      }
    }
    if (failures.empty()) return {};
    std::string why =
        fmt::format("{} of {} pairs are not as expected: {}", failures.size(), expected.probes.size(), list(failures));
    return lost ? why + likely(reasons) : why;
  }

  std::string operator()(const model::TableExpectation& expected) const {
    const std::string& name = plan_.nodes[expected.node].name;
    const auto node = nodes_.find(name);
    if (node == nodes_.end()) return fmt::format("the result has no node {}", name);
    const std::int64_t at = expected.at == kNever ? result_.end_ns : expected.at.ns;
    const std::string mac = mac_text(expected.mac);
    std::string seen = "nothing";
    for (const TableRow& row : node->second->fib)
      if (row.at_ns == at && row.iid == expected.iid.value && row.mac == mac) seen = row.leads_to;
    if (seen == expected.leads_to) return {};
    return fmt::format("{} at {}: IID {}, {} leads to {}, expected {}", name,
                       exact_duration_text(static_cast<double>(at)), expected.iid.value, mac, seen, expected.leads_to) +
           likely({});
  }

  std::string operator()(const model::CounterExpectation& expected) const {
    const std::string& name = plan_.nodes[expected.node].name;
    const auto node = nodes_.find(name);
    if (node == nodes_.end()) return fmt::format("the result has no node {}", name);
    const double seen = static_cast<double>(read_counter(*node->second, expected));
    if (holds(expected.bound, seen)) return {};
    std::string place = name;
    if (expected.iid) place += fmt::format(" IID {}", expected.iid->value);
    if (expected.port) place += " port " + *expected.port;
    return fmt::format("{}: {} is {}, expected {}", place, reason_text(expected.counter), number(seen, Unit::kCount),
                       describe(expected.bound, Unit::kCount));
  }

  std::string operator()(const model::LinkExpectation& expected) const {
    const LinkDirectionResult* direction = find(expected.link, expected.direction);
    const std::string& name = plan_.links[expected.link].name;
    if (!direction) return fmt::format("the result has no link {}", name);
    std::vector<std::string> failures;
    const auto packets = static_cast<double>(direction->packets);
    if (!holds(expected.packets, packets))
      failures.push_back(
          fmt::format("carried {} frames, expected {}", direction->packets, describe(expected.packets, Unit::kCount)));
    if (is_set(expected.share)) {
      double all = 0;
      for (const auto& [link, side] : expected.among)
        if (const LinkDirectionResult* other = find(link, side)) all += static_cast<double>(other->packets);
      const std::string wanted = "expected a share " + describe(expected.share, Unit::kShare);
      if (all == 0)
        failures.push_back("carried no share, as no link of the group carried anything, " + wanted);
      else if (!holds(expected.share, packets / all))
        failures.push_back(fmt::format("carried {} of {} frames, a share of {}, {}", direction->packets, all,
                                       number(packets / all, Unit::kShare), wanted));
    }
    if (failures.empty()) return {};
    const auto& ends = plan_.links[expected.link].ends;
    return fmt::format("link {} from {}: {}", name, plan_.nodes[ends[expected.direction].node].name, list(failures)) +
           likely({});
  }

 private:
  /// What was seen and what was expected, of one flow; empty if it is as expected.
  static std::string check_flow(const model::FlowExpectation& expected, const FlowResult& flow) {
    std::string failures;
    const auto fails = [&](std::string_view metric, const model::Bound& bound, std::optional<double> seen, Unit unit,
                           bool shown) {
      if (!is_set(bound) || (seen && holds(bound, *seen))) return;
      if (!seen)
        failures += fmt::format(", no {} measured", metric);
      else if (!shown)
        failures += fmt::format(", {} {}", metric, number(*seen, unit));
      failures += fmt::format(", expected {} {}", metric, describe(bound, unit));
    };
    const auto latency = [&](std::int64_t Latency::*field) {
      return flow.latency ? std::optional(static_cast<double>((*flow.latency).*field)) : std::nullopt;
    };
    fails("sent", expected.sent, static_cast<double>(flow.sent), Unit::kCount, true);
    fails("received", expected.received, static_cast<double>(flow.received), Unit::kCount, true);
    fails("loss", expected.loss, flow.loss(), Unit::kShare, false);
    fails("median latency", expected.latency_median_ns, latency(&Latency::median), Unit::kTime, false);
    fails("p99 latency", expected.latency_p99_ns, latency(&Latency::p99), Unit::kTime, false);
    fails("maximum latency", expected.latency_max_ns, latency(&Latency::max), Unit::kTime, false);
    fails("throughput", expected.throughput_bps, static_cast<double>(flow.throughput_bps), Unit::kRate, false);
    if (expected.completed && flow.completed != expected.completed)
      failures += *expected.completed ? ", not completed" : ", completed, expected not to be";
    if (failures.empty()) return {};
    const std::string_view unit = flow.kind == "tcp-bulk" ? " bytes" : "";
    return fmt::format("flow {}: sent {}{}, received {}{}{}", flow.name, flow.sent, unit, flow.received, unit,
                       failures);
  }

  static std::uint64_t read_counter(const NodeResult& node, const model::CounterExpectation& expected) {
    constexpr std::string_view kControl = "control.";
    if (expected.counter.starts_with(kControl))
      return counter_of(node.control, expected.counter.substr(kControl.size()));
    if (expected.iid) {
      const auto found = node.networks.find(expected.iid->value);
      return found == node.networks.end() ? 0 : counter_of(found->second, expected.counter);
    }
    std::uint64_t sum = 0;
    for (const auto& [port, counters] : node.ports)
      if (!expected.port || *expected.port == port) sum += counter_of(counters, expected.counter);
    return sum;
  }

  const LinkDirectionResult* find(std::size_t link, std::size_t direction) const {
    const auto found = links_.find(plan_.links[link].name);
    return found == links_.end() ? nullptr : &found->second->directions[direction];
  }

  void add_path_causes(const std::string& flow, std::vector<std::string>& out) const {
    const auto found = std::ranges::find(plan_.flows, flow, &model::Flow::name);
    if (found == plan_.flows.end() || found->kind == model::FlowKind::kReplay) return;
    for (std::string& cause : path_causes(plan_, result_, found->from, found->to))
      if (std::ranges::find(out, cause) == out.end()) out.push_back(std::move(cause));
  }

  /// "; " and the likely causes: of the whole run, then of the failed flows' own paths.
  std::string likely(const std::vector<std::string>& of_paths) const {
    if (!causes_) causes_ = causes(plan_, result_);
    if (causes_->empty() && of_paths.empty()) return "; no node or link counted a drop";
    std::string text;
    if (!causes_->empty()) text += "; " + list(*causes_);
    if (!of_paths.empty()) text += "; " + list(of_paths);
    return text;
  }

  const model::Plan& plan_;
  const RunResult& result_;
  std::map<std::string_view, const FlowResult*> flows_;
  std::map<std::string_view, const LinkResult*> links_;
  std::map<std::string_view, const NodeResult*> nodes_;
  mutable std::optional<std::vector<std::string>> causes_;  ///< found at the first failure
};

}  // namespace

std::vector<ExpectationResult> check(const model::Plan& plan, const RunResult& result) {
  const Checker checker(plan, result);
  std::vector<ExpectationResult> out;
  for (const model::Expectation& expectation : plan.expectations) {
    std::string why = std::visit(checker, expectation.what);
    out.push_back({expectation.name, why.empty(), std::move(why)});
  }
  return out;
}

}  // namespace lisper::report
