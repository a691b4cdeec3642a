// What real systems put on the wire, against what the core makes of the same inner frames: each captured packet is
// decapsulated by a core configured as its receiver, and its inner frame encapsulated again by one configured as its
// sender. Left out of the comparison is what a sender may choose: the IPv6 flow label and the IPv4 identification.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ostream>
#include <string>
#include <vector>

#include "core/forward/process.h"
#include "core/forward/replicate.h"
#include "tests/golden/capture.h"

namespace lisper::golden {
namespace {

constexpr PortId kLan{0};
constexpr PortId kWan{1};
constexpr Iid kIid{1};

/// One end of the captured exchange.
struct End {
  MacAddress mac;
  IpAddress ip;
};

/// A captured kind of packet: who sends it to whom, and how.
struct Exchange {
  std::string name;
  std::string capture;
  std::string filter;
  End sender;
  End receiver;
  std::size_t header_length;  ///< [bytes] before the inner frame
  std::size_t packets;        ///< that the capture has of it
  bool lispers = false;       ///< from a LISPER to a LISPER
  unsigned routers = 0;       ///< between the sender and the capture
  TunnelConfig tunnel{};      ///< the receiver's; `ip` and `exit` are filled in
};

std::ostream& operator<<(std::ostream& out, const Exchange& exchange) { return out << exchange.name; }

MacAddress mac(std::string_view text) { return parse_mac(text).value(); }
IpAddress ip(std::string_view text) { return parse_ip(text).value(); }

/// The core of one end, with a LAN behind it. What is received from `peer` looks as `tunnel` says.
struct Lisper {
  Tables tables;
  Shard shard;

  static LisperConfig configure(const Exchange& exchange, const End& own, const End& peer, TunnelConfig tunnel) {
    LisperConfig config;
    config.ports = {{"lan"}, {"wan"}};
    config.interfaces = {{.name = "lan", .mac = mac("02:00:00:00:00:01"), .port = kLan, .vlan_id = {}},
                         {.name = "wan", .mac = own.mac, .port = kWan, .vlan_id = {}}};
    config.exits = {
        {.name = "wan", .ip = own.ip, .interface = InterfaceId(1), .next_hop = {}, .next_hop_mac = peer.mac}};
    config.local_networks = {{.iid = kIid, .interface = InterfaceId(0), .tunnel = {}}};
    if (exchange.lispers) {
      config.lispers = {{.ip = peer.ip, .exit = ExitId(0), .cookie = {}}};
    } else {
      tunnel.ip = peer.ip;
      tunnel.exit = ExitId(0);
      config.local_networks.push_back({.iid = kIid, .interface = {}, .tunnel = tunnel});
    }
    return config;
  }

  explicit Lisper(const LisperConfig& config)
      : tables(Tables::build(config).value()), shard(tables.port_count(), tables.network_count()) {}

  [[nodiscard]] NetworkId network() const { return tables.network_of(kIid).value(); }
  [[nodiscard]] LocationId lan() const { return tables.port(kLan).untagged.location; }
  [[nodiscard]] LocationId remote() const { return tables.sessions().all().at(0).location; }

  void route(const Frame& frame, LocationId location, FibKind kind) {
    MacAddress destination;
    std::memcpy(&destination, frame.data(), sizeof destination);
    if (destination.is_group()) {
      tables.apply(SetReplication{Tables::flood_list(network()), {lan(), remote()}});
    } else {
      tables.apply(SetEntry{network(), destination, {kind, location.value}, 0});
    }
  }

