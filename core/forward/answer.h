#pragma once

#include "core/forward/packet.h"
#include "core/forward/shard.h"
#include "core/tables/tables.h"

namespace lisper {

/// ARP and ND suppression (RFC 9161) of networks whose policy has it. Of an ARP or ND message in a bare frame it tells
/// the control plane what it says about its sender, if that is news. A question that everybody hears is answered, if
///
///   - it comes from a local host, whose own binding is known, so that all sites have heard of it;
///   - it is neither a probe nor gratuitous, which are there for everybody to hear (RFC 5227 1.1, RFC 4862 5.4.2);
///   - its answer is known whole: for ND this includes the router flag;
///   - the FIB knows the answer's MAC, elsewhere than where the question comes from.
///
/// True: the packet is the answer, and its verdict says where to; it leaves by where the question came in. False: the
/// frame is as it was, and is to be forwarded.
[[nodiscard]] bool answer(Packet& packet, const Tables& tables, Shard& shard, TimeNs now) noexcept;

}  // namespace lisper
