#include "replay/packets.h"

#include <cstring>

#include "core/wire/arp.h"
#include "core/wire/checksum.h"
#include "core/wire/ethernet.h"
#include "core/wire/ip_protocol.h"
#include "core/wire/ipv4.h"
#include "core/wire/ipv6.h"
#include "core/wire/l2tpv3.h"
#include "core/wire/udp.h"

namespace lisper::replay {

namespace {

constexpr MacAddress kRouterMac{{0x02, 0xcc, 0, 0, 0, 1}};
constexpr std::uint8_t kHopLimit = 64;

template <typename T>
void append(FrameBytes& to, const T& value) {
  const auto* bytes = reinterpret_cast<const std::byte*>(&value);
  to.insert(to.end(), bytes, bytes + sizeof value);
}

void append(FrameBytes& to, Bytes bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

/// The last `length` bytes of `value`, most significant first.
void append_number(FrameBytes& to, std::uint64_t value, std::size_t length) {
  const Be64 all(value);
  append(to, std::as_bytes(std::span(&all, 1)).last(length));
}

/// An IP packet of either family; what the sender may choose is random.
void append_ip(FrameBytes& to, const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
               Bytes payload, Random& random) {
  const auto traffic_class = static_cast<std::uint8_t>(random.below(4) == 0 ? random.below(256) : 0);
  if (source.is_v4()) {
    wire::Ipv4 header{.version_ihl = 0x45,
                      .tos = traffic_class,
                      .total_length = Be16(static_cast<std::uint16_t>(sizeof header + payload.size())),
                      .identification = Be16(static_cast<std::uint16_t>(random.next())),
                      .flags_fragment = Be16(random.below(2) == 0 ? wire::kIpv4DontFragment : std::uint16_t{0}),
                      .ttl = kHopLimit,
                      .protocol = protocol,
                      .checksum = {},
                      .source = source.v4(),
                      .destination = destination.v4()};
    header.checksum = wire::checksum(std::as_bytes(std::span(&header, 1)));
    append(to, header);
  } else {
    const std::uint32_t word = 6u << 28 | std::uint32_t{traffic_class} << 20 | (random.next() & 0xfffff);
    append(to, wire::Ipv6{.version_class_label = Be32(word),
                          .payload_length = Be16(static_cast<std::uint16_t>(payload.size())),
                          .next_header = protocol,
                          .hop_limit = kHopLimit,
                          .source = source.v6(),
                          .destination = destination.v6()});
  }
  append(to, payload);
}

FrameBytes udp(const IpAddress& source, const IpAddress& destination, std::uint16_t source_port,
               std::uint16_t destination_port, Bytes payload) {
  const auto length = static_cast<std::uint16_t>(sizeof(wire::Udp) + payload.size());
  FrameBytes datagram;
  append(datagram, wire::Udp{Be16(source_port), Be16(destination_port), Be16(length), {}});
  append(datagram, payload);
  const std::uint32_t sum = source.is_v4()
                                ? wire::pseudo_header_sum(source.v4(), destination.v4(), wire::kProtocolUdp, length)
                                : wire::pseudo_header_sum(source.v6(), destination.v6(), wire::kProtocolUdp, length);
  Be16 checksum = wire::checksum(datagram, sum);
  if (checksum.value() == 0) checksum = Be16(0xffff);  // RFC 768: zero is "none"
  at<wire::Udp>(datagram.data()).checksum = checksum;
  return datagram;
}

FrameBytes random_bytes(std::size_t length, Random& random) {
  FrameBytes bytes(length);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.next());
  return bytes;
}

void append_ethernet(FrameBytes& to, const MacAddress& destination, const MacAddress& source, std::uint16_t type) {
  append(to, wire::Ethernet{destination, source, Be16(type)});
}

Envelope through(const LisperConfig& config, ExitId exit_id) {
  const ExitConfig& exit = config.exits[exit_id.value];
  const InterfaceConfig& interface = config.interfaces[exit.interface.value];
  return {.port = interface.port,
          .destination_mac = interface.mac,
          .vlan_id = interface.vlan_id,
          .source = {},
          .destination = exit.ip,
          .session = {},
          .cookie = {}};
}

}  // namespace

Envelope to_envelope(const LisperConfig& config, const TunnelConfig& tunnel) {
  Envelope envelope = through(config, tunnel.exit);
  envelope.source = tunnel.ip;
  envelope.transport = tunnel.transport;
  envelope.source_port = tunnel.remote_port;
  envelope.destination_port = tunnel.local_port;
  envelope.session = tunnel.session_id;
  envelope.cookie = tunnel.cookie;
  envelope.counter = tunnel.counter;
  return envelope;
}

Envelope to_envelope(const LisperConfig& config, const LisperPeerConfig& peer, Iid iid) {
  Envelope envelope = through(config, peer.exit);
  envelope.source = peer.ip;
  envelope.session = SessionId(iid.value);
  envelope.cookie = peer.cookie.value_or(Cookie{});
  return envelope;
}

FrameBytes wrap(const Envelope& envelope, const FrameBytes& inner, std::uint32_t counter, Random& random) {
  FrameBytes message;
  const bool over_udp = envelope.transport == Transport::kUdp;
  if (over_udp) append(message, wire::L2tpUdpPrefix{Be16(wire::kL2tpUdpData), {}});
  append(message, Be32(envelope.session.value));
  append_number(message, envelope.cookie.value, envelope.cookie.length);
  if (envelope.counter) append(message, Be32(counter));
  append(message, Bytes(inner));
  if (over_udp)
    message = udp(envelope.source, envelope.destination, envelope.source_port, envelope.destination_port, message);
  FrameBytes frame;
  append_ethernet(frame, envelope.destination_mac, kRouterMac,
                  envelope.source.is_v4() ? wire::kEtherTypeIpv4 : wire::kEtherTypeIpv6);
  append_ip(frame, envelope.source, envelope.destination, over_udp ? wire::kProtocolUdp : wire::kProtocolL2tp, message,
            random);
  if (envelope.vlan_id) insert_vlan(frame, *envelope.vlan_id);
  return frame;
}

FrameBytes make_frame(const MacAddress& source, const MacAddress& destination, std::size_t longest, Random& random) {
  constexpr std::uint16_t kExperimental = 0x88b5;  // IEEE 802, local experimental EtherType 1
  constexpr std::size_t kShort = 200;
  const std::size_t length = random.below(random.below(4) == 0 ? longest + 1 : kShort);
  const auto host = static_cast<std::uint8_t>(random.below(256));
  FrameBytes frame;
  const std::uint64_t kind = random.below(8);
  if (kind == 0) {
    append_ethernet(frame, destination, source, kExperimental);
    append(frame, Bytes(random_bytes(length, random)));
  } else if (kind == 1) {
    append_ethernet(frame, destination, source, wire::kEtherTypeArp);
    append(frame, wire::Arp{Be16(1),
                            Be16(wire::kEtherTypeIpv4),
                            6,
                            4,
                            Be16(wire::kArpRequest),
                            source,
                            {{10, 0, 0, host}},
                            {},
                            {{10, 0, 0, 1}}});
  } else {
    const bool v4 = kind < 5;
    const IpAddress from = v4 ? IpAddress(Ipv4Address{{10, 0, 0, host}}) : IpAddress(Ipv6Address{{0xfd, 1, host}});
    const IpAddress to = v4 ? IpAddress(Ipv4Address{{10, 0, 1, host}}) : IpAddress(Ipv6Address{{0xfd, 2, host}});
    const auto port = static_cast<std::uint16_t>(1024 + random.below(4));
    append_ethernet(frame, destination, source, v4 ? wire::kEtherTypeIpv4 : wire::kEtherTypeIpv6);
    append_ip(frame, from, to, wire::kProtocolUdp, udp(from, to, port, 80, random_bytes(length, random)), random);
    if (random.below(16) == 0) insert_vlan(frame, 7);
  }
  return frame;
}

void insert_vlan(FrameBytes& frame, std::uint16_t vlan_id) {
  FrameBytes tag;
  append(tag, wire::VlanTag{Be16(wire::kEtherTypeVlan), Be16(vlan_id)});
  frame.insert(frame.begin() + 2 * sizeof(MacAddress), tag.begin(), tag.end());
}

}  // namespace lisper::replay
