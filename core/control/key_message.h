#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"

namespace lisper {

/// What may be seen of a key.
struct KeySummary {
  std::uint32_t id = 0;           ///< key-id: the SPI of ESP, and the KK bits of a LISP header (RFC 8061 4)
  std::uint32_t cipher_bits = 0;  ///< [bits] of the key that encrypts or decrypts
  std::uint32_t icv_bits = 0;     ///< [bits] of the key that authenticates; 0: none

  friend bool operator==(const KeySummary&, const KeySummary&) noexcept = default;
};

/// A key that the controller negotiated (RFC 8061). Never to be printed: show its summary.
struct SecretKey {
  std::uint32_t id = 0;
  std::string cipher;  ///< hexadecimal digits, as the controller sends them; may be empty
  std::string icv;     ///< the same; AES-GCM needs none

  [[nodiscard]] KeySummary summary() const noexcept {
    constexpr std::uint32_t kBitsPerDigit = 4;
    return {id, static_cast<std::uint32_t>(cipher.size()) * kBitsPerDigit,
            static_cast<std::uint32_t>(icv.size()) * kBitsPerDigit};
  }
  friend bool operator==(const SecretKey&, const SecretKey&) = default;
};

/// The member `keys`: none if it is absent. The cipher key is `encrypt-key` or `decrypt-key`, in 2017 `key`.
/// Errors never quote a value.
[[nodiscard]] Result<std::vector<SecretKey>> read_keys(const json::Value& object);

/// The members `encap-key` and `decap-key`, with `key-id` for both; as of 2016. An empty string stands for no key.
struct KeyPair {
  std::optional<SecretKey> encap;  ///< for what is sent
  std::optional<SecretKey> decap;  ///< for what is received
};
[[nodiscard]] Result<KeyPair> read_key_pair(const json::Value& object);

}  // namespace lisper
