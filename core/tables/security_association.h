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

/// RFC 4106 4.
inline void write_nonce(std::array<std::byte, kNonceLength>& nonce, const Salt& salt, Be64 iv) noexcept {
  static_assert(sizeof nonce == sizeof salt + sizeof iv);
  std::memcpy(nonce.data(), salt.data(), sizeof salt);
  std::memcpy(nonce.data() + sizeof salt, &iv, sizeof iv);
}

}  // namespace lisper
