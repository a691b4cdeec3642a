#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace lisper::nic {

/// A 32-bit move between memory and a register, or of a constant to memory: all that compilers make of a volatile
/// access. The memory operand itself is not decoded, since the fault says where it was.
struct Instruction {
  std::size_t length = 0;
  bool store = false;
  std::uint8_t register_number = 0;        ///< 0 to 15, as the processor numbers them
  std::optional<std::uint32_t> immediate;  ///< what is stored, instead of a register
};

/// nullopt: not such an instruction. `code` may be longer than it.
[[nodiscard]] std::optional<Instruction> decode(std::span<const std::uint8_t> code) noexcept;

}  // namespace lisper::nic
