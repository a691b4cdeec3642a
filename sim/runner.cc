#include "sim/runner.h"

#include <ns3/boolean.h>
#include <ns3/config.h>
#include <ns3/global-value.h>
#include <ns3/nstime.h>
#include <ns3/rng-seed-manager.h>
#include <ns3/simulator.h>
#include <ns3/string.h>
#include <ns3/type-id.h>
#include <ns3/uinteger.h>

#include <utility>
#include <variant>

#include "sim/network.h"

namespace lisper::sim {

namespace {

constexpr std::int64_t kProgressSteps = 1000;
constexpr std::uint64_t kPendingPackets = 101;  // for one neighbour; about what Linux holds

ns3::Time to_ns3(TimeNs time) { return ns3::NanoSeconds(static_cast<std::uint64_t>(time.ns)); }

/// ns-3's state that outlives a run, set for each.
void prepare_ns3(std::uint64_t seed) {
  // Fastest of those in ns-3, and the order of events is the same in all.
  ns3::GlobalValue::Bind("SchedulerType", ns3::TypeIdValue(ns3::TypeId::LookupByName("ns3::PriorityQueueScheduler")));
  // As real systems do: address resolution starts at once, and holds more than three packets.
  const ns3::StringValue no_jitter("ns3::ConstantRandomVariable[Constant=0]");
  ns3::Config::SetDefault("ns3::ArpL3Protocol::RequestJitter", no_jitter);
  ns3::Config::SetDefault("ns3::Icmpv6L4Protocol::SolicitationJitter", no_jitter);
  ns3::Config::SetDefault("ns3::ArpCache::PendingQueueSize", ns3::UintegerValue(kPendingPackets));
  ns3::Config::SetDefault("ns3::NdiscCache::UnresolvedQueueSize", ns3::UintegerValue(kPendingPackets));
  // ns-3 leaves checksums out unless told; the core and every dissector look at them.
  ns3::GlobalValue::Bind("ChecksumEnabled", ns3::BooleanValue(true));
  ns3::RngSeedManager::SetSeed(1);
  ns3::RngSeedManager::SetRun(seed);
}

class Run {
 public:
  Run(const model::Plan& plan, const RunOptions& options, Network& network)
      : plan_(plan), options_(options), network_(network) {}

  /// False if `progress` stopped it.
  bool operator()() {
    ns3::Simulator::Schedule(ns3::Time(0), [this] { network_.start(); });
    for (const model::Event& event : plan_.events)
      ns3::Simulator::Schedule(to_ns3(event.at), [this, &event] {
        network_.apply(event);
        events_.push_back({event.at.ns, event.text});
      });
    for (const model::Expectation& expectation : plan_.expectations)
      if (const auto* table = std::get_if<model::TableExpectation>(&expectation.what);
          table != nullptr && table->at < plan_.end)
        ns3::Simulator::Schedule(to_ns3(table->at), [this, table] { network_.observe(*table); });
    if (options_.progress) ns3::Simulator::Schedule(ns3::Time(0), [this] { report_progress(0); });
    ns3::Simulator::Stop(to_ns3(plan_.end));
    ns3::Simulator::Run();
    return !stopped_;
  }

  [[nodiscard]] std::vector<report::EventResult> take_events() { return std::move(events_); }

 private:
  void report_progress(std::int64_t step) {
    if (!options_.progress(static_cast<double>(step) / kProgressSteps)) {
      stopped_ = true;
      ns3::Simulator::Stop();
      return;
    }
    const TimeNs next{plan_.end.ns / kProgressSteps * (step + 1)};
    ns3::Simulator::Schedule(to_ns3(next) - ns3::Simulator::Now(), [this, step] { report_progress(step + 1); });
  }

  const model::Plan& plan_;
  const RunOptions& options_;
  Network& network_;
  std::vector<report::EventResult> events_;
  bool stopped_ = false;
};

}  // namespace

std::int64_t series_interval_ns(TimeNs end) noexcept {
  constexpr std::int64_t kBins = 200;
  for (std::int64_t power = 1;; power *= 10)
    for (const std::int64_t factor : {1, 2, 5})
      if (factor * power * kBins >= end.ns) return factor * power;
}

tl::expected<report::RunResult, RunFailure> run(const model::Plan& plan, const RunOptions& options) {
  prepare_ns3(plan.seed);
  auto network = Network::build(plan, series_interval_ns(plan.end));
  if (!network) return tl::unexpected(RunFailure{RunFailure::Kind::kBadInput, network.error().message});
  if (!options.captures.empty())
    if (auto opened = (*network)->capture(options.captures, options.snaplen); !opened)
      return tl::unexpected(RunFailure{RunFailure::Kind::kEnvironment, opened.error().message});

  Run simulation(plan, options, **network);
  if (!simulation()) return tl::unexpected(RunFailure{RunFailure::Kind::kStopped, "stopped"});

  if (auto closed = (*network)->close_captures(); !closed)
    return tl::unexpected(RunFailure{RunFailure::Kind::kEnvironment, closed.error().message});
  report::RunResult result;
  result.scenario = plan.name;
  result.description = plan.description;
  result.body = "sim";
  result.seed = plan.seed;
  result.end_ns = plan.end.ns;
  result.versions = {{"lisper", LISPER_VERSION}, {"ns-3", "3.37"}};
  result.events = simulation.take_events();
  (*network)->write(result);
  return result;
}

}  // namespace lisper::sim
