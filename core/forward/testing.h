#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

#include "core/base/address.h"
#include "core/forward/process.h"
#include "core/forward/replicate.h"
#include "core/forward/seal.h"
#include "core/tables/tables.h"
#include "core/wire/arp.h"
#include "core/wire/checksum.h"
#include "core/wire/ethernet.h"
#include "core/wire/ip_protocol.h"

// Helpers for tests and benchmarks of the forwarding core.
namespace lisper::testing {

using Buffer = std::vector<std::byte>;

inline MacAddress mac(std::string_view text) { return *parse_mac(text); }
inline IpAddress ip(std::string_view text) { return *parse_ip(text); }

inline Buffer& operator+=(Buffer& to, const Buffer& from) {
  to.insert(to.end(), from.begin(), from.end());
  return to;
}
template <typename T>
Buffer raw(const T& value) {
  const auto* p = reinterpret_cast<const std::byte*>(&value);
  return {p, p + sizeof value};
}
inline Buffer hex(std::string_view digits) {
  Buffer bytes;
  int high = -1;
  for (char c : digits) {
    const auto at = std::string_view("0123456789abcdef").find(c);
    if (at == std::string_view::npos) continue;
    if (high < 0) {
      high = static_cast<int>(at);
    } else {
      bytes.push_back(static_cast<std::byte>(high << 4 | static_cast<int>(at)));
      high = -1;
    }
  }
  return bytes;
}

inline Buffer ethernet(std::string_view destination, std::string_view source, std::uint16_t type,
                       const Buffer& payload) {
  Buffer frame = raw(wire::Ethernet{mac(destination), mac(source), Be16(type)});
  frame += payload;
  return frame;
}

/// An IPv4 packet with a right header checksum.
inline Buffer ipv4(std::string_view source, std::string_view destination, std::uint8_t protocol, const Buffer& payload,
                   std::uint8_t tos = 0, std::uint16_t flags_fragment = 0) {
  wire::Ipv4 header{};
  header.version_ihl = 0x45;
  header.tos = tos;
  header.total_length = Be16(static_cast<std::uint16_t>(sizeof header + payload.size()));
  header.flags_fragment = Be16(flags_fragment);
  header.ttl = 64;
  header.protocol = protocol;
  header.source = *parse_ipv4(source);
  header.destination = *parse_ipv4(destination);
  header.checksum = wire::checksum(std::as_bytes(std::span(&header, 1)));
  Buffer packet = raw(header);
  packet += payload;
  return packet;
}

inline Buffer ipv6(std::string_view source, std::string_view destination, std::uint8_t next_header,
                   const Buffer& payload, std::uint8_t traffic_class = 0) {
  wire::Ipv6 header{};
  header.version_class_label = Be32(6u << 28 | std::uint32_t{traffic_class} << 20);
  header.payload_length = Be16(static_cast<std::uint16_t>(payload.size()));
  header.next_header = next_header;
  header.hop_limit = 64;
  header.source = *parse_ipv6(source);
  header.destination = *parse_ipv6(destination);
  Buffer packet = raw(header);
  packet += payload;
  return packet;
}

inline constexpr auto kA = "00:00:00:00:aa:01";
inline constexpr auto kB = "00:00:00:00:aa:03";
inline constexpr auto kRemote = "00:00:00:00:aa:05";
inline constexpr auto kAll = "ff:ff:ff:ff:ff:ff";

/// An IPv4 packet from 10.0.0.1 to 10.0.0.5 that starts with an ICMP echo request of `size` bytes.
inline Buffer ping(std::string_view to, std::string_view from, std::size_t size = 64, std::uint8_t tos = 0,
                   std::uint16_t flags = 0) {
  Buffer icmp(size);
  icmp[0] = std::byte{8};
  return ethernet(to, from, wire::kEtherTypeIpv4, ipv4("10.0.0.1", "10.0.0.5", wire::kProtocolIcmp, icmp, tos, flags));
}

inline Buffer arp_request(std::string_view from, std::string_view own_ip, std::string_view asked_ip) {
  return ethernet(kAll, from, wire::kEtherTypeArp,
                  raw(wire::Arp{Be16(wire::kArpEthernet), Be16(wire::kEtherTypeIpv4), 6, 4, Be16(wire::kArpRequest),
                                mac(from), *parse_ipv4(own_ip), MacAddress{}, *parse_ipv4(asked_ip)}));
}

/// The keyed IPv6 tunnel's packet, RFC 8159 3, around `frame`.
inline Buffer l2tp_ipv6(std::string_view source, std::string_view destination, std::uint32_t session,
                        std::uint64_t cookie, const Buffer& frame, std::uint8_t traffic_class = 0) {
  Buffer payload = raw(Be32(session));
  payload += raw(Be64(cookie));
  payload += frame;
  return ethernet("00:00:00:00:01:04", "00:00:00:00:00:04", wire::kEtherTypeIpv6,
                  ipv6(source, destination, wire::kProtocolL2tp, payload, traffic_class));
}

/// A LISPER's core without control plane: what went in, what came out.
struct Bench {
  struct Output {
    PortId port;
    Buffer frame;
  };

