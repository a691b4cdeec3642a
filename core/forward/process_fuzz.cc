// Any bytes on any port, through every table state a packet can meet.

#include <cstring>

#include "core/forward/testing.h"

namespace {

using namespace lisper;
using namespace lisper::testing;

LisperConfig config() {
  LisperConfig c = site04();
  c.exits.push_back({"e0v4", ip("10.5.0.1"), InterfaceId(0), {}, mac("00:00:00:00:00:04")});
  const auto tunnel = [&](std::uint32_t session, Transport transport, std::uint8_t cookie_length, bool counter) {
    TunnelConfig t;
    t.ip = ip("10.5.0.2");
    t.exit = ExitId(1);
    t.transport = transport;
    t.session_id = t.remote_session_id = SessionId(session);
    t.cookie = t.remote_cookie = {0, cookie_length};
    t.counter = counter;
    c.local_networks.push_back({Iid(2), {}, t});
  };
  tunnel(1, Transport::kUdp, 8, false);
  tunnel(2, Transport::kIp, 4, true);
  tunnel(3, Transport::kUdp, 0, false);
  c.interfaces.push_back({"e13.5", mac("00:00:00:00:01:05"), PortId(2), 5, 1400});
  c.local_networks.push_back({Iid(2), InterfaceId(3), {}});
  c.policies = {{Iid(1)}};
  c.policies[0].suppress_arp = true;
  return c;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Bench bench = [] {
    Bench b(config());
    b.tables.apply(SetReplication{Tables::flood_list(NetworkId(1)), {kTunnel1, kTunnel2, kLan03, kLan13, kSite08}});
    b.tables.apply(SetEntry{NetworkId(1), mac("00:00:00:00:aa:05"), {FibKind::kMapped, kSite08.value}, 0});
    b.tables.apply(SetEntry{NetworkId(1), mac("00:00:00:00:aa:01"), {FibKind::kLocal, kTunnel1.value}, 0});
    b.tables.apply(SetBinding{{NetworkId(1), ip("10.0.0.5")}, {mac(kRemote), {}, 0}});
    b.tables.apply(SetBinding{{NetworkId(1), ip("10.0.0.3")}, {mac(kB), {}, 0}});
    return b;
  }();
  if (size < 2) return 0;
  const PortId port(data[0] % 3);
  bench.now = bench.now + milliseconds(data[1]);
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  const Buffer frame(bytes + 2, bytes + size);
  const Verdict verdict = bench.send(port, frame);
  if (verdict.action == Action::kDrop && verdict.reason == Reason::kNone) __builtin_trap();
  if (const auto complete = bench.shard.reassembler.take_complete())
    bench.send(complete->port, Buffer(complete->frame.begin(), complete->frame.end()));
  bench.events.clear();
  return 0;
}
