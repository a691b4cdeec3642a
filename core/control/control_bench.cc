// The control plane alone, one core, no sockets: what the controller's messages cost from their bytes to a table that
// forwards.
//
//   control/load/macs:N    N map-cache entries into empty tables; a message is an entry. `bytes_per_entry` is all that
//                          the process then keeps for one: by the allocator's books, its own overhead included, and
//                          `rss_...` by the kernel's. The text of the messages is not part of it
//   control/update/macs:N  the same entries again, each with other locators
//   control/repeat/macs:N  and again with the same, as the controller does at each refresh
//   control/while_forwarding/updates:N
//                          N updates a second of a million entries by one thread, while another looks them up and
//                          forwards 64-byte frames: `slowdown` is the share of its rate that it loses to them, in turns
//                          of with and without, and `lost` are the frames that it did not forward
//
// MACs are spread over four IIDs and sixteen RLOCs; one entry in four has two RLOCs. Tables are published as lisper-hw
// publishes them. Times are those of a thread on its CPU, so that other programs count for little.

#include <benchmark/benchmark.h>
#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <ctime>
#include <fstream>
#include <functional>
#include <memory>
#include <thread>

#include "core/base/random.h"
#include "core/control/testing.h"
#include "core/tables/twin_tables.h"

namespace {

using namespace lisper;
using namespace lisper::testing;

constexpr std::uint64_t kRlocs = 16;
constexpr std::size_t kMessagesARound = 32;  // as many as lisper-hw takes before it publishes

LisperConfig config() {
  LisperConfig config = two_exit_site();
  for (std::uint32_t iid = 2; iid <= 3; ++iid) {
    TunnelConfig tunnel;
    tunnel.ip = ip("fd80:1::" + std::to_string(iid + 1));
    tunnel.session_id = tunnel.remote_session_id = SessionId(iid);
    config.local_networks.push_back({Iid(iid), std::nullopt, tunnel});
  }
  for (std::uint64_t i = 0; i < kRlocs; ++i)
    config.lispers.push_back({ip("2001:db8:a::" + std::to_string(i)), ExitId(0), std::nullopt});
  config.max_macs = 1u << 20;
  return config;
}

std::string rloc(std::uint64_t number) {
  return R"({"rloc": "2001:db8:a::)" + std::to_string(number % kRlocs) +
         R"(", "priority": "1", "weight": "50", "port": "4341"})";
}

constexpr const char* kIids[] = {"1", "2", "3", "251"};
MacAddress eid(std::uint64_t number) {
  return MacAddress::from_u64(0x0200'0000'0000 | (number * 0x9e'3779'b97f & 0xff'ffff'ffff));
}

/// As release 0.607 writes it.
std::string message(std::uint64_t number, std::uint64_t place) {
  return R"({"type": "map-cache", "opcode": "add", "eid-prefix": ")" + to_eid_string(eid(number)) +
         R"(/48", "rlocs": [)" + rloc(place) + (number % 4 == 0 ? ", " + rloc(place + 1) : "") +
         R"(], "instance-id": ")" + kIids[number / 4 % 4] + R"("})";
}

struct Node {
  explicit Node(std::function<void()> wait = [] {}) : tables(*Tables::build(config()), std::move(wait)) {}

  TwinTables tables;
  ControlPlane control{config(), tables.latest()};
  Outbox out;

  void on_message(std::string_view text) {
    control.on_message(bytes_of(text), seconds(1), out);
    tables.apply(std::move(out.deltas));
    out.clear();
  }
};

/// [s] that this thread has had a CPU.
double thread_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// [s] that entries 0 to `count` take. Their text is made beside, some at a time, as it would come from a socket.
double send(Node& node, std::uint64_t count, const std::function<std::uint64_t(std::uint64_t)>& place) {
  constexpr std::uint64_t kEach = 8192;
  std::vector<std::string> texts;
  double time = 0;
  for (std::uint64_t first = 0; first < count; first += kEach) {
    texts.clear();
    for (std::uint64_t n = first; n < std::min(first + kEach, count); ++n) texts.push_back(message(n, place(n)));
    const double start = thread_time();
    for (std::size_t i = 0; i < texts.size(); ++i) {
      node.on_message(texts[i]);
      if (i % kMessagesARound == kMessagesARound - 1) node.tables.publish();
    }
    node.tables.publish();
    time += thread_time() - start;
  }
  return time;
}

