#include "nic-model/shim/instruction.h"

#include <cstring>

namespace lisper::nic {

namespace {

// Intel SDM volume 2, 2.1.3: bytes of ModR/M, SIB and displacement; 0 if the operand is no memory.
std::size_t operand_bytes(std::span<const std::uint8_t> code) noexcept {
  if (code.empty()) return 0;
  const unsigned mod = code[0] >> 6;
  const unsigned rm = code[0] & 7;
  if (mod == 3) return 0;
  std::size_t bytes = 1;
  bool base_is_displacement = mod == 0 && rm == 5;  // relative to the instruction pointer
  if (rm == 4) {
    if (code.size() < 2) return 0;
    ++bytes;
    base_is_displacement = mod == 0 && (code[1] & 7) == 5;
  }
  if (mod == 1) bytes += 1;
  if (mod == 2 || base_is_displacement) bytes += 4;
  return bytes;
}

}  // namespace

std::optional<Instruction> decode(std::span<const std::uint8_t> code) noexcept {
  const std::size_t whole = code.size();
  std::uint8_t rex = 0;
  if (!code.empty() && (code[0] & 0xf0) == 0x40) {
    rex = code[0];
    code = code.subspan(1);
  }
  constexpr std::uint8_t kWide = 8;      // REX.W: 64 bits
  constexpr std::uint8_t kRegister = 4;  // REX.R: register 8 to 15
  if ((rex & kWide) != 0 || code.size() < 2) return std::nullopt;

  constexpr std::uint8_t kLoad = 0x8b;
  constexpr std::uint8_t kStore = 0x89;
  constexpr std::uint8_t kStoreImmediate = 0xc7;
  constexpr std::uint8_t kMovdiri[] = {0x0f, 0x38, 0xf9};
  const std::uint8_t opcode = code[0];
  const bool direct = code.size() > sizeof kMovdiri && std::memcmp(code.data(), kMovdiri, sizeof kMovdiri) == 0;
  if (!direct && opcode != kLoad && opcode != kStore && opcode != kStoreImmediate) return std::nullopt;
  code = code.subspan(direct ? sizeof kMovdiri : 1);

  const std::size_t operand = operand_bytes(code);
  if (operand == 0 || code.size() < operand) return std::nullopt;
  Instruction result;
  result.store = direct || opcode != kLoad;
  result.register_number = static_cast<std::uint8_t>((code[0] >> 3 & 7) + ((rex & kRegister) != 0 ? 8 : 0));
  code = code.subspan(operand);
  if (!direct && opcode == kStoreImmediate) {
    std::uint32_t value = 0;
    if (result.register_number % 8 != 0 || code.size() < sizeof value) return std::nullopt;
    std::memcpy(&value, code.data(), sizeof value);
    result.immediate = value;
    code = code.subspan(sizeof value);
  }
  result.length = whole - code.size();
  return result;
}

}  // namespace lisper::nic
