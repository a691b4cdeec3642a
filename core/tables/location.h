#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/base/address.h"
#include "core/base/ids.h"
#include "core/tables/security_association.h"
#include "core/wire/esp.h"

namespace lisper {

enum class LocationKind : std::uint8_t { kEthernet, kTunnel, kLisper };

/// Somewhere frames can be sent to, with everything that is needed to write its outer headers:
/// a template, and what differs from packet to packet.
struct alignas(64) Location {
  static constexpr std::uint32_t kEthernetHeader = 18;  ///< [bytes] a VLAN tag inside is not held against the frame
  static constexpr std::size_t kMaxHeader = 88;         ///< [bytes] VLAN, IPv6, UDP (or ESP), cookie and counter: 86

  /// kEthernet with a VLAN: the 4-byte tag. Otherwise Ethernet, [VLAN,] IP, [UDP or ESP,] L2TPv3. It ends where
  /// the array ends, so that one copy of fixed size puts any header in front of a frame.
  std::array<std::byte, kMaxHeader> header{};
  std::uint8_t header_length = 0;  ///< [bytes] of `header`
  std::uint8_t ip_offset = 0;      ///< [bytes] of the outer IP header in `header`
  std::uint8_t esp_offset = 0;     ///< [bytes] `sealed`: of the ESP header in `header`
  LocationKind kind = LocationKind::kEthernet;
  bool ipv6 = false;          ///< the outer header is IPv6
  bool udp = false;           ///< UDP transport
  bool entropy_port = false;  ///< UDP source port from the flow hash
  bool counter = false;       ///< the header's last 4 bytes are a packet counter
  bool sealed = false;        ///< the header has ESP before L2TPv3
  bool resolved = true;       ///< the destination MAC in `header` is valid
  std::uint16_t mtu = 1500;   ///< [bytes] of the egress interface, at the IP layer
  PortId port;
  ExitId exit = kNoExit;
  NetworkId network;
  bool up = true;     ///< port has carrier and the exit is not given up
  bool full = false;  ///< as many hosts as may be are learned here
  /// For `counter`: packets sent so far. Shared by the tables and their twins.
  std::atomic<std::uint32_t>* sent = nullptr;
  OutboundSa* sa = nullptr;  ///< `sealed`: with what; null: nothing can be sent. The tables own it
  IpAddress peer;            ///< kTunnel, kLisper: outer destination
  std::uint16_t index = 0;   ///< in interfaces (kEthernet), local_networks (kTunnel), lispers (kLisper)

  /// [bytes] The largest frame that can just be sent: a flow label and a length in an IPv6 header, and nothing else to
  /// decide. 0: there is more to it. Kept by `update`.
  std::uint32_t plain_limit = 0;
  std::uint32_t sealed_limit = 0;  ///< the same, where ESP's tail has to be written, too
  std::uint32_t bare_limit = 0;    ///< the same, where nothing is written at all

  /// To be called when anything above has changed.
  void update() noexcept {
    const bool plain = kind != LocationKind::kEthernet && ipv6 && up && resolved && !udp && !counter;
    const std::uint32_t taken = std::uint32_t{header_length} - ip_offset + (sealed ? wire::kMaxEspTail : 0);
    const std::uint32_t limit = plain && mtu > taken ? mtu - taken : 0;
    plain_limit = sealed ? 0 : limit;
    sealed_limit = sealed ? limit : 0;
    bare_limit = kind == LocationKind::kEthernet && header_length == 0 && up ? mtu + kEthernetHeader : 0;
  }

  /// The template's first byte.
  [[nodiscard]] std::byte* start() noexcept { return header.data() + kMaxHeader - header_length; }
};

}  // namespace lisper
