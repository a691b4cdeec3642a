// Any bytes on any port: explain() says what process() does.

#include <cstdlib>

#include "core/forward/explain.h"
#include "core/forward/testing.h"

namespace {

using namespace lisper;
using namespace lisper::testing;

LisperConfig config() {
  LisperConfig c = site04();
  c.exits.push_back({"e0v4", ip("10.5.0.1"), InterfaceId(0), {}, mac("00:00:00:00:00:04")});
  TunnelConfig tunnel;
  tunnel.ip = ip("10.5.0.2");
  tunnel.exit = ExitId(1);
  tunnel.transport = Transport::kUdp;
  tunnel.session_id = tunnel.remote_session_id = SessionId(1);
  tunnel.cookie = tunnel.remote_cookie = {0, 4};
  c.local_networks.push_back({Iid(1), {}, tunnel});
  c.interfaces.push_back({"e13.5", mac("00:00:00:00:01:05"), PortId(2), 5, 1400});
  c.local_networks.push_back({Iid(1), InterfaceId(3), {}});
  return c;
}

std::string_view outcome(Action action) {
  switch (action) {
    case Action::kForward:
      return "forward to ";
    case Action::kReplicate:
      return "replicate, ";
    case Action::kControl:
      return "control";
    case Action::kHold:
      return "hold for ";
    case Action::kQueue:
      return "queue until ";
    case Action::kDrop:
      break;
  }
  return "drop: ";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const LisperConfig kConfig = config();
  static Bench bench = [] {
    Bench b(kConfig);
    b.tables.apply(SetEntry{NetworkId(1), mac(kRemote), {FibKind::kMapped, kSite08.value}, 0});
    b.tables.apply(SetEntry{NetworkId(1), mac(kA), {FibKind::kLocal, kTunnel1.value}, 0});
    return b;
  }();
  if (size < 1) return 0;
  const PortId port(data[0] % 3);
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  const Buffer frame(bytes + 1, bytes + size);
  const auto steps = explain(frame, port, bench.tables, kConfig, bench.now);
  bench.shard = Shard(bench.tables.port_count(), bench.tables.network_count());
  const Verdict verdict = bench.send(port, frame);
  std::string expected(outcome(verdict.action));
  if (verdict.action == Action::kDrop) expected += text(verdict.reason).name;
  if (!steps.back().text.starts_with(expected)) std::abort();
  return 0;
}
