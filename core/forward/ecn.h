#pragma once

#include <cstddef>
#include <cstdint>

namespace lisper {

inline constexpr std::uint8_t kEcnMask = 3;  ///< RFC 3168 5: the ECN field of a traffic class

/// RFC 6040 4.2, figure 4: brings the outer header's ECN field into the IP header of the frame inside.
/// False: the frame must be dropped (congestion, and the inner packet cannot carry the mark). DSCP is
/// left alone (RFC 2983, pipe model). Frames that are not IP pass.
[[nodiscard]] bool propagate_ecn(std::uint8_t outer_traffic_class, std::byte* frame, std::uint32_t len) noexcept;

}  // namespace lisper
