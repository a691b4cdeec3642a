#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/base/big_endian.h"
#include "core/base/result.h"

namespace lisper {

inline constexpr std::size_t kNonceLength = 12;  ///< [bytes] RFC 5116 5.1
inline constexpr std::size_t kTagLength = 16;    ///< [bytes] RFC 5116 5.1
inline constexpr std::size_t kMaxAssociatedData =
    20;  ///< [bytes] ESP has 12 (RFC 4106 5), GCM's test cases have up to 20

/// A key made ready for use, in a form that only its engine knows. Immutable.
class AeadKey {
 public:
  AeadKey() = default;
  virtual ~AeadKey() = default;
  AeadKey(const AeadKey&) = delete;
  AeadKey& operator=(const AeadKey&) = delete;
};

/// One text to be encrypted or decrypted where it stands (RFC 5116 2). Not initialized, for arrays of which little is
/// used.
struct AeadJob {
  const AeadKey* key;
  std::byte* text;       ///< behind it the tag, of kTagLength bytes: seal writes it, open reads it
  std::uint32_t length;  ///< [bytes] of the text
  std::uint8_t associated_length;
  bool authentic;  ///< open's answer
  std::array<std::byte, kNonceLength> nonce;
  std::array<std::byte, kMaxAssociatedData> associated_data;
};

/// Authenticated encryption, which the core has no library for: adapters inject it. Has no state, so that several
/// threads may use one engine.
class CryptoEngine {
 public:
  enum class Algorithm : std::uint8_t { kAesGcm };  ///< with a key of 16 or 32 bytes

  CryptoEngine() = default;
  virtual ~CryptoEngine() = default;
  CryptoEngine(const CryptoEngine&) = delete;
  CryptoEngine& operator=(const CryptoEngine&) = delete;

  /// Refuses lengths that the algorithm does not have.
  [[nodiscard]] virtual Result<std::shared_ptr<const AeadKey>> make_key(Algorithm algorithm, Bytes key) const = 0;

  virtual void seal(std::span<AeadJob> jobs) const noexcept = 0;
  /// A text that is not authentic has been changed all the same; sealing it with the same key and nonce brings it back.
  virtual void open(std::span<AeadJob> jobs) const noexcept = 0;
};

}  // namespace lisper
