#pragma once

#include "core/forward/packet.h"
#include "core/forward/shard.h"
#include "core/tables/tables.h"

namespace lisper {

/// What the first look at a packet found out.
struct Parsed {
  enum class Kind : std::uint8_t {
    kDone,    ///< the verdict is written
    kFrame,   ///< `packet` is a bare frame; ingress and network are in its verdict
    kTunnel,  ///< an L2TPv3 packet; the session is to be looked up
    kEsp,     ///< to be decrypted first, see open.h
  } kind = Kind::kDone;
  Carrier carrier = Carrier::kIp;
  std::uint8_t traffic_class = 0;      ///< outer
  std::uint16_t destination_port = 0;  ///< UDP
  std::uint32_t session_id = 0;        ///< host order
  std::uint32_t session_offset = 0;    ///< [bytes] of the session ID in the packet; kEsp: of ESP
  std::uint64_t session_hash = 0;
  IpAddress source;
  IpAddress destination;
};

/// Finds the interface and parses the outer headers. Prefetches what `decapsulate` will read.
void parse(Packet& packet, const Tables& tables, Shard& shard, TimeNs now, Parsed& parsed) noexcept;

/// Reads the session ID at `offset`, and prefetches its session. The packet is kTunnel, or the verdict is written.
void parse_session(Packet& packet, const Tables& tables, Shard& shard, std::uint32_t offset, Parsed& parsed) noexcept;

/// Checks a kTunnel packet against its session and strips the outer headers. False: the verdict is written.
[[nodiscard]] bool decapsulate(Packet& packet, const Tables& tables, Shard& shard, const Parsed& parsed) noexcept;

}  // namespace lisper