  /// What leaves towards `to` when `frame` arrives on `port`; for a replicated frame, the copy for `to`.
  Frame forward(const Frame& frame, PortId port, LocationId to) {
    constexpr TimeNs kNow{};
    shard.events.clear();
    std::vector<std::byte> buffer(kHeadroom + frame.size());
    std::copy(frame.begin(), frame.end(), buffer.begin() + kHeadroom);
    Packet packet{.data = buffer.data() + kHeadroom,
                  .len = static_cast<std::uint32_t>(frame.size()),
                  .port = port,
                  .verdict = {}};
    process({&packet, 1}, tables, shard, kNow);
    std::vector<std::byte> copy;
    if (packet.verdict.action == Action::kReplicate) {
      const auto list = tables.replication(packet.verdict.list);
      const auto index = static_cast<std::size_t>(std::find(list.begin(), list.end(), to) - list.begin());
      EXPECT_LT(index, list.size());
      EXPECT_TRUE(copy_wanted(packet.verdict, tables, index));
      copy.resize(kHeadroom + packet.len);
      std::copy_n(packet.data, packet.len, copy.begin() + kHeadroom);
      packet.data = copy.data() + kHeadroom;
      encapsulate_copy(packet, tables, shard, index, kNow);
    }
    EXPECT_EQ(packet.verdict.action, Action::kForward) << text(packet.verdict.reason).name;
    EXPECT_EQ(packet.verdict.port, tables.location(to).port);
    return {packet.data, packet.data + packet.len};
  }
};

/// The tunnel as its other end has it.
TunnelConfig mirrored(TunnelConfig tunnel) {
  std::swap(tunnel.session_id, tunnel.remote_session_id);
  std::swap(tunnel.cookie, tunnel.remote_cookie);
  std::swap(tunnel.local_port, tunnel.remote_port);
  if (tunnel.transport == Transport::kUdp) tunnel.source_port = tunnel.local_port;
  return tunnel;
}

struct Field {
  std::string_view name;
  std::size_t offset;
  std::size_t length;
  std::uint8_t first_mask = 0xff;  ///< of its first byte
};
using Fields = std::vector<Field>;

constexpr std::size_t kHopLimit = 21;  ///< of an IPv6 packet

const Fields kEthernet{{"destination MAC", 0, 6}, {"source MAC", 6, 6}, {"ethertype", 12, 2}};
const Fields kIpv6{{"version and traffic class", 14, 1},
                   {"traffic class, low half", 15, 1, 0xf0},
                   {"payload length", 18, 2},
                   {"next header", 20, 1},
                   {"hop limit", kHopLimit, 1},
                   {"source", 22, 16},
                   {"destination", 38, 16}};
const Fields kIpv4{{"version and header length", 14, 1},
                   {"DSCP and ECN", 15, 1},
                   {"total length", 16, 2},
                   {"flags and fragment offset", 20, 2},
                   {"TTL", 22, 1},
                   {"protocol", 23, 1},
                   {"source", 26, 4},
                   {"destination", 30, 4}};
const Fields kUdp{{"source port", 34, 2},
                  {"destination port", 36, 2},
                  {"UDP length", 38, 2},
                  {"UDP checksum", 40, 2},
                  {"L2TP flags, version and reserved", 42, 4}};

std::string hex(const Frame& frame, const Field& field) {
  std::string out;
  for (std::size_t i = 0; i < field.length; ++i) {
    auto value = std::to_integer<unsigned>(frame.at(field.offset + i));
    if (i == 0) value &= field.first_mask;
    out += "0123456789abcdef"[value >> 4];
    out += "0123456789abcdef"[value & 15];
  }
  return out;
}

Fields fields_of(const Exchange& exchange) {
  Fields fields = kEthernet;
  const auto append = [&](const Fields& more) { fields.insert(fields.end(), more.begin(), more.end()); };
  const bool v4 = exchange.sender.ip.is_v4();
  append(v4 ? kIpv4 : kIpv6);
  std::size_t l2tp = v4 ? 34 : 54;
  if (exchange.tunnel.transport == Transport::kUdp) {
    append(kUdp);
    l2tp += 12;
  }
  append({{"session ID", l2tp, 4}, {"cookie", l2tp + 4, 8}});
  if (exchange.tunnel.counter) append({{"counter", l2tp + 12, 4}});
  return fields;
}

/// RFC 1071: the ones' complement sum of 16-bit words, without the final complement.
unsigned ones_sum(const Frame& frame, std::size_t begin, std::size_t end) {
  unsigned sum = 0;
  for (std::size_t i = begin; i < end; ++i)
    sum += std::to_integer<unsigned>(frame.at(i)) << ((i - begin) % 2 == 0 ? 8 : 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

/// The UDP packets were captured where the kernel leaves the checksum to the network card: the field holds the sum of
/// the pseudo-header. This is what the card does.
void complete_udp_checksum(Frame& frame) {
  constexpr std::size_t kChecksum = 40;
  const unsigned checksum = ~ones_sum(frame, 34, frame.size()) & 0xffff;
  frame.at(kChecksum) = static_cast<std::byte>(checksum >> 8);
  frame.at(kChecksum + 1) = static_cast<std::byte>(checksum & 0xff);
}

std::vector<Frame> captured_frames(const Exchange& exchange) {
  auto frames = read_capture(exchange.capture, exchange.filter);
  if (exchange.tunnel.transport == Transport::kUdp) std::for_each(frames.begin(), frames.end(), complete_udp_checksum);
  return frames;
}

class Golden : public testing::TestWithParam<Exchange> {};

TEST_P(Golden, ReceiverDecapsulates) {
  const Exchange& exchange = GetParam();
  Lisper receiver(Lisper::configure(exchange, exchange.receiver, exchange.sender, exchange.tunnel));
  const auto frames = captured_frames(exchange);
  ASSERT_EQ(frames.size(), exchange.packets);
  for (const Frame& captured : frames) {
    const Frame inner(captured.begin() + static_cast<std::ptrdiff_t>(exchange.header_length), captured.end());
    receiver.route(inner, receiver.lan(), FibKind::kLocal);
    ASSERT_EQ(receiver.forward(captured, kWan, receiver.lan()), inner);
  }
}

TEST_P(Golden, SenderEncapsulates) {
  const Exchange& exchange = GetParam();
  Lisper sender(Lisper::configure(exchange, exchange.sender, exchange.receiver, mirrored(exchange.tunnel)));
  const auto frames = captured_frames(exchange);
  ASSERT_EQ(frames.size(), exchange.packets);
  const Fields fields = fields_of(exchange);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    Frame captured = frames[i];
    if (!exchange.sender.ip.is_v4())
      captured[kHopLimit] = static_cast<std::byte>(std::to_integer<unsigned>(captured[kHopLimit]) + exchange.routers);
    const Frame inner(captured.begin() + static_cast<std::ptrdiff_t>(exchange.header_length), captured.end());
    sender.route(inner, sender.remote(), exchange.lispers ? FibKind::kMapped : FibKind::kLocal);
    const Frame ours = sender.forward(inner, kLan, sender.remote());
    ASSERT_EQ(ours.size(), captured.size()) << "packet " << i;
    for (const Field& field : fields)
      ASSERT_EQ(hex(ours, field), hex(captured, field)) << field.name << ", packet " << i;
    ASSERT_TRUE(std::equal(inner.begin(), inner.end(), ours.end() - static_cast<std::ptrdiff_t>(inner.size())));
    if (exchange.sender.ip.is_v4()) {
      ASSERT_EQ(ones_sum(ours, 14, 34), 0xffffu) << "packet " << i;
    }
  }
}

// The network of the original LISPER's own tests: site 04 on the wire of its exit. All frames of a session ID that both
// directions share, with a cookie of zero.
TunnelConfig original_tunnel(std::uint32_t session) {
  TunnelConfig tunnel;
  tunnel.session_id = tunnel.remote_session_id = SessionId(session);
  return tunnel;
}

std::vector<Exchange> original_exchanges() {
  const End site{mac("00:00:00:00:01:04"), ip("fd80:4::2")};
  const auto router = [](std::string_view address) { return End{mac("00:00:00:00:00:04"), ip(address)}; };
  const auto exchange = [&](std::string name, const End& from, const End& to, std::size_t packets, bool lispers,
                            std::uint32_t session) {
    return Exchange{.name = std::move(name),
                    .capture = "scenarios/captures/site04-exit.pcap",
                    .filter = "ip6 proto 115 and src host " + to_string(from.ip) + " and dst host " + to_string(to.ip),
                    .sender = from,
                    .receiver = to,
                    .header_length = 66,
                    .packets = packets,
                    .lispers = lispers,
                    .routers = from.ip == site.ip ? 0u : 1u,
                    .tunnel = original_tunnel(session)};
  };
  return {exchange("LisperToTunnel1", site, router("fd80:1::2"), 9, false, 1),
          exchange("Tunnel1ToLisper", router("fd80:1::2"), site, 2, false, 1),
          exchange("LisperToTunnel2", site, router("fd80:2::2"), 7, false, 2),
          exchange("LisperToLisper", site, router("fd80:8::2"), 9, true, 1),
          exchange("LisperFromLisper", router("fd80:8::2"), site, 3, true, 1)};
}

// Two QEMU guests joined by `-netdev l2tpv3`, each direction with a session ID and a cookie of its own: end .1 sends
// session 0x11111111.
std::vector<Exchange> qemu_exchanges() {
  const auto tunnel = [](std::uint32_t session, std::uint64_t cookie, std::uint32_t other_session,
                         std::uint64_t other_cookie) {
    TunnelConfig result;
    result.session_id = SessionId(session);
    result.cookie = {cookie, 8};
    result.remote_session_id = SessionId(other_session);
    result.remote_cookie = {other_cookie, 8};
    return result;
  };
  struct Capture {
    std::string name;
    std::string_view mac1, mac2, ip1, ip2;
    std::size_t header_length, from1, from2;
    bool counter, udp;
    std::string filter;
  };
  const std::vector<Capture> captures{
      {"v6", "f6:82:2b:df:ae:35", "22:9b:67:d0:af:22", "fd00:5::1", "fd00:5::2", 66, 101, 193, false, false,
       "ip6 proto 115"},
      {"v6-ctr", "c6:ea:55:0c:71:1f", "fa:f4:69:c2:e2:36", "fd00:5::1", "fd00:5::2", 70, 81, 213, true, false,
       "ip6 proto 115"},
      {"v4", "e6:17:02:20:11:ab", "5e:6b:1a:54:e1:49", "10.5.0.1", "10.5.0.2", 46, 79, 211, false, false,
       "ip proto 115"},
      {"v4-udp", "3a:59:f1:51:75:ae", "8e:c5:99:e6:c1:c1", "10.5.0.1", "10.5.0.2", 58, 74, 216, false, true, "udp"}};
  std::vector<Exchange> result;
  for (const Capture& capture : captures) {
    const std::array<End, 2> ends{End{mac(capture.mac1), ip(capture.ip1)}, End{mac(capture.mac2), ip(capture.ip2)}};
    for (std::size_t from = 0; from < 2; ++from) {
      TunnelConfig received = tunnel(0x11111111, 0x1122334455667788, 0x22222222, 0x99aabbccddeeff01);
      if (from == 1) received = mirrored(received);
      received.counter = capture.counter;
      if (capture.udp) {
        received.transport = Transport::kUdp;
        received.remote_port = from == 0 ? 1701 : 1702;
        received.local_port = from == 0 ? 1702 : 1701;
      }
      std::string name = "Qemu_" + capture.name + (from == 0 ? "_from1" : "_from2");
      std::replace(name.begin(), name.end(), '-', '_');
      result.push_back({.name = name,
                        .capture = "scenarios/captures/qemu-" + capture.name + ".pcap",
                        .filter = capture.filter + " and src host " + to_string(ends[from].ip),
                        .sender = ends[from],
                        .receiver = ends[1 - from],
                        .header_length = capture.header_length,
                        .packets = from == 0 ? capture.from1 : capture.from2,
                        .tunnel = received});
    }
  }
  return result;
}

const auto kName = [](const auto& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(OriginalLisper, Golden, testing::ValuesIn(original_exchanges()), kName);
INSTANTIATE_TEST_SUITE_P(Qemu, Golden, testing::ValuesIn(qemu_exchanges()), kName);

}  // namespace
}  // namespace lisper::golden
