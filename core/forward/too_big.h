#pragma once

#include <cstdint>

#include "core/forward/packet.h"

namespace lisper {

/// Turns a bare frame that does not fit into the answer to its sender: ICMPv6 Packet Too Big (RFC 4443
/// 3.2) or ICMPv4 Fragmentation Needed (RFC 1191 4), with MACs and addresses swapped, so that it
/// seems to come from where the packet was going; a LAN has no router to send it. False if none may
/// be sent: not IP, a group address, itself an ICMP error, not the first fragment.
///
/// `mtu` [bytes]: the largest IP packet that would have fitted.
[[nodiscard]] bool make_too_big(Packet& packet, std::uint32_t mtu) noexcept;

}  // namespace lisper
