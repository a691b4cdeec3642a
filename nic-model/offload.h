#pragma once

#include <cstdint>
#include <vector>

#include "nic-model/dma_memory.h"
#include "nic-model/errors.h"
#include "nic-model/frame.h"

namespace lisper::nic {

/// The fields of an advanced context descriptor (7.2.3.2.3) that are modelled.
struct Context {
  bool valid = false;
  bool ipv4 = false;
  Transport transport = Transport::kNone;
  std::uint16_t mac_bytes = 0;
  std::uint16_t ip_bytes = 0;
  std::uint16_t vlan = 0;
};
[[nodiscard]] Context read_context(const Descriptor& descriptor) noexcept;

/// What the first data descriptor of a frame (7.2.3.2.4) asks for.
struct FrameOptions {
  bool insert_vlan = false;
  bool ip_checksum = false;
  bool transport_checksum = false;
  bool segmentation = false;
  std::uint8_t context = 0;
};
[[nodiscard]] FrameOptions read_options(const Descriptor& descriptor) noexcept;

/// Carries the options out on a whole frame. False, and counted, if they make no sense for it or are not modelled.
[[nodiscard]] bool apply(const FrameOptions& options, const Context& context, std::vector<std::byte>& frame,
                         Errors& errors);

}  // namespace lisper::nic
