#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "nic-model/register_file.h"

namespace lisper::nic {

/// The statistics registers (8.2.3.23): a read clears them, and they stick at their greatest value.
class Statistics {
 public:
  // By offset. Those of octets are the lower of two registers that together count to 36 bits.
  enum Register : std::uint32_t {
    kIllegalBytes = 0x04004,      // ILLERRC
    kMissed = 0x03fa0,            // MPC(0): no room in the packet buffer
    kPacketsOfSize = 0x0405c,     // PRC64, 127, 255, 511, 1023, 1522
    kGoodPackets = 0x04074,       // GPRC
    kBroadcastPackets = 0x04078,  // BPRC
    kMulticastPackets = 0x0407c,  // MPRC
    kGoodSent = 0x04080,          // GPTC
    kGoodOctets = 0x04088,        // GORCL
    kGoodOctetsSent = 0x04090,    // GOTCL
    kUndersize = 0x040a4,         // RUC
    kOversize = 0x040ac,          // ROC
    kTotalOctets = 0x040c0,       // TORL
    kTotalPackets = 0x040d0,      // TPR
    kTotalSent = 0x040d4,         // TPT
    kSentOfSize = 0x040d8,        // PTC64, 127, 255, 511, 1023, 1522
    kMulticastSent = 0x040f0,     // MPTC
    kBroadcastSent = 0x040f4,     // BPTC
    kBadChecksum = 0x04120,       // XEC
    kPastFilter = 0x041b0,        // RXNFGPC
    kToHost = 0x02f50,            // RXDGPC
    kFromHost = 0x087a0,          // TXDGPC
    kQueuePackets = 0x01030,      // QPRC(i), 40h apart
    kQueueOctets = 0x01034,       // QBRC_L(i), 40h apart
    kQueueDropped = 0x01430,      // QPRDC(i), 40h apart
    kQueueSent = 0x06030,         // QPTC(i), 40h apart
    kQueueOctetsSent = 0x08700,   // QBTC_L(i), 8 apart
  };

  void clear() { words_.clear(); }

  void add(std::uint32_t offset, std::uint32_t count = 1) noexcept {
    std::uint32_t& word = words_[offset];
    word = word > ~count ? ~0u : word + count;
  }
  void add_octets(std::uint32_t low, std::uint32_t count) noexcept {
    std::uint64_t sum = words_.wide(low, low + 4) + count;
    if (sum > kMaxOctets) sum = kMaxOctets;
    words_[low] = static_cast<std::uint32_t>(sum);
    words_[low + 4] = static_cast<std::uint32_t>(sum >> 32);
  }
  /// A frame of so many bytes, CRC included, in the six registers that count by size from `first` on.
  void add_size(std::uint32_t first, std::uint32_t bytes) noexcept;

  /// What a read of the register gives, which it clears; nullopt if it is none of the statistics. An octet counter is
  /// to be read low half first: what is counted between the two reads stays in for the next time.
  [[nodiscard]] std::optional<std::uint32_t> read(std::uint32_t offset) noexcept;
  [[nodiscard]] static bool is_statistic(std::uint32_t offset) noexcept;

 private:
  static constexpr std::uint64_t kMaxOctets = (std::uint64_t{1} << 36) - 1;
  RegisterFile words_;
};

}  // namespace lisper::nic
