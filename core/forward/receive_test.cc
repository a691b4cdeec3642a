// Packets that are stripped the short way (plain.h) come out as `parse` and `decapsulate` would have them.

#include "core/forward/receive.h"

#include <gtest/gtest.h>
// After gtest.
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <ostream>
#include <span>
#include <tuple>
#include <vector>

#include "core/forward/decapsulate.h"
#include "core/forward/open.h"
#include "core/forward/plain.h"
#include "core/forward/testing.h"

namespace lisper {
namespace {

using namespace testing;

LisperConfig config() {
  LisperConfig config = site04();
  config.exits.push_back({"e0b", ip("fd80:4::3"), InterfaceId(0), ip("fd80:4::1"), mac("00:00:00:00:00:04")});
  config.lispers.push_back({ip("fd80:9::2"), ExitId(1), {}});
  config.lispers.push_back({ip("fd80:a::2"), ExitId(0), Cookie{0x1122334455667788, 8}});
  const auto tunnel = [](std::string_view peer, std::uint32_t session, Cookie cookie, bool counter) {
    TunnelConfig t;
    t.ip = ip(peer);
    t.exit = ExitId(0);
    t.session_id = t.remote_session_id = SessionId(session);
    t.cookie = t.remote_cookie = cookie;
    t.counter = counter;
    return LocalNetworkConfig{Iid(2), {}, t};
  };
  config.local_networks.push_back(tunnel("fd80:1::2", 7, {0x01020304, 4}, false));
  config.local_networks.push_back(tunnel("fd80:1::2", 8, {0, 0}, false));
  config.local_networks.push_back(tunnel("fd80:3::2", 9, {0x99, 8}, true));
  return config;
}

/// What became of a packet on its way to a bare frame.
struct Stripped {
  bool is_frame;
  Reason reason;
  LocationId ingress;
  NetworkId network;
  bool from_lisper;
  Buffer frame;

