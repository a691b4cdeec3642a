#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/base/big_endian.h"
#include "core/forward/packet.h"

namespace lisper::endpoint {

/// The largest frame that a device of Linux gives: an MTU of 65535, and a header with two VLAN tags.
inline constexpr std::size_t kMaxFrame = 65'535 + 22;

/// A frame, with the room before it that the core wants, also after a stripped VLAN tag was put back.
class Buffer {
 public:
  std::byte* data = nullptr;
  std::uint32_t len = 0;

  [[nodiscard]] Bytes bytes() const noexcept { return {data, len}; }
  /// Where a port receives: kMaxFrame bytes.
  [[nodiscard]] std::byte* frame() noexcept { return memory_.get() + kRoom; }
  void hold(std::uint32_t length) noexcept {
    data = frame();
    len = length;
  }
  void copy(Bytes bytes) noexcept {
    hold(static_cast<std::uint32_t>(std::min(bytes.size(), kMaxFrame)));
    std::copy_n(bytes.begin(), len, data);
  }

 private:
  static constexpr std::size_t kRoom = kHeadroom + 8;
  std::unique_ptr<std::byte[]> memory_ = std::make_unique_for_overwrite<std::byte[]>(kRoom + kMaxFrame);
};

/// Frames that got lost between the kernel and the core.
struct Losses {
  std::uint64_t rx_missed = 0;       ///< we did not read in time
  std::uint64_t rx_unsegmented = 0;  ///< left to the device to be segmented (TSO, GSO)
  std::uint64_t tx_refused = 0;      ///< link down, queue full, longer than the device's MTU
};

/// Where whole Ethernet frames come from and go to, in batches. Never blocks.
class Port {
 public:
  virtual ~Port() = default;

  /// Becomes readable when frames wait.
  [[nodiscard]] virtual int fd() const noexcept = 0;
  /// Fills the first buffers; how many.
  [[nodiscard]] virtual std::size_t receive(std::span<Buffer> buffers) = 0;
  virtual void send(std::span<const Bytes> frames) = 0;

  [[nodiscard]] virtual bool carrier() const = 0;
  /// The device was removed; nothing will ever come.
  [[nodiscard]] virtual bool gone() const noexcept = 0;
  [[nodiscard]] virtual Losses losses() = 0;
};

}  // namespace lisper::endpoint
