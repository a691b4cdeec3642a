#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

#include "core/base/aead.h"
#include "core/tables/replay_window.h"
#include "core/wire/esp.h"

namespace lisper {

using Salt = std::array<std::byte, 4>;  ///< RFC 4106 4: the nonce's first bytes, the IV follows

/// What both ends of a security association (RFC 4301 4.1) have. Extended sequence numbers always, an ICV of 16 bytes.
struct SaParameters {
  std::uint32_t spi = 0;
  Salt salt{};
  std::shared_ptr<const AeadKey> key;
};

/// What is sent with one key. Shared by the tables and their twins, and by all workers; counters are cumulative.
struct OutboundSa {
  explicit OutboundSa(SaParameters parameters) : sa(std::move(parameters)) {}

  const SaParameters sa;
  /// Packets sent, which is the sequence number of the last one. A number serves as the IV also (RFC 4106 3.1), so
  /// none may ever be used twice with a key: whatever has the same key shares this.
  std::atomic<std::uint64_t> packets{0};
  std::atomic<std::uint64_t> bytes{0};  ///< encrypted, padding and trailer included
};

/// What is received with one key. Shared in the same way.
struct InboundSa {
  explicit InboundSa(SaParameters parameters) : sa(std::move(parameters)) {}

  const SaParameters sa;
  ReplayWindow window;
  std::atomic<std::uint64_t> packets{0};  ///< accepted
  std::atomic<std::uint64_t> bytes{0};    ///< decrypted, padding and trailer included
  std::atomic<std::uint64_t> replayed{0};
  std::atomic<std::uint64_t> bad_icv{0};  ///< of no other key of the peer and SPI either
};

/// What a packet's header and number are of a job: RFC 4106 4 and 5.
inline void describe(AeadJob& job, const SaParameters& sa, Be64 iv, std::uint64_t sequence) noexcept {
  job.key = sa.key.get();
  static_assert(kNonceLength == sizeof sa.salt + sizeof iv);
  std::memcpy(job.nonce.data(), sa.salt.data(), sizeof sa.salt);
  std::memcpy(job.nonce.data() + sizeof sa.salt, &iv, sizeof iv);
  static_assert(sizeof(wire::EspAssociatedData) <= kMaxAssociatedData);
  // Member by member: a copy of a structure just written in pieces would wait for it to reach the cache.
  auto& data = at<wire::EspAssociatedData>(job.associated_data.data());
  data.spi = Be32(sa.spi);
  data.sequence = Be64(sequence);
  job.associated_length = sizeof data;
}

}  // namespace lisper
