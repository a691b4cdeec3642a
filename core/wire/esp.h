#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/aead.h"
#include "core/base/big_endian.h"

namespace lisper::wire {

// RFC 4303 2, with the initialization vector of RFC 4106 3.1:
// |               Security Parameters Index (SPI)                 |
// |           Sequence Number, its low-order 32 bits              |
// |                  Initialization Vector (64)                   |
// |                   Payload Data (variable)                     |  encrypted from here
// |           Padding (0-255 bytes) |  Pad Length  |  Next Header |  to here
// |            Integrity Check Value, ICV (128)                   |
struct Esp {
  Be32 spi;
  Be32 sequence;
  Be64 iv;
};
static_assert(sizeof(Esp) == 16 && alignof(Esp) == 1);

/// After the padding.
struct EspTrailer {
  std::uint8_t pad_length;
  std::uint8_t next_header;
};
static_assert(sizeof(EspTrailer) == 2 && alignof(EspTrailer) == 1);

// RFC 4106 5, with extended sequence numbers: what the ICV covers besides the ciphertext.
struct EspAssociatedData {
  Be32 spi;
  Be64 sequence;
};
static_assert(sizeof(EspAssociatedData) == 12 && alignof(EspAssociatedData) == 1);

inline constexpr std::uint32_t kEspAlignment = 4;  ///< [bytes] of the ICV's beginning, RFC 4303 2.4
inline constexpr std::uint32_t kEspIcv = kTagLength;

/// [bytes] The most that can follow a payload.
inline constexpr std::uint32_t kMaxEspTail = kEspAlignment - 1 + sizeof(EspTrailer) + kEspIcv;

/// [bytes] that follow `payload` bytes: padding, trailer and ICV.
[[nodiscard]] constexpr std::uint32_t esp_tail(std::uint32_t payload) noexcept {
  const std::uint32_t plain = payload + static_cast<std::uint32_t>(sizeof(EspTrailer));
  return (plain + 3) / kEspAlignment * kEspAlignment - payload + kEspIcv;
}

}  // namespace lisper::wire
