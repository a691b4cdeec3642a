#pragma once

#include <cstdint>

#include "core/base/address.h"
#include "sim/frame.h"

// Frames that a router says of itself. Where no MAC is given, the Ethernet header holds the EtherType
// only, and the rest is for whoever sends the frame.

namespace lisper::sim {

struct Station {
  MacAddress mac;
  IpAddress ip;
};

/// An ARP request, or a Neighbour Solicitation (RFC 4861 4.3), for `target` on the link of `self`.
[[nodiscard]] FramePtr make_solicitation(FramePool& pool, const Station& self, const IpAddress& target);
/// An ARP reply, or a solicited Neighbour Advertisement of a router (RFC 4861 4.4), to `to`.
[[nodiscard]] FramePtr make_advertisement(FramePool& pool, const Station& self, const Station& to);

struct IcmpError {
  std::uint8_t type;
  std::uint8_t code;
  std::uint32_t rest = 0;  ///< the header's second word
};
/// The error about `packet` (IP header first) to its source, RFC 4443 3 and RFC 792; null where none may
/// be sent: about errors, fragments but the first, and to or from group addresses (RFC 4443 2.4 e, RFC 1122 3.2.2).
[[nodiscard]] FramePtr make_icmp_error(FramePool& pool, const IpAddress& self, Bytes packet, const IcmpError& error);

/// Turns the echo request (Ethernet header first, checked) in `frame` into its reply.
void turn_into_echo_reply(Frame& frame);

}  // namespace lisper::sim
