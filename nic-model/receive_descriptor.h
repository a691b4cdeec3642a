#pragma once

#include <cstdint>

#include "nic-model/dma_memory.h"
#include "nic-model/frame.h"
#include "nic-model/rss.h"

namespace lisper::nic {

// The advanced receive descriptor as it is written back (7.1.6.2):
//
//   quadword 0   63..32 RSS hash   31 SPH   30..21 header length   20..17 RSC   16..4 packet type   3..0 RSS type
//   quadword 1   63..48 VLAN tag   47..32 length   31..20 errors   19..0 status

namespace rx {
constexpr std::uint32_t kDone = 1u << 0;
constexpr std::uint32_t kEndOfPacket = 1u << 1;
constexpr std::uint32_t kVlan = 1u << 3;
constexpr std::uint32_t kTransportChecked = 1u << 5;
constexpr std::uint32_t kIpChecked = 1u << 6;
constexpr std::uint32_t kTransportError = 1u << 30;
constexpr std::uint32_t kIpError = 1u << 31;
}  // namespace rx

/// The packet type field.
[[nodiscard]] std::uint32_t packet_type(const Headers& headers) noexcept;

/// 7.1.11: which checksums were looked at, and were wrong, in bits of the status and errors.
[[nodiscard]] std::uint32_t check(Frame frame, const Headers& headers) noexcept;

[[nodiscard]] constexpr Descriptor write_back(std::uint32_t type, const RssResult& rss, std::uint32_t status,
                                              std::size_t length, std::uint16_t tag) noexcept {
  return {std::uint64_t{rss.hash} << 32 | type << 4 | rss.type,
          std::uint64_t{tag} << 48 | std::uint64_t{static_cast<std::uint16_t>(length)} << 32 | status};
}

}  // namespace lisper::nic
