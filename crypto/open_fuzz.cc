// Any bytes as ESP, and any bytes inside authentic ESP.

#include <iterator>
#include <memory>
#include <vector>

#include "core/forward/testing.h"
#include "core/wire/esp.h"
#include "crypto/ipsec_mb.h"

namespace {

using namespace lisper;
using namespace lisper::testing;

SaParameters parameters(std::uint32_t spi, std::uint8_t first) {
  Buffer key(16);
  key[0] = std::byte{first};
  return {spi, {}, *crypto::ipsec_mb().make_key(CryptoEngine::Algorithm::kAesGcm, key)};
}

/// Seals `text`, whatever it is, as the LISPER there would.
Buffer seal(const Buffer& text, std::uint64_t sequence, const SaParameters& sa) {
  Buffer esp = raw(wire::Esp{Be32(sa.spi), Be32(static_cast<std::uint32_t>(sequence)), Be64(sequence)});
  esp += text;
  esp.resize(esp.size() + wire::kEspIcv);
  AeadJob job;
  describe(job, sa, Be64(sequence), sequence);
  job.text = esp.data() + sizeof(wire::Esp);
  job.length = static_cast<std::uint32_t>(text.size());
  crypto::ipsec_mb().seal({&job, 1});
  return esp;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Two keys of one SPI, as while they change, and one that is alone.
  static const SaParameters keys[] = {parameters(1, 1), parameters(1, 2), parameters(2, 3)};
  static Bench bench = [] {
    Bench b(site04(), &crypto::ipsec_mb());
    std::vector<std::shared_ptr<InboundSa>> sas;
    for (const SaParameters& key : keys) sas.push_back(std::make_shared<InboundSa>(key));
    b.tables.apply(SetInboundSas{ip("fd80:8::2"), sas});
    return b;
  }();
  static std::uint64_t sequence = 0;
  if (size < 1) return 0;
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  Buffer esp(bytes + 1, bytes + size);
  const bool authentic = (data[0] & 1) != 0;
  if (authentic) {
    esp.resize((esp.size() + 3) / 4 * 4);
    esp = seal(esp, ++sequence, keys[(data[0] >> 1) % std::size(keys)]);
  }
  const Verdict verdict = bench.send(kExitPort, ethernet("00:00:00:00:01:04", "00:00:00:00:00:04", wire::kEtherTypeIpv6,
                                                         ipv6("fd80:8::2", "fd80:4::2", wire::kProtocolEsp, esp)));
  if (verdict.action == Action::kDrop && verdict.reason == Reason::kNone) __builtin_trap();
  if (!authentic && verdict.action != Action::kDrop) __builtin_trap();
  if (authentic && (verdict.reason == Reason::kEspBadIcv || verdict.reason == Reason::kEspReplayed)) __builtin_trap();
  bench.events.clear();
  return 0;
}
