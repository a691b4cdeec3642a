#include "nic-model/statistics.h"

#include <utility>

namespace lisper::nic {

namespace {

struct Range {
  std::uint32_t from, to;  // offsets, `to` included
};
constexpr Range kRanges[] = {
    {0x0241c, 0x0242c},  // FCoE received
    {0x02f50, 0x02f58},  // to the host
    {0x03240, 0x0325c},  // PXON2OFFCNT
    {0x03f00, 0x03f3c},  // PXONTXC, PXOFFTXC
    {0x03f60, 0x03f68},  // LXONTXC, LXOFFTXC
    {0x03fa0, 0x03fbc},  // MPC
    {0x04000, 0x04010},  // CRCERRS, ILLERRC, ERRBC, MSPDC
    {0x04034, 0x04040},  // MLFC, MRFC, RLEC
    {0x0405c, 0x040f4},  // PRC64 to BPTC
    {0x04118, 0x04120},  // FCCRC, XEC
    {0x04140, 0x0417c},  // PXONRXCNT, PXOFFRXCNT
    {0x041a4, 0x041a8},  // LXONRXCNT, LXOFFRXCNT
    {0x041b0, 0x041b8},  // past the filters
    {0x05118, 0x05118},  // FCCRC
    {0x08700, 0x0877c},  // QBTC
    {0x08784, 0x08788},  // FCoE sent
    {0x087a0, 0x087a8},  // from the host
    {0x08a3c, 0x08a4c},  // MACsec sent
    {0x08f40, 0x08f80},  // MACsec received
    {0x0cf90, 0x0cf90},  // MNGPTC
    {0x0ee50, 0x0ee5c},  // flow director
};

constexpr bool in_queue_group(std::uint32_t offset, std::uint32_t first, std::uint32_t words) noexcept {
  constexpr std::uint32_t kCounters = 16;
  return offset >= first && offset < first + kCounters * reg::kQueueStride &&
         (offset - first) % reg::kQueueStride < words * 4;
}

}  // namespace

bool Statistics::is_statistic(std::uint32_t offset) noexcept {
  for (const Range& range : kRanges)
    if (offset >= range.from && offset <= range.to) return true;
  return in_queue_group(offset, kQueuePackets, 3) || in_queue_group(offset, kQueueDropped, 1) ||
         in_queue_group(offset, kQueueSent, 1);
}

std::optional<std::uint32_t> Statistics::read(std::uint32_t offset) noexcept {
  if (!is_statistic(offset)) return std::nullopt;
  return std::exchange(words_[offset], 0);
}

void Statistics::add_size(std::uint32_t first, std::uint32_t bytes) noexcept {
  constexpr std::uint32_t kUpTo[] = {64, 127, 255, 511, 1023};
  for (const std::uint32_t limit : kUpTo) {
    if (bytes <= limit) break;
    first += 4;
  }
  add(first);
}

}  // namespace lisper::nic
