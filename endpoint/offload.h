#pragma once

#include <cstdint>
#include <span>

#include "endpoint/port.h"

namespace lisper::endpoint {

/// What a kernel says about a frame that it hands out before the device's part of the work is done: the struct
/// virtio_net_hdr of packet(7)'s PACKET_VNET_HDR, in host order (Virtual I/O Device 1.1, 5.1.6). The kernel's own
/// header for it is not C++.
struct OffloadHeader {
  static constexpr std::uint8_t kNeedsChecksum = 1;  ///< in `flags`

  std::uint8_t flags = 0;
  std::uint8_t segmentation = 0;  ///< 0: none
  std::uint16_t header_length = 0;
  std::uint16_t segment_size = 0;
  std::uint16_t checksum_start = 0;   ///< offset in the frame
  std::uint16_t checksum_offset = 0;  ///< of the field, from `checksum_start`
};
static_assert(sizeof(OffloadHeader) == 10);

/// Does in software what was left to the device: the checksum of a frame that needs it. False if the header points
/// outside of the frame.
[[nodiscard]] bool finish_checksum(const OffloadHeader& header, std::span<std::byte> frame) noexcept;

/// An 802.1Q tag as the kernel strips it.
struct StrippedTag {
  std::uint16_t tpid;
  std::uint16_t tci;
};
/// Puts the tag back, into the headroom. The frame is at least an Ethernet header.
void restore_tag(StrippedTag tag, Buffer& buffer) noexcept;

}  // namespace lisper::endpoint
