#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "nic-model/frame.h"

namespace lisper::nic {

/// [ps] Time as the model has it: real time, or slower, see Card.
using ModelTime = std::int64_t;

/// What carries bytes one after the other: a direction of a line, or the bus. Always free, if a byte takes no time.
class Lane {
 public:
  Lane() noexcept = default;
  explicit Lane(ModelTime per_byte) noexcept : per_byte_(per_byte) {}

  /// What comes between two looks is taken as if it had come at the first, so that the lane loses no time when the
  /// model looks seldom.
  void look(ModelTime now) noexcept {
    last_ = now_;
    now_ = now;
  }
  [[nodiscard]] bool limited() const noexcept { return per_byte_ != 0; }
  [[nodiscard]] bool free() const noexcept { return free_at_ <= now_; }
  void carry(std::size_t bytes) noexcept {
    free_at_ = std::max(free_at_, last_) + static_cast<ModelTime>(bytes) * per_byte_;
  }

 private:
  ModelTime per_byte_ = 0;
  ModelTime last_ = 0;
  ModelTime now_ = 0;
  ModelTime free_at_ = 0;
};

/// What a port's frames have to fit through.
struct Limits {
  Lane arriving;  ///< line, a direction each
  Lane leaving;
  std::shared_ptr<Lane> bus = std::make_shared<Lane>();  ///< of all ports of a card
};

constexpr ModelTime kLinePerByte = 800;  ///< [ps] 10 Gbit/s
/// [ps] PCIe 2.0 x8: 5 GT/s a lane, 8b/10b. Only the way to the memory is modelled, which is the one that fills up.
constexpr ModelTime kBusPerByte = 250;

/// What a frame takes of a line: preamble, CRC and gap go with it (IEEE 802.3 4.4.2).
[[nodiscard]] constexpr std::size_t line_bytes(std::size_t frame) noexcept { return 8 + frame + kCrcBytes + 12; }

/// What a received frame takes of the bus. Packets of up to 256 bytes of data have 24 more: framing, sequence number,
/// header with a 64-bit address, LCRC; four descriptors of 16 bytes are written back in one. The rest is flow control,
/// acknowledgements and fetches of descriptors: so much that two ports forward 23.3 million frames a second of 64 bytes
/// with both lines offering 29.8, which is what testpmd measures on an X520 (FD.io CSIT, report of release 17.01).
[[nodiscard]] constexpr std::size_t bus_bytes_received(std::size_t frame) noexcept {
  constexpr std::size_t kPacket = 24;
  constexpr std::size_t kWriteBack = 16 + kPacket / 4;
  constexpr std::size_t kRest = 42;
  return frame + (frame + 255) / 256 * kPacket + kWriteBack + kRest;
}
/// What a frame to be sent takes of it: the request to read it.
constexpr std::size_t kBusBytesSent = 24;

}  // namespace lisper::nic