std::uint64_t first_place(std::uint64_t n) { return n / 16; }
std::uint64_t next_place(std::uint64_t n) { return n / 16 + 1; }

void check(benchmark::State& state, const Node& node, std::size_t count, std::uint64_t messages) {
  if (node.tables.latest().fib().size() != count || node.control.counters().entries_set != messages)
    state.SkipWithError("entries are missing");
}

void report(benchmark::State& state, std::uint64_t entries) {
  state.SetItemsProcessed(static_cast<std::int64_t>(entries) * static_cast<std::int64_t>(state.iterations()));
  state.counters["entries_per_second"] =
      benchmark::Counter(static_cast<double>(entries), benchmark::Counter::kIsIterationInvariantRate);
}

std::size_t allocated() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

std::size_t resident() {
  malloc_trim(0);
  std::size_t size = 0, pages = 0;
  std::ifstream("/proc/self/statm") >> size >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

void load(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  for (auto _ : state) {
    const std::size_t before = allocated(), resident_before = resident();
    auto node = std::make_unique<Node>();
    state.SetIterationTime(send(*node, count, first_place));
    const auto per_entry = [&](std::size_t now, std::size_t then) {
      return (static_cast<double>(now) - static_cast<double>(then)) / static_cast<double>(count);
    };
    state.counters["bytes_per_entry"] = per_entry(allocated(), before);
    state.counters["rss_per_entry"] = per_entry(resident(), resident_before);
    check(state, *node, count, count);
  }
  report(state, count);
}

template <bool kSame>
void update(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  Node node;
  std::uint64_t messages = count;
  send(node, count, first_place);
  for (auto _ : state) {
    const bool other = !kSame && messages / count % 2 == 1;
    state.SetIterationTime(send(node, count, other ? next_place : first_place));
    messages += count;
  }
  check(state, node, count, messages);
  report(state, count);
}

constexpr std::int64_t kMillion = 1'000'000;

/// A thread that forwards frames from a tunnel to entries of IID 251, all of which are mapped.
class Forwarder {
 public:
  struct Tally {
    double time = 0;  ///< [s]
    std::uint64_t frames = 0;
  };

  explicit Forwarder(const TwinTables& tables)
      : tables_(tables), shard_(tables.latest().port_count(), tables.latest().network_count()) {
    Random random(1);
    for (std::size_t i = 0; i < kPackets; ++i) {
      const std::string to = to_string(eid(random.below(kMillion / 16) * 16 + 12 + i % 4));
      Buffer udp(64 - 14 - 20);
      const auto ports = static_cast<std::uint32_t>(random.next());
      std::memcpy(udp.data(), &ports, sizeof ports);
      pristine_.push_back(l2tp_ipv6(
          "fd80:1::2", "fd80:4::2", 1, 0,
          ethernet(to, kSource, wire::kEtherTypeIpv4, ipv4("10.0.0.1", "10.0.0.2", wire::kProtocolUdp, udp))));
    }
  }
  static constexpr const char* kSource = "02:ff:00:00:00:01";

  void run() {
    online_ = true;
    while (!stop_) {
      for (std::size_t i = 0; i < kPackets; ++i) std::memcpy(packet(i), pristine_[i].data(), pristine_[i].size());
      const int phase = phase_;
      const double start = thread_time();
      forward_all();
      if (phase != phase_) continue;
      tallies_[phase].time += thread_time() - start;
      tallies_[phase].frames += kPackets;
    }
    online_ = false;
  }
  void stop() { stop_ = true; }
  void set_phase(int phase) { phase_ = phase; }
  /// Until it has begun another batch.
  void wait() const {
    const std::uint64_t before = passed_;
    while (online_ && passed_ == before) std::this_thread::yield();
  }

  [[nodiscard]] const Tally& tally(int phase) const { return tallies_[phase]; }  ///< when it has stopped
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  static constexpr std::size_t kPackets = 4096;
  static constexpr std::size_t kBatch = 32;
  static constexpr std::size_t kSlot = 512 + 64;

  [[nodiscard]] std::byte* packet(std::size_t i) const { return memory_.get() + i * kSlot + kHeadroom; }

  void forward_all() {
    std::array<Packet, kBatch> batch;
    for (std::size_t first = 0; first < kPackets; first += kBatch) {
      for (std::size_t i = 0; i < kBatch; ++i) {
        batch[i].data = packet(first + i);
        batch[i].len = static_cast<std::uint32_t>(pristine_[first + i].size());
        batch[i].port = PortId(0);
      }
      process(batch, tables_.read(), shard_, seconds(1));
      shard_.events.clear();
      for (const Packet& forwarded : batch) lost_ += forwarded.verdict.action == Action::kForward ? 0 : 1;
      passed_.store(passed_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }
  }

  const TwinTables& tables_;
  Shard shard_;
  std::vector<Buffer> pristine_;
  std::unique_ptr<std::byte[]> memory_ = std::make_unique<std::byte[]>(kPackets * kSlot);
  std::atomic<bool> stop_ = false, online_ = false;
  std::atomic<int> phase_ = 0;
  Tally tallies_[2];
  std::uint64_t lost_ = 0;
  alignas(64) std::atomic<std::uint64_t> passed_ = 0;
};

void pin(pthread_t thread, int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  pthread_setaffinity_np(thread, sizeof set, &set);
}

/// Updates for `length`, `rate` a second; how many.
std::uint64_t update_for(Node& node, const std::vector<std::string>& texts, std::size_t& next, double rate,
                         std::chrono::milliseconds length) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  std::uint64_t sent = 0;
  for (auto now = start; now - start < length; now = Clock::now()) {
    const double due = rate * std::chrono::duration<double>(now - start).count();
    for (std::size_t i = 0; i < kMessagesARound && static_cast<double>(sent) < due; ++i, ++sent)
      node.on_message(texts[next++ % texts.size()]);
    node.tables.publish();
  }
  return sent;
}

void while_forwarding(benchmark::State& state) {
  constexpr auto kTurn = std::chrono::milliseconds(50);
  constexpr int kTurns = 40;
  std::unique_ptr<Forwarder> forwarder;
  Node node([&] {
    if (forwarder) forwarder->wait();
  });
  send(node, kMillion, first_place);
  node.tables.apply({SetNextHop{ExitId(0), mac("02:00:00:00:00:fe")},
                     SetEntry{*node.tables.latest().network_of(Iid(251)),
                              *parse_mac(Forwarder::kSource),
                              {FibKind::kLocal, node.tables.latest().local_location(config(), 2).value},
                              stamp_of(seconds(1))}});
  node.tables.publish();
  std::vector<std::string> texts;
  Random random(2);
  for (int i = 0; i < 8192; ++i) texts.push_back(message(random.below(kMillion), random.next()));

  std::size_t next = 0;
  std::uint64_t sent = 0;
  double time = 0;
  Forwarder::Tally sums[2];
  for (auto _ : state) {
    forwarder = std::make_unique<Forwarder>(node.tables);
    std::thread thread([&] { forwarder->run(); });
    pin(thread.native_handle(), 1);
    pin(pthread_self(), 0);
    for (int turn = 0; turn < kTurns; ++turn) {
      forwarder->set_phase(turn % 2);
      const auto start = std::chrono::steady_clock::now();
      if (turn % 2 == 1) {
        sent += update_for(node, texts, next, static_cast<double>(state.range(0)), kTurn);
        time += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      } else {
        std::this_thread::sleep_for(kTurn);
      }
    }
    forwarder->stop();
    thread.join();
    for (int phase = 0; phase < 2; ++phase) {
      sums[phase].time += forwarder->tally(phase).time;
      sums[phase].frames += forwarder->tally(phase).frames;
    }
    state.counters["lost"] += static_cast<double>(forwarder->lost());
    state.SetIterationTime(sums[1].time);
    forwarder.reset();
  }
  const auto rate = [&](int phase) { return static_cast<double>(sums[phase].frames) / sums[phase].time; };
  state.counters["slowdown"] = 1 - rate(1) / rate(0);
  state.counters["calm_frames_per_second"] = rate(0);
  state.counters["frames_per_second"] = rate(1);
  state.counters["updates_per_second"] = static_cast<double>(sent) / time;
}

BENCHMARK(load)->Name("control/load")->ArgName("macs")->Arg(kMillion)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(update<false>)
    ->Name("control/update")
    ->ArgName("macs")
    ->Arg(1000)
    ->Arg(kMillion)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(update<true>)
    ->Name("control/repeat")
    ->ArgName("macs")
    ->Arg(kMillion)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(while_forwarding)
    ->Name("control/while_forwarding")
    ->ArgName("updates")
    ->Arg(500'000)
    ->UseManualTime()
    ->Iterations(3);

}  // namespace

BENCHMARK_MAIN();
