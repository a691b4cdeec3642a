#pragma once

#include <array>
#include <cstdint>

#include "nic-model/frame.h"

namespace lisper::nic {

/// The frame check sequence of IEEE 802.3 3.2.9, whose lowest byte is sent first.
[[nodiscard]] inline std::uint32_t crc32(Frame frame) noexcept {
  static constexpr auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ ((value & 1) != 0 ? 0xedb88320u : 0u);
      table[i] = value;
    }
    return table;
  }();
  std::uint32_t crc = ~0u;
  for (const std::byte byte : frame) crc = crc >> 8 ^ kTable[(crc ^ std::to_integer<std::uint32_t>(byte)) & 0xff];
  return ~crc;
}

}  // namespace lisper::nic
