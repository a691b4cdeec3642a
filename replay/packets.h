#pragma once

#include <cstdint>
#include <optional>

#include "core/base/address.h"
#include "core/base/random.h"
#include "core/forward/config.h"
#include "replay/frames.h"

namespace lisper::replay {

/// What a peer puts around a frame that it sends to us, from the outside in.
struct Envelope {
  PortId port;
  MacAddress destination_mac;  ///< ours
  std::optional<std::uint16_t> vlan_id;
  IpAddress source;
  IpAddress destination;  ///< ours
  Transport transport = Transport::kIp;
  std::uint16_t source_port = 0;       ///< UDP
  std::uint16_t destination_port = 0;  ///< UDP
  SessionId session;
  Cookie cookie;
  bool counter = false;
};

/// As the peer of a tunnel sends to us.
[[nodiscard]] Envelope to_envelope(const LisperConfig& config, const TunnelConfig& tunnel);
/// As another LISPER sends to us. The session ID is the IID.
[[nodiscard]] Envelope to_envelope(const LisperConfig& config, const LisperPeerConfig& peer, Iid iid);

/// `inner` in its envelope, with all lengths and checksums right.
[[nodiscard]] FrameBytes wrap(const Envelope& envelope, const FrameBytes& inner, std::uint32_t counter, Random& random);

/// An Ethernet frame of any of several kinds, mostly IP, with at most `longest` bytes of payload.
[[nodiscard]] FrameBytes make_frame(const MacAddress& source, const MacAddress& destination, std::size_t longest,
                                    Random& random);

/// Puts an 802.1Q tag behind the source MAC.
void insert_vlan(FrameBytes& frame, std::uint16_t vlan_id);

}  // namespace lisper::replay
