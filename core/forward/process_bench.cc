// The fast path alone, one core, no I/O: what one packet costs to forward.
//
//   hairpin/inner:S/macs:M  L2TPv3 over IPv6 in and out again: decapsulate, learn, look up, encapsulate
//   tunnels/tunnels:T       the same with 64 bytes and 1000 MACs, from T tunnels in turn
//   encap/...               Ethernet in, L2TPv3 to a remote LISPER out
//   encap_counted/...       the same, and counted for the controller's statistics; more MACs than there is room for
//                           at a million
//   decap/...               L2TPv3 from a remote LISPER in, Ethernet out
//   flood4/...              broadcast in, four encapsulated copies out; a packet is a copy
//
// S is the inner frame in bytes, M the number of MAC entries, which sources and destinations are drawn
// from at random over 4096 distinct packets.
//
// Headers are rewritten in place, so between the rounds through all packets each gets back the bytes that it came
// with, which a NIC would do. That is not part of the time; it leaves the packets where a NIC would, in a cache that is
// not the nearest.

#include <benchmark/benchmark.h>

#include <cstring>
#include <memory>

#include "core/base/random.h"
#include "core/forward/testing.h"

namespace {

using namespace lisper;
using namespace lisper::testing;

constexpr std::size_t kBatch = 32;
constexpr std::size_t kPackets = 4096;
constexpr std::size_t kSlot = 2048 + 192;  // an odd number of cache lines, as DPDK spreads its buffers
constexpr std::size_t kHeaders = 128;      // what forwarding may change of a packet
constexpr std::size_t kOuterHeaders = sizeof(wire::Ethernet) + sizeof(wire::Ipv6) + 12;
constexpr std::uint64_t kFirstMac = 0x0200'0000'0000;

struct Setup {
  Tables tables;
  Shard shard;
  std::unique_ptr<std::byte[]> memory = std::make_unique<std::byte[]>(kPackets * kSlot);
  std::unique_ptr<std::byte[]> pristine = std::make_unique<std::byte[]>(kPackets * kHeaders);
  std::array<std::uint32_t, kPackets> lengths{};
  PortId ingress = kExitPort;
  TimeNs now = seconds(1);

  explicit Setup(const LisperConfig& config)
      : tables(*Tables::build(config)), shard(tables.port_count(), tables.network_count()) {}

  [[nodiscard]] std::byte* packet(std::size_t i) const { return memory.get() + i * kSlot + kHeadroom; }

