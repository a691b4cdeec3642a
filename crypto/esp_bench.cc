// Encryption on one core, and what intel-ipsec-mb alone does with texts of the same size in the same run.
//
//   esp/seal/inner:S   Ethernet in, ESP to a remote LISPER out: all of process(); esp/encap: without encryption
//   esp/open/inner:S   ESP from a remote LISPER in, Ethernet out; esp/decap: without encryption
//   esp/library_...    the library's own function for AES-128-GCM, in a loop
//
// S is the inner frame in bytes; keys have 128 bits. Between the rounds through all packets each gets back the bytes
// that it came with, which a NIC would do, and which is not part of the time.

#include <benchmark/benchmark.h>
#include <intel-ipsec-mb.h>

#include <cstring>
#include <memory>
#include <vector>

#include "core/base/random.h"
#include "core/forward/testing.h"
#include "core/wire/esp.h"
#include "crypto/ipsec_mb.h"

namespace {

using namespace lisper;
using namespace lisper::testing;

constexpr std::size_t kBatch = 32;
constexpr std::size_t kPackets = 2048;
constexpr std::size_t kSlot = 2240;  // no power of two: equal offsets would share few cache sets

SaParameters parameters() {
  return {1, {}, *crypto::ipsec_mb().make_key(CryptoEngine::Algorithm::kAesGcm, Buffer(16, std::byte{7}))};
}

LisperConfig config() {
  LisperConfig c = site04();
  for (InterfaceConfig& interface : c.interfaces) interface.mtu = 9000;
  return c;
}

std::string mac_text(std::uint64_t n) { return to_string(MacAddress::from_u64(0x0200'0000'0000 + n)); }

struct Setup {
  Bench bench{config(), &crypto::ipsec_mb()};
  std::shared_ptr<OutboundSa> out = std::make_shared<OutboundSa>(parameters());
  std::shared_ptr<InboundSa> in = std::make_shared<InboundSa>(parameters());
  std::unique_ptr<std::byte[]> memory = std::make_unique<std::byte[]>(kPackets * kSlot);
  std::vector<Buffer> packets;  ///< as they come in
  PortId port = kLan03Port;

  /// From a thousand hosts to a thousand others; random ones, so that nothing is in the cache by luck.
  explicit Setup(std::size_t inner) {
    for (std::uint64_t n = 0; n < kHosts; ++n) {
      set(2 * n, {FibKind::kLocal, kLan03.value});
      set(2 * n + 1, {FibKind::kMapped, kSite08.value});
    }
    Random random(1);
    for (std::size_t i = 0; i < kPackets; ++i)
      packets.push_back(ethernet(mac_text(2 * random.below(kHosts) + 1), mac_text(2 * random.below(kHosts)),
                                 wire::kEtherTypeIpv4,
                                 ipv4("10.0.0.1", "10.0.0.2", wire::kProtocolUdp, Buffer(inner - 14 - 20))));
  }
  void encrypt() { bench.tables.apply(SetOutboundSa{ip("fd80:8::2"), out}); }
  /// Sends the packets, and makes those that come back from the other LISPER what comes in.
  void turn_round() {
    for (Buffer& packet : packets) {
      bench.send(kLan03Port, packet);
      packet = bench.outputs.front().frame;
      auto& header = at<wire::Ipv6>(packet.data(), 14);
      std::swap(header.source, header.destination);
    }
    for (std::uint64_t n = 0; n < kHosts; ++n) set(2 * n + 1, {FibKind::kLocal, kLan03.value});
    port = kExitPort;
  }
  void expect_esp() { bench.tables.apply(SetInboundSas{ip("fd80:8::2"), {in}}); }