  explicit Bench(const LisperConfig& config, const CryptoEngine* engine = nullptr)
      : tables(*Tables::build(config)), shard(tables.port_count(), tables.network_count(), engine) {}

  /// Processes one frame, makes copies, applies learning at once; returns the verdict.
  Verdict send(PortId port, const Buffer& frame) {
    outputs.clear();
    handed_over.clear();
    std::vector<std::byte> memory(kHeadroom + frame.size() + kTailroom);
    std::ranges::copy(frame, memory.begin() + kHeadroom);
    Packet packet{memory.data() + kHeadroom, static_cast<std::uint32_t>(frame.size()), port, {}};
    process(std::span(&packet, 1), tables, shard, now);
    const Verdict verdict = packet.verdict;
    if (verdict.action == Action::kReplicate) {
      const Buffer bare(packet.data, packet.data + packet.len);
      for (std::size_t i = 0; i < tables.replication(verdict.list).size(); ++i) {
        if (!copy_wanted(verdict, tables, i)) continue;
        std::vector<std::byte> copy_memory(kHeadroom + bare.size() + kTailroom);
        std::ranges::copy(bare, copy_memory.begin() + kHeadroom);
        Packet copy{copy_memory.data() + kHeadroom, packet.len, port, verdict};
        encapsulate_copy(copy, tables, shard, i, now);
        seal({&copy, 1}, tables, shard);
        keep(copy);
      }
    }
    keep(packet);
    if (verdict.snooped || verdict.action == Action::kQueue)
      handed_over.emplace_back(packet.data, packet.data + packet.len);
    for (const Event& event : shard.events) {
      events.push_back(event);
      if (learns && event.kind == Event::Kind::kLearn)
        tables.apply(SetEntry{event.network, event.source, {FibKind::kLocal, event.location.value}, stamp_of(now)});
    }
    shard.events.clear();
    return verdict;
  }

  [[nodiscard]] std::uint64_t count(Reason reason) const {
    std::uint64_t sum = 0;
    for (std::size_t p = 0; p < tables.port_count(); ++p)
      sum += shard.port(PortId(static_cast<std::uint16_t>(p))).reasons[static_cast<std::size_t>(reason)];
    return sum;
  }

  Tables tables;
  Shard shard;
  TimeNs now = seconds(1);
  std::vector<Output> outputs;
  std::vector<Buffer> handed_over;  ///< bare frames for the control plane
  std::vector<Event> events;
  bool learns = true;  ///< false: somebody else does what events say

 private:
  void keep(const Packet& packet) {
    if (packet.verdict.action == Action::kForward)
      outputs.push_back({packet.verdict.port, Buffer(packet.data, packet.data + packet.len)});
  }
};

/// site04 of the original's test network: port 0 the exit, 1 and 2 Ethernets; IID 1. Location ids: tunnel
/// fd80:1::2 is 0, tunnel fd80:2::2 is 1, e03 is 2, e13 is 3, LISPER fd80:8::2 is 4.
inline LisperConfig site04() {
  LisperConfig config;
  config.ports = {{"e0"}, {"e03"}, {"e13"}};
  config.interfaces = {{"e0", mac("00:00:00:00:01:04"), PortId(0), {}, 1500},
                       {"e03", mac("00:00:00:00:01:03"), PortId(1), {}, 1500},
                       {"e13", mac("00:00:00:00:01:13"), PortId(2), {}, 1500}};
  config.exits = {{"e0", ip("fd80:4::2"), InterfaceId(0), ip("fd80:4::1"), mac("00:00:00:00:00:04")}};
  config.lispers = {{ip("fd80:8::2"), ExitId(0), {}}};
  const auto tunnel = [](std::string_view peer, std::uint32_t session, std::uint64_t cookie) {
    TunnelConfig t;
    t.ip = ip(peer);
    t.exit = ExitId(0);
    t.session_id = t.remote_session_id = SessionId(session);
    t.cookie = t.remote_cookie = {cookie, 8};
    return LocalNetworkConfig{Iid(1), {}, t};
  };
  config.local_networks = {tunnel("fd80:1::2", 1, 0),
                           tunnel("fd80:2::2", 2, 0x1122334455667788),
                           {Iid(1), InterfaceId(1), {}},
                           {Iid(1), InterfaceId(2), {}}};
  return config;
}

inline constexpr LocationId kTunnel1{0}, kTunnel2{1}, kLan03{2}, kLan13{3}, kSite08{4};
inline constexpr PortId kExitPort{0}, kLan03Port{1}, kLan13Port{2};

}  // namespace lisper::testing
