#pragma once

#include "nic-model/frame.h"
#include "nic-model/register_file.h"

namespace lisper::nic {

/// What the L2 filters (7.1.1) say to a frame of at least 14 bytes: whether it is for this port.
struct FilterResult {
  bool accepted = false;
  bool past_address = false;  ///< refused by the VLAN filter only
  bool multicast = false;     ///< but not broadcast
  bool broadcast = false;
};
[[nodiscard]] FilterResult filter(Frame frame, const Headers& headers, const RegisterFile& registers) noexcept;

/// The longest frame that is taken (8.2.3.22.13), without CRC; a tag comes on top.
[[nodiscard]] std::size_t longest_frame(const RegisterFile& registers) noexcept;

}  // namespace lisper::nic
