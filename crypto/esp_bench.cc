// Encryption on one core, and what intel-ipsec-mb alone does with texts of the same size in the same run.
//
//   esp/seal/inner:S       Ethernet in, ESP to a remote LISPER out: all of process(); esp/clear: without encryption
//   esp/open/inner:S       ESP from a remote LISPER in, Ethernet out; with `esp/restore`, the copy of the packet that
//   comes
//                          in, which a NIC would do by DMA
//   esp/library_...        the library's own function for AES-128-GCM, in a loop
//
// S is the inner frame in bytes; keys have 128 bits.

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
  std::vector<Buffer> frames;

  /// A thousand hosts at each end; random ones, so that nothing is in the cache by luck.
  explicit Setup(std::size_t inner, bool encrypt = true) {
    constexpr std::uint64_t kHosts = 1000;
    const Stamp stamp = stamp_of(bench.now);
    for (std::uint64_t n = 0; n < kHosts; ++n) {
      bench.tables.apply(SetEntry{NetworkId(1), mac(mac_text(2 * n)), {FibKind::kLocal, kLan03.value}, stamp});
      bench.tables.apply(SetEntry{NetworkId(1), mac(mac_text(2 * n + 1)), {FibKind::kMapped, kSite08.value}, stamp});
    }
    if (encrypt) bench.tables.apply(SetOutboundSa{ip("fd80:8::2"), out});
    Random random(1);
    for (std::size_t i = 0; i < kPackets; ++i)
      frames.push_back(ethernet(mac_text(2 * random.below(kHosts) + 1), mac_text(2 * random.below(kHosts)),
                                wire::kEtherTypeIpv4,
                                ipv4("10.0.0.1", "10.0.0.2", wire::kProtocolUdp, Buffer(inner - 14 - 20))));
  }
  [[nodiscard]] std::byte* slot(std::size_t i) const { return memory.get() + i * kSlot + kHeadroom; }
  void put(std::size_t i, const Buffer& packet) const { std::memcpy(slot(i), packet.data(), packet.size()); }
};

template <bool kEncrypt>
void send(benchmark::State& state) {
  Setup setup(static_cast<std::size_t>(state.range(0)), kEncrypt);
  for (std::size_t i = 0; i < kPackets; ++i) setup.put(i, setup.frames[i]);
  std::array<Packet, kBatch> batch;
  std::size_t next = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      // What the batch before left behind its headers is encrypted: only the MACs have to be real.
      std::memcpy(setup.slot(next + i), setup.frames[next + i].data(), 64);
      batch[i] = {setup.slot(next + i), static_cast<std::uint32_t>(setup.frames[next + i].size()), kLan03Port, {}};
    }
    next = (next + kBatch) % kPackets;
    process(batch, setup.bench.tables, setup.bench.shard, setup.bench.now);
    setup.bench.shard.events.clear();
    if (batch[0].verdict.action != Action::kForward) return state.SkipWithError("unexpected verdict");
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kBatch));
}

/// Packets as the other LISPER seals them, restored before each round.
template <bool kOpen>
void open(benchmark::State& state) {
  Setup setup(static_cast<std::size_t>(state.range(0)));
  std::vector<Buffer> sealed;
  for (const Buffer& frame : setup.frames) {
    setup.bench.send(kLan03Port, frame);
    Buffer packet = setup.bench.outputs.front().frame;
    auto& header = at<wire::Ipv6>(packet.data(), 14);
    std::swap(header.source, header.destination);
    sealed.push_back(std::move(packet));
  }
  setup.bench.tables.apply(SetInboundSas{ip("fd80:8::2"), {setup.in}});
  // The frames' destinations are mapped; from a LISPER they must be local.
  for (const Buffer& frame : setup.frames)
    setup.bench.tables.apply(
        SetEntry{NetworkId(1), at<wire::Ethernet>(frame.data()).destination, {FibKind::kLocal, kLan03.value}, 0});
  std::array<Packet, kBatch> batch;
  std::size_t next = 0;
  for (auto _ : state) {
    if (next == 0) setup.in->window.start_at(0);
    for (std::size_t i = 0; i < kBatch; ++i) {
      setup.put(next + i, sealed[next + i]);
      batch[i] = {setup.slot(next + i), static_cast<std::uint32_t>(sealed[next + i].size()), kExitPort, {}};
    }
    next = (next + kBatch) % kPackets;
    benchmark::ClobberMemory();
    if constexpr (kOpen) {
      process(batch, setup.bench.tables, setup.bench.shard, setup.bench.now);
      setup.bench.shard.events.clear();
      if (batch[0].verdict.action != Action::kForward) return state.SkipWithError("unexpected verdict");
    }
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kBatch));
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
  IMB_MGR* const manager = alloc_mb_mgr(0);
  init_mb_mgr_auto(manager, nullptr);
  alignas(64) gcm_key_data key;
  const std::uint8_t bytes[16] = {7};
  IMB_AES128_GCM_PRE(manager, bytes, &key);
  const auto memory = std::make_unique<std::uint8_t[]>(kPackets * kSlot);
  gcm_context_data context;
  const std::uint8_t nonce[12] = {};
  const std::uint8_t data[12] = {};
  std::size_t next = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      std::uint8_t* const text = memory.get() + (next + i) * kSlot + kHeadroom;
      if constexpr (kSeal) {
        IMB_AES128_GCM_ENC(manager, &key, &context, text, text, length, nonce, data, 12, text + length, 16);
      } else {
        IMB_AES128_GCM_DEC(manager, &key, &context, text, text, length, nonce, data, 12, text + length, 16);
      }
    }
    next = (next + kBatch) % kPackets;
    benchmark::ClobberMemory();
  }
  free_mb_mgr(manager);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kBatch));
}

BENCHMARK(send<false>)->Name("esp/clear")->ArgNames({"inner"})->Args({64})->Args({512})->Args({1500});
BENCHMARK(send<true>)->Name("esp/seal")->ArgNames({"inner"})->Args({64})->Args({512})->Args({1500});
BENCHMARK(library<true>)->Name("esp/library_seal")->ArgNames({"inner"})->Args({64})->Args({512})->Args({1500});
BENCHMARK(open<true>)->Name("esp/open")->ArgNames({"inner"})->Args({64})->Args({512})->Args({1500});
BENCHMARK(open<false>)->Name("esp/restore")->ArgNames({"inner"})->Args({64})->Args({512})->Args({1500});
BENCHMARK(library<false>)->Name("esp/library_open")->ArgNames({"inner"})->Args({64})->Args({512})->Args({1500});

}  // namespace

BENCHMARK_MAIN();
