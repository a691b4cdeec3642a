#include "lab/runner.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>
#include <variant>

#include "lab/measure.h"
#include "lab/node_counters.h"
#include "lab/traffic.h"

namespace lisper::lab {

namespace {

using Clock = std::chrono::steady_clock;

constexpr TimeNs kLongestNap = milliseconds(20);  ///< between looks at progress and interrupts
constexpr TimeNs kLastReplies = seconds(2);       ///< what is under way at the end may still arrive

/// For a file's name.
std::string file_part(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == ' '; }, '_');
  return name;
}

struct Step {
  TimeNs at;
  std::function<Result<void>()> act;
};

class Run {
 public:
  Run(const model::Plan& plan, Lab& lab, const RunOptions& options)
      : plan_(plan),
        lab_(lab),
        options_(options),
        recorder_(lab.layout()),
        context_{.layout = lab.layout(),
                 .plan = plan,
                 .state = lab.state(),
                 .recorder = recorder_,
                 .series_interval_ns = series_interval_ns(plan.end)} {
    result_.series_interval_ns = context_.series_interval_ns;
  }

  Result<report::RunResult> operator()() {
    plan_steps();
    capture_all();
    if (auto recording = recorder_.start(); !recording) return tl::unexpected(recording.error());
    for (const auto& flow : flows_)
      if (auto prepared = flow->prepare(); !prepared) return tl::unexpected(prepared.error());
    if (auto counted = lab_.network().reset_counters(); !counted) return tl::unexpected(counted.error());
    if (auto started = lab_.programs().start_controller(); !started) return tl::unexpected(started.error());
    start_ = Clock::now();
    context_.start_wall_ns = std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
    recorder_.set_origin(context_.start_wall_ns);
    if (auto happened = take_steps(); !happened) return tl::unexpected(happened.error());
    if (auto collected = collect(); !collected) return tl::unexpected(collected.error());
    return std::move(result_);
  }

 private:
  [[nodiscard]] TimeNs now() const { return {std::chrono::nanoseconds(Clock::now() - start_).count()}; }

  void plan_steps() {
    late_.resize(plan_.flows.size());
    for (std::size_t i = 0; i < plan_.flows.size(); ++i) {
      const model::Flow& flow = plan_.flows[i];
      flows_.push_back(make_traffic(flow, context_));
      steps_.push_back({flow.start, [this, i] { return start(i); }});
      if (flow.stop < plan_.end && !flows_[i]->stops_itself())
        steps_.push_back({flow.stop, [traffic = flows_[i].get()] { return stop(*traffic); }});
    }
    for (const model::Event& event : plan_.events)
      steps_.push_back({event.at, [this, &event] { return apply(event); }});
    for (const model::Expectation& expectation : plan_.expectations)
      if (const auto* table = std::get_if<model::TableExpectation>(&expectation.what);
          table != nullptr && table->at < plan_.end)
        steps_.push_back({table->at, [this, table] { return observe(*table, table->at); }});
    for (TimeNs at{}; at < plan_.end; at = at + TimeNs{context_.series_interval_ns})
      steps_.push_back({at, [this] { return sample(); }});
    std::ranges::stable_sort(steps_, {}, &Step::at);
  }

