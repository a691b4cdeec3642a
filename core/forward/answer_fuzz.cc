// Any ARP and ND messages, from local hosts and LISPERs, with a control plane that believes them.

#include <algorithm>
#include <cstdlib>
#include <string>

#include "core/control/control_plane.h"
#include "core/forward/testing.h"
#include "core/wire/neighbour_message.h"

namespace {

using namespace lisper;
using namespace lisper::testing;

constexpr std::uint32_t kMaxMacs = 24;

LisperConfig config() {
  LisperConfig c = site04();
  c.max_macs = kMaxMacs;
  c.policies = {{Iid(1)}};
  c.policies[0].suppress_arp = true;
  return c;
}

struct Node {
  Node() : bench(config()), control(config(), bench.tables) {
    bench.tables.apply(SetReplication{Tables::flood_list(NetworkId(1)), {kTunnel1, kLan03, kLan13, kSite08}});
    std::string message =
        R"({"type": "map-cache", "instance-id": "1", "eid-prefix": "00:00:00:00:aa:05/48", "rlocs": [{"rloc": "fd80:8::2"}]})";
    control.on_message(std::as_bytes(std::span(message)), bench.now, out);
    carry_out();
  }

  void carry_out() {
    for (const TableDelta& delta : out.deltas) bench.tables.apply(delta);
    out.clear();
  }
  void pass(TimeNs time) {
    bench.now = bench.now + time;
    while (control.next_deadline() <= bench.now) {
      control.tick(bench.now, out);
      carry_out();
    }
  }
  void send(PortId port, const Buffer& frame) {
    const auto before = bench.count(Reason::kAnsweredHere);
    bench.events.clear();
    const Verdict verdict = bench.send(port, frame);
    for (const Event& event : bench.events) {
      control.on_event(event, bench.now, out);
      carry_out();
    }
    if (bench.tables.bindings().size() > kMaxMacs) std::abort();
    if (bench.count(Reason::kAnsweredHere) == before) return;
    // An answer is well formed, is from where it says, and goes back.
    if (verdict.action != Action::kForward || bench.outputs.size() != 1 || bench.outputs[0].port != port) std::abort();
    if (port == kExitPort) return;
    const Bytes sent(bench.outputs[0].frame);
    const auto message = decode_neighbour_message(sent);
    if (!message || message->kind != NeighbourMessage::Kind::kAdvertisement || message->mac != message->frame_source)
      std::abort();
  }

  Bench bench;
  ControlPlane control;
  Outbox out;
};

/// Makes the checksum right, so that more than it is tried.
void mend(Buffer& frame) {
  constexpr std::size_t kIp = sizeof(wire::Ethernet);
  constexpr std::size_t kIcmp = kIp + sizeof(wire::Ipv6);
  if (frame.size() < kIcmp + 8 || at<wire::Ethernet>(frame.data()).ether_type.value() != wire::kEtherTypeIpv6) return;
  auto& ip = at<wire::Ipv6>(frame.data(), kIp);
  const auto length = static_cast<std::uint32_t>(frame.size() - kIcmp);
  ip.payload_length = Be16(static_cast<std::uint16_t>(length));
  at<Be16>(frame.data(), kIcmp + 2) = Be16(0);
  at<Be16>(frame.data(), kIcmp + 2) = wire::checksum(
      Bytes(frame).subspan(kIcmp), wire::pseudo_header_sum(ip.source, ip.destination, wire::kProtocolIcmpv6, length));
}

}  // namespace

/// Frames, each after a byte for where it comes from and one for its length. A port of 3 lets time pass.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Node node;
  auto rest = std::as_bytes(std::span(data, size));
  while (rest.size() >= 2) {
    const auto where = static_cast<std::uint8_t>(rest[0]);
    const auto length = static_cast<std::size_t>(rest[1]);
    rest = rest.subspan(2);
    if ((where & 3) == 3) {
      node.pass(seconds(static_cast<std::int64_t>(length)));
      continue;
    }
    const Bytes inner = rest.first(std::min(length, rest.size()));
    rest = rest.subspan(inner.size());
    Buffer frame(inner.begin(), inner.end());
    if ((where & 4) != 0) mend(frame);
    const PortId port(where & 3);
    const char* peer = (where & 8) != 0 ? "fd80:8::2" : "fd80:1::2";
    node.send(port, port == kExitPort ? l2tp_ipv6(peer, "fd80:4::2", 1, 0, frame) : frame);
  }
  return 0;
}
