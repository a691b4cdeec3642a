// lisper-hw's workers on a DPDK port, whole: receive, forward, send. The port is a ring whose end is its beginning, so
// that it costs about a nanosecond a packet and what is left is the forwarding.
//
//   hw/hairpin/inner:S/macs:M/workers:W  L2TPv3 over IPv6 in and out again; W threads, a queue each
//   hw/io                                 received and sent again, as testpmd does
//   hw/macswap                            with its MACs swapped

#include <benchmark/benchmark.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_mbuf.h>

#include <atomic>
#include <thread>

#include "hw/clock.h"
#include "hw/eal.h"
#include "hw/testing.h"

namespace {

using namespace lisper;
using namespace lisper::hw;
using namespace lisper::hw::testing;

constexpr unsigned kWorkers = 2;

void report(benchmark::State& state, std::uint64_t packets, std::uint64_t cycles) {
  state.SetItemsProcessed(static_cast<std::int64_t>(packets));
  state.counters["cycles"] = static_cast<double>(cycles) / static_cast<double>(packets);
}

void hairpin(benchmark::State& state) {
  Loop loop(state.range(0), state.range(1), 1);
  Worker& worker = loop.node->worker(0);
  std::uint64_t packets = 0, cycles = 0;
  for (auto _ : state) {
    const std::uint64_t start = rte_rdtsc();
    for (int i = 0; i < 64; ++i) packets += worker.run_once(seconds(1));
    cycles += rte_rdtsc() - start;
  }
  worker.request_snapshot();
  worker.run_once(seconds(1));
  if (worker.snapshot().ports[0].tx_packets != worker.snapshot().ports[0].rx_packets || packets == 0)
    return state.SkipWithError("packets were lost");
  report(state, packets, cycles);
}

/// Whole seconds of several threads; what each has forwarded is in its counters.
void hairpin_threads(benchmark::State& state) {
  const auto workers = static_cast<unsigned>(state.range(2));
  Loop loop(state.range(0), state.range(1), workers);
  std::uint64_t packets = 0, cycles = 0;
  for (auto _ : state) {
    std::atomic<unsigned> running{0};
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    std::atomic<std::uint64_t> done{0};
    for (unsigned w = 0; w < workers; ++w)
      threads.emplace_back([&, w] {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(usable_cpus()[w % usable_cpus().size()], &set);
        pthread_setaffinity_np(pthread_self(), sizeof set, &set);
        ++running;
        while (running.load() < workers) {
        }
        std::uint64_t own = 0;
        while (!stop.load(std::memory_order_relaxed)) own += loop.node->worker(Loop::index(w)).run_once(seconds(1));
        done += own;
      });
    while (running.load() < workers) std::this_thread::yield();
    const std::uint64_t start = rte_rdtsc();
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    stop = true;
    for (std::thread& thread : threads) thread.join();
    const std::uint64_t elapsed = rte_rdtsc() - start;
    packets += done;
    cycles += elapsed;
    state.SetIterationTime(static_cast<double>(elapsed) / static_cast<double>(rte_get_tsc_hz()));
  }
  report(state, packets, cycles * workers);
}

template <bool kSwap>
void pass(benchmark::State& state) {
  Loop loop(64, 2, 1);
  const std::uint16_t port = loop.node->devices()[0].id();
  std::array<rte_mbuf*, 32> frames;
  std::uint64_t packets = 0, cycles = 0;
  for (auto _ : state) {
    const std::uint64_t start = rte_rdtsc();
    for (int i = 0; i < 64; ++i) {
      const std::uint16_t count = rte_eth_rx_burst(port, 0, frames.data(), 32);
      if constexpr (kSwap)
        for (std::uint16_t f = 0; f < count; ++f) {
          auto* header = rte_pktmbuf_mtod(frames[f], rte_ether_hdr*);
          std::swap(header->src_addr, header->dst_addr);
        }
      packets += rte_eth_tx_burst(port, 0, frames.data(), count);
    }
    cycles += rte_rdtsc() - start;
  }
  report(state, packets, cycles);
}

BENCHMARK(pass<false>)->Name("hw/io");
BENCHMARK(pass<true>)->Name("hw/macswap");
BENCHMARK(hairpin)
    ->Name("hw/hairpin")
    ->ArgNames({"inner", "macs"})
    ->ArgsProduct({{64, 512, 1500}, {2, 1000}})
    ->Args({64, 1'000'000});
BENCHMARK(hairpin_threads)
    ->Name("hw/hairpin")
    ->ArgNames({"inner", "macs", "workers"})
    ->Args({64, 1000, 1})
    ->Args({64, 1000, kWorkers})
    ->UseManualTime()
    ->Iterations(4);

}  // namespace

int main(int argc, char** argv) {
  EalOptions eal;
  eal.program = "hw_bench";
  eal.huge_pages = false;
  eal.memory = std::size_t{256} << 20;
  eal.control_cpus = usable_cpus();
  if (auto started = start_eal(eal); !started) {
    std::fprintf(stderr, "%s\n", started.error().message.c_str());
    return 3;
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