  friend bool operator==(const Stripped&, const Stripped&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Stripped& s) {
    return out << (s.is_frame ? "frame of " : "no frame, ") << s.frame.size() << " bytes from location "
               << s.ingress.value << " in network " << s.network.value << (s.from_lisper ? ", LISPER's, " : ", ")
               << text(s.reason).name;
  }
};

Stripped result(const Packet& packet, bool is_frame, const Tables& tables) {
  if (!is_frame) return {false, packet.verdict.reason, {}, {}, false, {}};
  const LocationId ingress = packet.verdict.ingress;
  return {true,
          Reason::kNone,
          ingress,
          packet.verdict.network,
          tables.location(ingress).kind == LocationKind::kLisper,
          {packet.data, packet.data + packet.len}};
}

Stripped long_way(Buffer bytes, const Tables& tables, Shard& shard) {
  Packet packet{
      .data = bytes.data(), .len = static_cast<std::uint32_t>(bytes.size()), .port = kExitPort, .verdict = {}};
  Parsed parsed;
  parse(packet, tables, shard, seconds(1), parsed);
  if (const EspPacket esp{&packet, &parsed}; parsed.kind == Parsed::Kind::kEsp) open({&esp, 1}, tables, shard);
  const bool is_frame = parsed.kind == Parsed::Kind::kFrame ||
                        (parsed.kind == Parsed::Kind::kTunnel && decapsulate(packet, tables, shard, parsed));
  return result(packet, is_frame, tables);
}

/// Of packets that come together, at most a slice.
std::vector<Stripped> as_received(std::span<Buffer> slice, const Tables& tables, Shard& shard) {
  std::vector<Packet> packets;
  for (Buffer& bytes : slice)
    packets.push_back(
        {.data = bytes.data(), .len = static_cast<std::uint32_t>(bytes.size()), .port = kExitPort, .verdict = {}});
  Works works;
  receive(packets, works, tables, shard, seconds(1));
  std::vector<Stripped> stripped;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const bool is_frame = works[i].state == Work::State::kFrame;
    stripped.push_back(result(packets[i], is_frame, tables));
    if (is_frame) stripped.back().from_lisper = works[i].from_lisper;
  }
  return stripped;
}

RC_GTEST_PROP(Receive, StripsTheShortWayWhatTheLongWayWould, ()) {
  static const Tables tables = *Tables::build(config());
  Shard here(tables.port_count(), tables.network_count()), there(tables.port_count(), tables.network_count());
  const auto session = *rc::gen::elementOf(
      std::vector<std::tuple<const char*, const char*, std::uint32_t>>{{"fd80:1::2", "fd80:4::2", 1},
                                                                       {"fd80:2::2", "fd80:4::2", 2},
                                                                       {"fd80:8::2", "fd80:4::2", 1},
                                                                       {"fd80:8::2", "fd80:4::3", 2},
                                                                       {"fd80:9::2", "fd80:4::3", 1},
                                                                       {"fd80:1::2", "fd80:4::2", 7},
                                                                       {"fd80:1::2", "fd80:4::2", 8},
                                                                       {"fd80:3::2", "fd80:4::2", 9}});
  const auto cookie = *rc::gen::element<std::uint64_t>(0, 0x1122334455667788, 0x0102030400000000, 0x99);
  const auto [peer, own, id] = session;
  Buffer bytes = l2tp_ipv6(peer, own, id, cookie, ping(kB, kA, *rc::gen::inRange<std::size_t>(1, 100)));
  if (*rc::gen::inRange(0, 4) == 0)
    at<wire::Ipv6>(bytes.data(), sizeof(wire::Ethernet)).next_header = wire::kProtocolEsp;
  for (auto spoilt = *rc::gen::inRange(0, 3); spoilt > 0; --spoilt)
    bytes[*rc::gen::inRange<std::size_t>(0, 80)] ^= std::byte{1} << *rc::gen::inRange(0, 8);
  if (*rc::gen::inRange(0, 4) == 0) bytes.resize(*rc::gen::inRange<std::size_t>(0, bytes.size() + 30));
  here.likely_session = *rc::gen::inRange<std::uint32_t>(0, 10);

  const Stripped expected = long_way(bytes, tables, there);
  RC_TAG(expected.is_frame ? "frame" : text(expected.reason).name);
  RC_ASSERT(as_received({&bytes, 1}, tables, here) == std::vector{expected});
}

/// Takes everything for authentic and not encrypted: what is in a packet is then easily chosen, and easily spoilt.
class NoCipher final : public CryptoEngine {
 public:
  [[nodiscard]] Result<std::shared_ptr<const AeadKey>> make_key(Algorithm /*algorithm*/, Bytes /*key*/) const override {
    return std::make_shared<AeadKey>();
  }
  void seal(std::span<AeadJob> /*jobs*/) const noexcept override {}
  void open(std::span<AeadJob> jobs) const noexcept override {
    for (AeadJob& job : jobs) job.authentic = true;
  }
};

/// An L2TPv3 packet put into ESP.
Buffer in_esp(const Buffer& packet, std::uint32_t spi, std::uint32_t sequence) {
  constexpr std::size_t kHeaders = sizeof(wire::Ethernet) + sizeof(wire::Ipv6);
  const Buffer l2tp(packet.begin() + kHeaders, packet.end());
  Buffer tail(wire::esp_tail(static_cast<std::uint32_t>(l2tp.size())));
  const std::size_t padding = tail.size() - wire::kEspIcv - sizeof(wire::EspTrailer);
  at<wire::EspTrailer>(tail.data(), padding) = {static_cast<std::uint8_t>(padding), wire::kProtocolL2tp};
  Buffer esp = raw(wire::Esp{Be32(spi), Be32(sequence), Be64(sequence)});
  esp += l2tp;
  esp += tail;
  Buffer made(packet.begin(), packet.begin() + kHeaders);
  auto& ip = at<wire::Ipv6>(made.data(), sizeof(wire::Ethernet));
  ip.next_header = wire::kProtocolEsp;
  ip.payload_length = Be16(static_cast<std::uint16_t>(esp.size()));
  made += esp;
  return made;
}

RC_GTEST_PROP(Receive, StripsWhatWasInEspTheShortWayAsTheLongWayWould, ()) {
  static Tables tables_here = *Tables::build(config());
  static Tables tables_there = *Tables::build(config());
  static const NoCipher engine;
  // Where the windows begin: afresh, or behind the packets, of which some may have another high half.
  const auto start = *rc::gen::element<std::uint64_t>(0, 5000, 0x1'0000'0010);
  const auto sa = [&](std::uint32_t spi) {
    auto made = std::make_shared<InboundSa>(SaParameters{spi, {}, nullptr});
    made->window.start_at(start);
    return made;
  };
  for (Tables* tables : {&tables_here, &tables_there})
    for (const char* peer : {"fd80:8::2", "fd80:9::2", "fd80:a::2"})
      tables->apply(SetInboundSas{ip(peer), {sa(6), sa(5)}});
  Shard here(tables_here.port_count(), tables_here.network_count(), &engine);
  Shard there(tables_there.port_count(), tables_there.network_count(), &engine);
  std::vector<Buffer> slice;
  std::vector<Stripped> expected;
  for (auto packets = *rc::gen::inRange<std::size_t>(1, kSlice + 1); packets > 0; --packets) {
    const auto peer = *rc::gen::element("fd80:8::2", "fd80:8::2", "fd80:9::2", "fd80:a::2");
    const auto own = *rc::gen::element("fd80:4::2", "fd80:4::2", "fd80:4::3", "fd80:4::4");
    const auto id = *rc::gen::element<std::uint32_t>(0, 1, 1, 1, 1, 2, 2, 3);
    const auto cookie = *rc::gen::element<std::uint64_t>(0, 0x1122334455667788, 0x1122334455667788);
    if (*rc::gen::inRange(0, 3) == 0) {
      here.likely_sealed_session = *rc::gen::inRange<std::uint32_t>(0, 20);
    } else if (const Session* session = tables_here.sessions().find(SessionTable::hash(ip(peer), id), ip(peer), id)) {
      here.likely_sealed_session = tables_here.sessions().index(*session);
    }
    Buffer frame = ping(kB, kA);
    frame.resize(*rc::gen::inRange<std::size_t>(4, frame.size() + 1));
    const auto spi = *rc::gen::element<std::uint32_t>(5, 5, 5, 6, 7);
    // Each has a number of its own, but for some that are copies of others: of two different packets with one number
    // either may be the one that is replayed, and there are none such.
    Buffer bytes = in_esp(l2tp_ipv6(peer, own, id, cookie, frame), spi,
                          static_cast<std::uint32_t>(start == 0 ? 100 - packets : start - 30 * packets));
    at<Be32>(bytes.data(), sizeof(wire::Ethernet)) = Be32(6u << 28 | *rc::gen::element(0u, 0u, 0u, 1u, 3u) << 20);
    for (auto spoilt = *rc::gen::element(0, 0, 0, 1, 2); spoilt > 0; --spoilt) {
      constexpr std::size_t kSequence = kPlainHeaders + offsetof(wire::Esp, sequence);
      const auto place = *rc::gen::inRange<std::size_t>(0, bytes.size());
      if (place < kSequence || place >= kSequence + sizeof(Be32))
        bytes[place] ^= std::byte{1} << *rc::gen::inRange(0, 8);
    }
    if (!slice.empty() && *rc::gen::inRange(0, 4) == 0) bytes = *rc::gen::elementOf(slice);

    slice.push_back(bytes);
    expected.push_back(long_way(bytes, tables_there, there));
  }
  RC_ASSERT(as_received(slice, tables_here, here) == expected);
}

}  // namespace
}  // namespace lisper
