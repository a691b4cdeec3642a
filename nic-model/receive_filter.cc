#include "nic-model/receive_filter.h"

#include <algorithm>

namespace lisper::nic {

namespace {

bool is_own_address(Frame frame, const RegisterFile& registers) noexcept {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  for (std::size_t i = 0; i < 4; ++i) low |= byte_at(frame, i) << (8 * i);
  for (std::size_t i = 0; i < 2; ++i) high |= byte_at(frame, 4 + i) << (8 * i);
  for (std::uint32_t i = 0; i < reg::kReceiveAddresses; ++i) {
    const std::uint32_t rah = registers[reg::kRah + i * 8];
    if ((rah & reg::kRahValid) != 0 && (rah & 0xffff) == high && registers[reg::kRal + i * 8] == low) return true;
  }
  return false;
}

// 7.1.1.1.3: 12 bits of the address, which ones MCSTCTRL.MO says, choose a bit of the table.
bool in_multicast_table(Frame frame, const RegisterFile& registers) noexcept {
  const std::uint32_t control = registers[reg::kMcstCtrl];
  if ((control & reg::kMcstCtrlEnable) == 0) return false;
  constexpr std::uint32_t kShift[] = {4, 3, 2, 0};
  const std::uint32_t last = byte_at(frame, 5) << 8 | byte_at(frame, 4);
  const std::uint32_t index = last >> kShift[control & 3] & 0xfff;
  return registers.is_set(reg::kMta + index / 32 * 4, 1u << index % 32);
}

bool past_vlan_filter(Frame frame, const Headers& headers, const RegisterFile& registers) noexcept {
  if (!headers.tagged || !registers.is_set(reg::kVlnCtrl, reg::kVlnCtrlFilter)) return true;
  const std::uint32_t id = big16(frame, 14) & 0xfffu;
  return registers.is_set(reg::kVfta + id / 32 * 4, 1u << id % 32);
}

}  // namespace

FilterResult filter(Frame frame, const Headers& headers, const RegisterFile& registers) noexcept {
  FilterResult result;
  const bool group = (byte_at(frame, 0) & 1) != 0;
  result.broadcast = group && std::ranges::all_of(frame.first(6), [](std::byte b) { return b == std::byte{0xff}; });
  result.multicast = group && !result.broadcast;
  const std::uint32_t control = registers[reg::kFctrl];
  if (result.broadcast) {
    result.past_address = (control & reg::kFctrlBroadcastAccept) != 0;
  } else if (result.multicast) {
    result.past_address = (control & reg::kFctrlMulticastPromiscuous) != 0 || in_multicast_table(frame, registers) ||
                          is_own_address(frame, registers);
  } else {
    result.past_address = (control & reg::kFctrlUnicastPromiscuous) != 0 || is_own_address(frame, registers);
  }
  result.accepted = result.past_address && past_vlan_filter(frame, headers, registers);
  return result;
}

std::size_t longest_frame(const RegisterFile& registers) noexcept {
  constexpr std::size_t kStandard = 1518;
  const std::size_t with_crc =
      registers.is_set(reg::kHlreg0, reg::kHlreg0Jumbo) ? registers[reg::kMaxFrs] >> 16 : kStandard;
  return std::min(with_crc > kCrcBytes ? with_crc - kCrcBytes : 0, kMaxFrameBytes);
}

}  // namespace lisper::nic