  [[nodiscard]] std::byte* slot(std::size_t i) const { return memory.get() + i * kSlot + kHeadroom; }
  void restore() const {
    in->window.start_at(0);
    for (std::size_t i = 0; i < kPackets; ++i) std::memcpy(slot(i), packets[i].data(), packets[i].size());
  }
  /// Forwards all packets once a round.
  void run(benchmark::State& state) {
    std::array<Packet, kBatch> batch;
    for (auto _ : state) {
      state.PauseTiming();
      restore();
      state.ResumeTiming();
      bool wrong = false;
      for (std::size_t first = 0; first < kPackets; first += kBatch) {
        for (std::size_t i = 0; i < kBatch; ++i) {
          batch[i].data = slot(first + i);
          batch[i].len = static_cast<std::uint32_t>(packets[first + i].size());
          batch[i].port = port;
        }
        process(batch, bench.tables, bench.shard, bench.now);
        bench.shard.events.clear();
        wrong |= batch[0].verdict.action != Action::kForward;
        benchmark::DoNotOptimize(batch);
      }
      if (wrong) return state.SkipWithError("unexpected verdict");
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kPackets));
  }

 private:
  static constexpr std::uint64_t kHosts = 1000;
  void set(std::uint64_t host, FibValue value) {
    bench.tables.apply(SetEntry{NetworkId(1), mac(mac_text(host)), value, stamp_of(bench.now)});
  }
};

template <bool kEncrypt>
void send(benchmark::State& state) {
  Setup setup(static_cast<std::size_t>(state.range(0)));
  if (kEncrypt) setup.encrypt();
  setup.run(state);
}

template <bool kEncrypt>
void receive(benchmark::State& state) {
  Setup setup(static_cast<std::size_t>(state.range(0)));
  if (kEncrypt) setup.encrypt();
  setup.turn_round();
  if (kEncrypt) setup.expect_esp();
  setup.run(state);
}

/// [bytes] What is encrypted of a frame: L2TPv3, the frame, padding and trailer.
std::size_t text_length(std::size_t inner) {
  constexpr std::uint32_t kL2tp = 12;
  const auto payload = static_cast<std::uint32_t>(inner) + kL2tp;
  return payload + wire::esp_tail(payload) - wire::kEspIcv;
}

template <bool kSeal>
void library(benchmark::State& state) {
  const std::size_t length = text_length(static_cast<std::size_t>(state.range(0)));
  const Setup setup(static_cast<std::size_t>(state.range(0)));
  IMB_MGR* const manager = alloc_mb_mgr(0);
  init_mb_mgr_auto(manager, nullptr);
  alignas(64) gcm_key_data key;
  const std::uint8_t bytes[16] = {7};
  IMB_AES128_GCM_PRE(manager, bytes, &key);
  gcm_context_data context;
  const std::uint8_t nonce[12] = {};
  const std::uint8_t data[12] = {};
  for (auto _ : state) {
    state.PauseTiming();
    setup.restore();
    state.ResumeTiming();
    for (std::size_t i = 0; i < kPackets; ++i) {
      auto* const text = reinterpret_cast<std::uint8_t*>(setup.slot(i));
      if constexpr (kSeal) {
        IMB_AES128_GCM_ENC(manager, &key, &context, text, text, length, nonce, data, 12, text + length, 16);
      } else {
        IMB_AES128_GCM_DEC(manager, &key, &context, text, text, length, nonce, data, 12, text + length, 16);
      }
    }
    benchmark::ClobberMemory();
  }
  free_mb_mgr(manager);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kPackets));
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("inner");
  for (const int size : {64, 512, 1500}) benchmark->Arg(size);
}

BENCHMARK(send<false>)->Name("esp/encap")->Apply(sizes);
BENCHMARK(send<true>)->Name("esp/seal")->Apply(sizes);
BENCHMARK(library<true>)->Name("esp/library_seal")->Apply(sizes);
BENCHMARK(receive<false>)->Name("esp/decap")->Apply(sizes);
BENCHMARK(receive<true>)->Name("esp/open")->Apply(sizes);
BENCHMARK(library<false>)->Name("esp/library_open")->Apply(sizes);

}  // namespace

BENCHMARK_MAIN();
