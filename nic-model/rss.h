#pragma once

#include <cstdint>
#include <optional>

#include "nic-model/frame.h"
#include "nic-model/register_file.h"

namespace lisper::nic {

/// Toeplitz' function (7.1.2.8.2) of `input` under a key of 40 bytes.
[[nodiscard]] std::uint32_t toeplitz(std::span<const std::byte, 40> key, Frame input) noexcept;

struct RssResult {
  std::uint32_t type = 0;  ///< of the descriptor's RSS type field (7.1.6.2); 0: no hash
  std::uint32_t hash = 0;
  std::uint32_t queue = 0;
};

/// 7.1.2.8: by MRQC, key and redirection table.
class Rss {
 public:
  /// Takes over the key, after it was written.
  void set_key(const RegisterFile& registers) noexcept;
  [[nodiscard]] static bool enabled(const RegisterFile& registers) noexcept;
  [[nodiscard]] RssResult apply(Frame frame, const Headers& headers, const RegisterFile& registers) const noexcept;

 private:
  std::array<std::byte, 40> key_{};
};

}  // namespace lisper::nic