  /// Packets from `first` on, as they came in. Field by field: a whole Packet that is copied stalls the processor,
  /// which cannot read at once what was just written in pieces.
  void fill(std::array<Packet, kBatch>& batch, std::size_t first) const {
    for (std::size_t i = 0; i < kBatch; ++i) {
      batch[i].data = packet(first + i);
      batch[i].len = lengths[first + i];
      batch[i].port = ingress;
    }
  }
  void restore() const {
    for (std::size_t i = 0; i < kPackets; ++i)
      std::memcpy(packet(i), pristine.get() + i * kHeaders, std::min<std::size_t>(lengths[i], kHeaders));
  }
};

LisperConfig config() {
  LisperConfig c = site04();
  c.max_macs = 1u << 21;
  for (InterfaceConfig& interface : c.interfaces) interface.mtu = 9000;
  return c;
}

std::string mac_text(std::uint64_t n) { return to_string(MacAddress::from_u64(kFirstMac + n)); }

/// Even MACs live at `even`, odd ones at `odd`.
std::unique_ptr<Setup> make(const LisperConfig& config, std::int64_t inner, std::int64_t macs, LocationId even,
                            LocationId odd, bool tunnelled, std::string_view peer, std::uint32_t session,
                            bool broadcast = false) {
  auto setup = std::make_unique<Setup>(config);
  const Stamp stamp = stamp_of(setup->now);
  const auto value = [&](LocationId at) {
    const bool local = setup->tables.location(at).kind != LocationKind::kLisper;
    return FibValue{local ? FibKind::kLocal : FibKind::kMapped, at.value};
  };
  const auto pairs = static_cast<std::uint64_t>(macs + 1) / 2;
  for (std::uint64_t n = 0; n < 2 * pairs; ++n)
    setup->tables.apply(
        SetEntry{NetworkId(1), MacAddress::from_u64(kFirstMac + n), value(n % 2 == 0 ? even : odd), stamp});
  Random random(1);
  for (std::size_t i = 0; i < kPackets; ++i) {
    // From an even MAC to an odd one; random ones, so that neither is in the cache by luck.
    const std::string from = mac_text(2 * random.below(pairs));
    const std::string to = broadcast ? "ff:ff:ff:ff:ff:ff" : mac_text(2 * random.below(pairs) + 1);
    Buffer udp(static_cast<std::size_t>(inner) - 14 - 20);
    const auto ports = static_cast<std::uint32_t>(random.next());
    std::memcpy(udp.data(), &ports, sizeof ports);
    const Buffer frame =
        ethernet(to, from, wire::kEtherTypeIpv4, ipv4("10.0.0.1", "10.0.0.2", wire::kProtocolUdp, udp));
    const Buffer whole =
        tunnelled ? l2tp_ipv6(peer, "fd80:4::2", session, session == 2 ? 0x1122334455667788 : 0, frame) : frame;
    std::memcpy(setup->packet(i), whole.data(), whole.size());
    setup->lengths[i] = static_cast<std::uint32_t>(whole.size());
    std::memcpy(setup->pristine.get() + i * kHeaders, setup->packet(i), std::min(kHeaders, whole.size()));
  }
  return setup;
}

/// Forwards all packets once a round; `each` does with a batch what is left to do.
template <typename Each>
void run(benchmark::State& state, Setup& setup, Action expected, std::size_t copies, Each&& each) {
  std::array<Packet, kBatch> batch;
  std::uint64_t cycles = 0;
  for (auto _ : state) {
    state.PauseTiming();
    setup.restore();
    state.ResumeTiming();
    bool wrong = false;
    const std::uint64_t start = __builtin_ia32_rdtsc();
    for (std::size_t first = 0; first < kPackets; first += kBatch) {
      setup.fill(batch, first);
      process(batch, setup.tables, setup.shard, setup.now);
      setup.shard.events.clear();
      wrong |= batch[0].verdict.action != expected;
      each(std::span(batch));
      benchmark::DoNotOptimize(batch);
    }
    cycles += __builtin_ia32_rdtsc() - start;
    if (wrong) return state.SkipWithError("unexpected verdict");
  }
  const auto packets = state.iterations() * kPackets * copies;
  state.SetItemsProcessed(static_cast<std::int64_t>(packets));
  state.counters["cycles"] = static_cast<double>(cycles) / static_cast<double>(packets);
}
void run(benchmark::State& state, Setup& setup) {
  run(state, setup, Action::kForward, 1, [](std::span<Packet>) {});
}

void hairpin(benchmark::State& state) {
  auto setup = make(config(), state.range(0), state.range(1), kTunnel1, kTunnel2, true, "fd80:1::2", 1);
  run(state, *setup);
}
/// The worst that can happen to what is kept of the last packet's session.
void tunnels(benchmark::State& state) {
  LisperConfig c = config();
  const auto count = static_cast<std::uint32_t>(state.range(0));
  for (std::uint32_t n = 0; n < count; ++n) {
    LocalNetworkConfig local = c.local_networks[0];
    local.tunnel->ip = ip("fd80:100::" + std::to_string(n + 1));
    c.local_networks.push_back(local);
  }
  constexpr std::uint64_t kHosts = 500;  // even MACs
  auto setup = make(c, 64, 2 * kHosts, kTunnel1, kTunnel2, true, "fd80:1::2", 1);
  const std::size_t first = config().local_networks.size();
  for (std::size_t i = 0; i < kPackets; ++i) {
    const std::uint64_t host = i % kHosts;
    const MacAddress source = MacAddress::from_u64(kFirstMac + 2 * host);
    const auto tunnel = static_cast<std::uint32_t>(host % count);
    setup->tables.apply(SetEntry{
        NetworkId(1), source, {FibKind::kLocal, static_cast<std::uint32_t>(first) + tunnel}, stamp_of(setup->now)});
    for (std::byte* packet : {setup->packet(i), setup->pristine.get() + i * kHeaders}) {
      at<wire::Ipv6>(packet, sizeof(wire::Ethernet)).source = c.local_networks[first + tunnel].tunnel->ip.v6();
      at<wire::Ethernet>(packet, kOuterHeaders).source = source;
    }
  }
  run(state, *setup);
}
void encap(benchmark::State& state) {
  auto setup = make(config(), state.range(0), state.range(1), kLan03, kSite08, false, "", 0);
  setup->ingress = kLan03Port;
  run(state, *setup);
}
void encap_counted(benchmark::State& state) {
  auto setup = make(config(), state.range(0), state.range(1), kLan03, kSite08, false, "", 0);
  setup->ingress = kLan03Port;
  setup->shard.usage = Usage::counting();
  run(state, *setup);
}
void decap(benchmark::State& state) {
  auto setup = make(config(), state.range(0), state.range(1), kSite08, kLan03, true, "fd80:8::2", 1);
  run(state, *setup);
}
void flood4(benchmark::State& state) {
  auto setup = make(config(), state.range(0), state.range(1), kTunnel1, kTunnel2, true, "fd80:1::2", 1, true);
  setup->tables.apply(
      SetReplication{Tables::flood_list(NetworkId(1)), {kTunnel1, kTunnel2, kTunnel2, kTunnel2, kSite08}});
  alignas(64) std::array<std::byte, kSlot> memory;
  run(state, *setup, Action::kReplicate, 4, [&](std::span<Packet> batch) {
    for (const Packet& packet : batch) {
      for (std::size_t index = 0; index < setup->tables.replication(packet.verdict.list).size(); ++index) {
        if (!copy_wanted(packet.verdict, setup->tables, index)) continue;
        Packet copy{memory.data() + kHeadroom, packet.len, packet.port, packet.verdict};
        std::memcpy(copy.data, packet.data, packet.len);
        encapsulate_copy(copy, setup->tables, setup->shard, index, setup->now);
        benchmark::DoNotOptimize(copy);
      }
    }
  });
}

constexpr std::int64_t kMillion = 1'000'000;

BENCHMARK(hairpin)->ArgNames({"inner", "macs"})->ArgsProduct({{64, 1500}, {1, 1000, kMillion}});
BENCHMARK(tunnels)->ArgName("tunnels")->Arg(1)->Arg(64)->Arg(500);
BENCHMARK(encap)->ArgNames({"inner", "macs"})->ArgsProduct({{64, 1500}, {1, 1000, kMillion}});
BENCHMARK(encap_counted)->ArgNames({"inner", "macs"})->ArgsProduct({{64}, {1, 1000, kMillion}});
BENCHMARK(decap)->ArgNames({"inner", "macs"})->ArgsProduct({{64, 1500}, {1, 1000, kMillion}});
BENCHMARK(flood4)->ArgNames({"inner", "macs"})->ArgsProduct({{64, 1500}, {1000}});

}  // namespace

BENCHMARK_MAIN();