  void capture_all() {
    if (options_.captures.empty()) return;
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n)
      for (std::size_t p = 0; p < plan_.nodes[n].ports.size(); ++p)
        recorder_.capture({n, p}, options_.captures / (file_part(plan_.nodes[n].name) + "-" +
                                                       file_part(plan_.nodes[n].ports[p].name) + ".pcap"));
  }

  Result<void> start(std::size_t flow) {
    late_[flow] = now() - plan_.flows[flow].start;
    return flows_[flow]->start();
  }

  static Result<void> stop(Traffic& traffic) {
    traffic.stop();
    return {};
  }

  Result<void> apply(const model::Event& event) {
    result_.events.push_back({event.at.ns, event.text});
    return lab_.network().apply(event);
  }

  Result<void> observe(const model::TableExpectation& expected, TimeNs at) {
    auto leads_to = lab_.programs().look_up(expected.node, expected.iid, expected.mac);
    if (!leads_to) return tl::unexpected(leads_to.error());
    observed_.emplace_back(expected.node,
                           report::TableRow{at.ns, expected.iid.value, to_string(expected.mac), std::move(*leads_to)});
    return {};
  }

  /// The links' bytes since the last sample. Without a word if it is late: the series says when.
  Result<void> sample() {
    const auto links = lab_.network().read_bytes();
    if (!links) return tl::unexpected(links.error());
    bytes_.resize(links->size());
    for (std::size_t l = 0; l < links->size(); ++l)
      for (std::size_t i = 0; i < 2; ++i) {
        Sampled& of = bytes_[l][i];
        const std::uint64_t bytes = (*links)[l][i];
        if (bytes != of.last) add_to_series(of.series, context_.series_interval_ns, now().ns - 1, bytes - of.last);
        of.last = bytes;
      }
    return {};
  }

  Result<void> take_steps() {
    for (const Step& step : steps_) {
      if (step.at >= plan_.end) break;
      if (auto slept = sleep_until(step.at); !slept) return slept;
      if (auto done = step.act(); !done) return done;
    }
    return sleep_until(plan_.end);
  }

  Result<void> sleep_until(TimeNs at) {
    while (true) {
      const TimeNs time = now();
      if (options_.progress &&
          !options_.progress(std::min(1.0, static_cast<double>(time.ns) / static_cast<double>(plan_.end.ns))))
        return fail("stopped");
      if (time >= at) return {};
      if (time - checked_ > seconds(1)) {
        checked_ = time;
        if (auto alive = lab_.programs().check(options_.tell); !alive) return alive;
      }
      std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(kLongestNap, at - time).ns));
    }
  }

  /// A flow that a busy machine started late has its time all the same.
  Result<void> end_flows() {
    TimeNs last = plan_.end;
    for (std::size_t i = 0; i < flows_.size(); ++i)
      if (!flows_[i]->done()) last = std::max(last, plan_.end + late_[i]);
    std::vector<bool> stopped(flows_.size());
    const auto is_done = [](const auto& flow) { return flow->done(); };
    while (now() < last + kLastReplies && !std::ranges::all_of(flows_, is_done)) {
      for (std::size_t i = 0; i < flows_.size(); ++i) {
        if (stopped[i] || flows_[i]->done() || now() < plan_.end + late_[i]) continue;
        flows_[i]->stop();
        stopped[i] = true;
      }
      if (auto slept = sleep_until(now() + milliseconds(10)); !slept) return slept;
    }
    return {};
  }

  Result<void> collect() {
    if (auto ended = end_flows(); !ended) return ended;
    for (const model::Expectation& expectation : plan_.expectations)
      if (const auto* table = std::get_if<model::TableExpectation>(&expectation.what);
          table != nullptr && table->at >= plan_.end)
        if (auto seen = observe(*table, plan_.end); !seen) return seen;
    if (auto sampled = sample(); !sampled) return sampled;
    if (auto collected = collect_links(); !collected) return collected;
    if (auto collected = collect_nodes(); !collected) return collected;
    if (auto stopped = recorder_.stop(); !stopped) return stopped;
    for (const auto& flow : flows_) result_.flows.push_back(flow->result());
    describe();
    return {};
  }

  Result<void> collect_links() {
    auto links = lab_.network().read();
    if (!links) return tl::unexpected(links.error());
    result_.links = std::move(*links);
    for (std::size_t l = 0; l < result_.links.size(); ++l)
      for (std::size_t i = 0; i < 2; ++i) {
        result_.links[l].directions[i].bytes_series = std::move(bytes_[l][i].series);
        result_.hops += result_.links[l].directions[i].packets;
      }
    return {};
  }

  Result<void> collect_nodes() {
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
      const model::Node& node = plan_.nodes[i];
      auto result = lab_.programs().is_program(i) ? lab_.programs().ask(i) : read_counters(lab_.layout(), plan_, i);
      if (!result) return tl::unexpected(result.error());
      result->name = node.name;
      result->kind = node.icon;
      // As they are at the end, whenever that was read.
      for (report::TableRow& row : result->fib) row.at_ns = plan_.end.ns;
      for (const auto& [where, row] : observed_)
        if (where == i && std::ranges::find(result->fib, row) == result->fib.end()) result->fib.push_back(row);
      std::ranges::sort(result->fib, {}, [](const auto& row) { return std::tie(row.at_ns, row.iid, row.mac); });
      result_.nodes.push_back(std::move(*result));
    }
    return {};
  }

  void describe() {
    result_.scenario = plan_.name;
    result_.description = plan_.description;
    result_.body = "lab";
    result_.seed = plan_.seed;
    result_.end_ns = plan_.end.ns;
    utsname kernel{};
    uname(&kernel);
    result_.versions = {{"lisper", LISPER_VERSION}, {"Linux", kernel.release}};
    for (const model::Node& node : plan_.nodes)
      result_.topology.push_back({node.name, node.icon, node.position[0], node.position[1]});
  }

  struct Sampled {
    std::uint64_t last = 0;
    std::vector<std::uint64_t> series;
  };

  const model::Plan& plan_;
  Lab& lab_;
  const RunOptions& options_;
  Recorder recorder_;
  TrafficContext context_;
  std::vector<std::unique_ptr<Traffic>> flows_;
  std::vector<TimeNs> late_;  ///< by flow: how long after its time it started
  std::vector<Step> steps_;
  std::vector<std::array<Sampled, 2>> bytes_;                       ///< by link
  std::vector<std::pair<std::size_t, report::TableRow>> observed_;  ///< with its node
  Clock::time_point start_;
  TimeNs checked_{};
  report::RunResult result_;
};

}  // namespace

Result<report::RunResult> run(const model::Plan& plan, Lab& lab, const RunOptions& options) {
  return Run(plan, lab, options)();
}

}  // namespace lisper::lab
