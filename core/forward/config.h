#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/address.h"
#include "core/base/ids.h"
#include "core/base/time.h"

namespace lisper {

/// What carries an L2TPv3 data message.
enum class Transport : std::uint8_t {
  kIp,   ///< IP protocol 115, RFC 3931 4.1.1; over IPv6 the keyed tunnel of RFC 8159
  kUdp,  ///< RFC 3931 4.1.2
};

/// An L2TPv3 cookie of 0, 4 or 8 bytes, right-aligned in `value`.
struct Cookie {
  std::uint64_t value = 0;
  std::uint8_t length = 8;  ///< bytes on the wire: 0, 4 or 8

  friend constexpr bool operator==(const Cookie&, const Cookie&) noexcept = default;
};

/// How many frames [1/s] a port may bring in, in bursts of a second's worth; more are dropped. Absent: any number.
/// Counted are frames of the L2 networks, behind all tunnels of the port.
struct StormLimits {
  std::optional<std::uint32_t> broadcast{};
  std::optional<std::uint32_t> multicast{};        ///< group addresses but broadcast
  std::optional<std::uint32_t> unknown_unicast{};  ///< for a MAC that no entry has

  friend constexpr bool operator==(const StormLimits&, const StormLimits&) noexcept = default;
};

/// A physical port: one NIC, one simulated link end, one capture file.
struct PortConfig {
  std::string name;
  StormLimits storm_limits{};
};

/// One entry of the original's `interfaces`: a port, or one VLAN of it.
struct InterfaceConfig {
  std::string name;
  MacAddress mac;
  PortId port;
  std::optional<std::uint16_t> vlan_id;  ///< 1..4094; absent: untagged traffic of the port
  std::uint16_t mtu = 1500;              ///< [bytes] largest IP packet sent on it
};

struct ExitConfig {
  std::string name;
  IpAddress ip;  ///< our RLOC: outer source of everything sent through this exit
  InterfaceId interface;
  std::optional<IpAddress> next_hop;       ///< resolved by ND or ARP; absent: peers are on the link
  std::optional<MacAddress> next_hop_mac;  ///< used as is, never resolved
};

/// A remote LISPER. Between LISPERs the session ID is the IID.
struct LisperPeerConfig {
  IpAddress ip;
  ExitId exit;
  std::optional<Cookie> cookie;  ///< absent: 8 zero bytes sent, any accepted, as the original does
};

/// Frames of one L2TPv3 tunnel.
struct TunnelConfig {
  IpAddress ip;  ///< the peer, the only accepted outer source
  ExitId exit;
  Transport transport = Transport::kIp;
  SessionId session_id;                      ///< expected in received packets
  Cookie cookie;                             ///< expected in received packets
  SessionId remote_session_id;               ///< sent
  Cookie remote_cookie;                      ///< sent
  bool counter = false;                      ///< a 32-bit number before the frame, both ways
  std::uint16_t local_port = 1701;           ///< UDP: destination port of received packets
  std::uint16_t remote_port = 1701;          ///< UDP: destination port of sent packets
  std::optional<std::uint16_t> source_port;  ///< UDP: absent: from the flow hash
};

/// One entry of `local_networks`: exactly one of `interface` and `tunnel`.
struct LocalNetworkConfig {
  Iid iid;
  std::optional<InterfaceId> interface;
  std::optional<TunnelConfig> tunnel;
  std::optional<std::uint32_t> max_macs{};  ///< hosts that may be learned here; absent: what the FIB has room for
};

enum class UnknownUnicast : std::uint8_t {
  kFlood,  ///< to all local locations, and told to the controller
  kDrop,   ///< told to the controller only: "punt-and-drop"
  kQueue,  ///< told to the controller, and kept until it answers: "punt-and-queue"
};
enum class Broadcast : std::uint8_t {
  kFlood,
  kDrop,
};
enum class Multicast : std::uint8_t {
  kFlood,
  kSnoop,  ///< to where IGMP and MLD say that there are listeners (RFC 4541)
};

/// What a network does with frames whose receivers no entry tells. The defaults are the original's ways.
struct NetworkPolicy {
  Iid iid;
  UnknownUnicast unknown_unicast = UnknownUnicast::kFlood;
  Broadcast broadcast = Broadcast::kFlood;
  Multicast multicast = Multicast::kFlood;
  bool suppress_arp = false;  ///< answers ARP and ND for hosts that are known, instead of flooding
};

/// Which messages the controller speaks; see docs/control.md.
enum class Dialect : std::uint8_t {
  k2016,   ///< the original LISPER's: no `type`, numbers, punts without `type`
  kToday,  ///< lispers.net 0.434 and later
};

/// One LISPER, as its original configuration file has it, with names resolved to ids.
/// Built by an adapter from the scenario; `Tables::build` checks what the ids allow.
struct LisperConfig {
  std::vector<PortConfig> ports;
  std::vector<InterfaceConfig> interfaces;
  std::vector<ExitConfig> exits;
  std::vector<LisperPeerConfig> lispers;
  std::vector<LocalNetworkConfig> local_networks;
  std::vector<NetworkPolicy> policies;       ///< at most one an IID, which a local network has
  Dialect dialect = Dialect::kToday;         ///< of punts; both are understood always
  bool punts = true;                         ///< false: nothing is ever punted (no punt socket)
  TimeNs arp_timeout = seconds(60);          ///< a silent local host is forgotten after this
  TimeNs dynamic_eid_timeout = seconds(15);  ///< the controller's timer; hosts are punted again before it
  TimeNs statistics_interval{};              ///< the controller is told what was sent so often; 0: never
  std::uint32_t max_macs = 1u << 20;         ///< bound of the FIB
  std::array<std::byte, 4> esp_salt{};       ///< of all keys, at both ends (RFC 4106 4)
  std::uint64_t seed = 1;                    ///< of nonces and jitter
};

}  // namespace lisper
