// Two workers that learn and answer, and a control plane in a storm of messages and moves, on tables that are switched
// under them. What ThreadSanitizer would not see shows in the counts.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <mutex>
#include <thread>

#include "core/base/random.h"
#include "core/control/control_plane.h"
#include "core/forward/testing.h"
#include "core/tables/twin_tables.h"

namespace lisper {
namespace {

using namespace testing;

constexpr std::size_t kWorkers = 2;
constexpr std::uint64_t kHosts = 200;
constexpr std::uint32_t kMaxMacs = 300;
constexpr int kMessages = 100;

LisperConfig config() {
  LisperConfig config = site04();
  config.max_macs = kMaxMacs;
  config.policies = {{Iid(1)}};
  config.policies[0].suppress_arp = true;
  config.local_networks[2].max_macs = 150;
  return config;
}

std::string host(std::uint64_t number) { return to_string(MacAddress::from_u64(0x0200'0000'0000 + number)); }
std::string address(std::uint64_t number) { return "10.0.0." + std::to_string(number % 250 + 1); }

/// TwinTables with counters for quiescent states.
class Twins {
 public:
  explicit Twins(const Tables& tables) : tables_(tables, [this] { wait(); }) {}

  [[nodiscard]] const Tables& latest() const { return tables_.latest(); }
  void apply(std::vector<TableDelta>& deltas) { tables_.apply(std::move(deltas)); }
  void publish() { tables_.publish(); }
  [[nodiscard]] const Tables& read() const { return tables_.read(); }
  void quiescent(std::size_t worker) { passed_[worker].fetch_add(1); }
  /// Until every worker has begun another round.
  void wait() {
    for (std::atomic<std::uint64_t>& passed : passed_) {
      const std::uint64_t before = passed.load();
      while (passed.load() == before) std::this_thread::yield();
    }
  }

 private:
  std::array<std::atomic<std::uint64_t>, kWorkers> passed_{};
  TwinTables tables_;
};

struct Events {
  std::mutex mutex;
  std::vector<Event> waiting;
};

/// Hosts that appear, move, ask for each other and send to all.
void work(std::size_t index, Twins& twins, Events& events, const std::atomic<bool>& stop, Shard& shard) {
  Random random(index + 1);
  std::vector<std::byte> memory(2048);
  std::uint64_t round = 0;
  while (!stop.load(std::memory_order_relaxed)) {
    const Tables& tables = twins.read();
    const std::uint64_t from = random.below(kHosts);
    const std::uint64_t to = random.below(kHosts);
    const Buffer frame =
        random.below(2) == 0 ? arp_request(host(from), address(from), address(to)) : ping(host(to), host(from));
    const bool moved = random.below(50) == 0;
    const PortId port((from % 2 == 0) != moved ? 1 : 2);
    std::ranges::copy(frame, memory.begin() + kHeadroom);
    Packet packet{memory.data() + kHeadroom, static_cast<std::uint32_t>(frame.size()), port, {}};
    process({&packet, 1}, tables, shard, milliseconds(static_cast<std::int64_t>(++round)));
    twins.quiescent(index);
    if (round % 32 == 0) std::this_thread::yield();  // there may be fewer processors than threads
    if (shard.events.empty()) continue;
    const std::lock_guard lock(events.mutex);
    if (events.waiting.size() < 500)
      events.waiting.insert(events.waiting.end(), shard.events.begin(), shard.events.end());
    shard.events.clear();
  }
}

std::string message(Random& random) {
  if (random.below(100) == 0) return R"({"type": "entire-map-cache", "entries": []})";
  const bool remove = random.below(4) == 0;
  return R"({"type": "map-cache", "opcode": ")" + std::string(remove ? "delete" : "add") +
         R"(", "instance-id": "1", "eid-prefix": ")" + host(random.below(kHosts)) +
         R"(/48", "rlocs": [{"rloc": "fd80:8::2"}]})";
}

TEST(Threads, TwoWorkersLearnInAControllerStorm) {
  Twins twins(*Tables::build(config()));
  ControlPlane control(config(), twins.latest());
  Events events;
  std::atomic<bool> stop = false;
  std::vector<Shard> shards;
  for (std::size_t i = 0; i < kWorkers; ++i) shards.emplace_back(3, 1);
  std::vector<std::thread> workers;
  for (std::size_t i = 0; i < kWorkers; ++i) workers.emplace_back([&, i] { work(i, twins, events, stop, shards[i]); });

  Random random(9);
  Outbox out;
  for (int i = 0; i < kMessages; ++i) {
    const TimeNs now = milliseconds(i * 100);
    std::vector<Event> taken;
    {
      const std::lock_guard lock(events.mutex);
      taken.swap(events.waiting);
    }
    for (const Event& event : taken) {
      control.on_event(event, now, out);
      twins.apply(out.deltas);
    }
    const std::string text = message(random);
    control.on_message(std::as_bytes(std::span(text)), now, out);
    control.tick(now, out);
    twins.apply(out.deltas);
    twins.publish();
    twins.wait();
    out.clear();
  }
  stop = true;
  for (std::thread& worker : workers) worker.join();

  EXPECT_LE(twins.latest().fib().size(), kMaxMacs);
  EXPECT_EQ(twins.latest().fib().size(), twins.read().fib().size());
  EXPECT_EQ(twins.latest().bindings().size(), twins.read().bindings().size());
  EXPECT_EQ(control.counters().malformed, 0u);
  EXPECT_GT(control.counters().hosts_learned, 0u);
  EXPECT_GT(control.counters().bindings_learned, 0u);
  std::uint64_t frames = 0, answered = 0;
  for (const Shard& shard : shards) {
    frames += shard.port(PortId(1)).rx_packets + shard.port(PortId(2)).rx_packets;
    answered += shard.network(NetworkId(1)).reasons[static_cast<std::size_t>(Reason::kAnsweredHere)];
  }
  EXPECT_GT(answered, 0u);
  EXPECT_GT(frames, answered);
}

}  // namespace
}  // namespace lisper
