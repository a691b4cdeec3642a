// What hosts and strangers may try, and what becomes of it: a counted drop each, and no table that grows.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/control/control_plane.h"
#include "core/forward/testing.h"

namespace lisper {
namespace {

using namespace testing;

constexpr NetworkId kNetwork{1};
constexpr auto kOwn = "00:00:00:00:01:03";  // interface e03

LisperConfig limited(std::uint32_t max_macs, std::optional<std::uint32_t> on_lan03 = {}) {
  LisperConfig config = site04();
  config.max_macs = max_macs;
  config.local_networks[2].max_macs = on_lan03;
  return config;
}

/// Site 04 with its control plane.
class Attack : public ::testing::Test {
 protected:
  explicit Attack(const LisperConfig& config = site04()) : bench(config), control(config, bench.tables) {
    bench.learns = false;
    bench.tables.apply(SetReplication{Tables::flood_list(kNetwork), {kTunnel1, kTunnel2, kLan03, kLan13, kSite08}});
  }

  Verdict send(PortId port, const Buffer& frame) {
    bench.events.clear();
    const Verdict verdict = bench.send(port, frame);
    for (const Event& event : bench.events) {
      control.on_event(event, bench.now, out);
      carry_out();
    }
    return verdict;
  }
  /// A frame of a host, bare or through tunnel 1.
  Verdict from(PortId port, std::string_view host, std::string_view to = kAll) {
    const Buffer frame = ping(to, host);
    return send(port, port == kExitPort ? l2tp_ipv6("fd80:1::2", "fd80:4::2", 1, 0, frame) : frame);
  }
  void say(std::string_view rloc) {
    std::string text = R"({"type": "map-cache", "instance-id": "1", "eid-prefix": "0000-0000-aa01/48", "rlocs": [)";
    if (!rloc.empty()) text += R"({"rloc": ")" + std::string(rloc) + R"("})";
    text += "]}";
    control.on_message(std::as_bytes(std::span(text)), bench.now, out);
    carry_out();
  }
  void pass(TimeNs time) {
    bench.now = bench.now + time;
    while (control.next_deadline() <= bench.now) {
      control.tick(bench.now, out);
      carry_out();
    }
  }
  void carry_out() {
    for (const TableDelta& delta : out.deltas) bench.tables.apply(delta);
    out.clear();
  }
  [[nodiscard]] FibValue at(std::string_view host) const {
    const Fib::Entry* entry = bench.tables.fib().find(FibKey(kNetwork, mac(host)));
    return entry == nullptr ? FibValue{} : entry->load();
  }
  static FibValue local(LocationId place) { return {FibKind::kLocal, place.value}; }
  void expect_dropped(const Verdict& verdict, Reason reason) {
    EXPECT_EQ(verdict.action, Action::kDrop);
    EXPECT_EQ(text(verdict.reason).name, text(reason).name);
    EXPECT_GE(bench.count(reason), 1u);
  }
  static std::string host(unsigned number) { return to_string(MacAddress::from_u64(0x0200'0000'0000 + number)); }

  Bench bench;
  ControlPlane control;
  Outbox out;
};

struct SmallTable : Attack {
  SmallTable() : Attack(limited(100)) {}
};
struct LimitedPort : Attack {
  LimitedPort() : Attack(limited(100, 10)) {}
};

TEST_F(Attack, OurOwnMacAsSource) {
  for (const PortId port : {kLan03Port, kLan13Port, kExitPort}) expect_dropped(from(port, kOwn), Reason::kOwnSource);
  EXPECT_EQ(bench.tables.fib().size(), 0u);
  EXPECT_EQ(control.counters().punts_sent, 0u);
}

TEST_F(Attack, ATunnelInATunnelIsNotOpened) {
  Buffer inner = l2tp_ipv6("fd80:2::2", "fd80:4::2", 2, 0x1122334455667788, ping(kAll, kB));
  inner = ethernet(kOwn, kA, wire::kEtherTypeIpv6, Buffer(inner.begin() + 14, inner.end()));
  for (const Buffer& frame : {inner, l2tp_ipv6("fd80:1::2", "fd80:4::2", 1, 0, inner)})
    expect_dropped(send(frame.size() == inner.size() ? kLan03Port : kExitPort, frame), Reason::kOwnDestination);
  EXPECT_EQ(at(kB), FibValue{}) << "whom the inner frame is from";
}

TEST_F(Attack, AStolenMacIsHeldAtItsOwner) {
  from(kLan03Port, kA);
  for (int i = 0; i < 2; ++i) {
    from(kLan13Port, kA);
    EXPECT_EQ(at(kA), local(kLan13)) << "it may be a move";
    from(kLan03Port, kA);
    EXPECT_EQ(at(kA), local(kLan03));
  }
  from(kLan13Port, kA);
  EXPECT_EQ(at(kA), local(kLan03));
  EXPECT_EQ(control.counters().hosts_pinned, 1u);
  for (int i = 0; i < 10; ++i) {
    expect_dropped(from(kLan13Port, kA), Reason::kMacPinned);
    EXPECT_NE(from(kLan03Port, kA).action, Action::kDrop);
    pass(seconds(10));
  }
  EXPECT_EQ(bench.count(Reason::kMacPinned), 10u);
  EXPECT_EQ(control.counters().hosts_pinned, 1u) << "it costs the control plane nothing";
  pass(seconds(80));
  EXPECT_NE(from(kLan13Port, kA).action, Action::kDrop) << "after three minutes it may move";
  EXPECT_EQ(at(kA), local(kLan13));
}

TEST_F(Attack, AStolenMacOfARemoteHostIsHeldWhereTheControllerSays) {
  const FibValue remote{FibKind::kMapped, kSite08.value};
  for (int i = 0; i < 4; ++i) {
    say("fd80:8::2");
    EXPECT_EQ(at(kA), remote);
    from(kLan03Port, kA);
    EXPECT_EQ(at(kA), local(kLan03));
    say("");  // it believes that the host has moved; the host's next frame tells it otherwise
  }
  say("fd80:8::2");
  from(kLan03Port, kA);
  EXPECT_EQ(at(kA), remote);
  expect_dropped(from(kLan03Port, kA), Reason::kMacPinned);
  expect_dropped(from(kLan13Port, kA), Reason::kMacPinned);
}

TEST_F(Attack, AControllerThatRepeatsItselfMovesNobody) {
  for (int i = 0; i < 20; ++i) {
    say("fd80:8::2");
    EXPECT_NE(from(kLan03Port, kA).action, Action::kDrop);
    EXPECT_EQ(at(kA), local(kLan03));
  }
}

TEST_F(Attack, SlowMovesAreMoves) {
  from(kLan03Port, kA);
  for (int i = 0; i < 20; ++i) {
    pass(seconds(46));
    const bool there = i % 2 == 0;
    EXPECT_NE(from(there ? kLan13Port : kLan03Port, kA).action, Action::kDrop);
    EXPECT_EQ(at(kA), local(there ? kLan13 : kLan03));
  }
}

TEST_F(LimitedPort, MoreHostsThanALocalNetworkMayHave) {
  for (unsigned i = 0; i < 10; ++i) EXPECT_NE(from(kLan03Port, host(i)).action, Action::kDrop);
  for (unsigned i = 10; i < 1000; ++i) expect_dropped(from(kLan03Port, host(i)), Reason::kMacLimit);
  EXPECT_EQ(bench.tables.fib().size(), 10u);
  EXPECT_NE(from(kLan03Port, host(3)).action, Action::kDrop);
  EXPECT_NE(from(kLan13Port, host(10)).action, Action::kDrop) << "elsewhere there is room";
  from(kLan13Port, host(3));
  EXPECT_NE(from(kLan03Port, host(11)).action, Action::kDrop) << "one has gone";
  expect_dropped(from(kLan03Port, host(12)), Reason::kMacLimit);
  pass(seconds(70));
  EXPECT_NE(from(kLan03Port, host(12)).action, Action::kDrop) << "all were silent";
}

TEST_F(SmallTable, AFloodFromOnePortPushesOutNobodyElse) {
  for (unsigned i = 0; i < 5; ++i) from(kLan13Port, host(0x1000 + i));
  from(kLan03Port, kB);
  for (unsigned i = 0; i < 1000; ++i) from(kLan03Port, host(i));
  EXPECT_EQ(bench.tables.fib().size(), 100u);
  for (unsigned i = 0; i < 5; ++i) EXPECT_EQ(at(host(0x1000 + i)), local(kLan13));
  for (unsigned i = 5; i < 40; ++i) {
    from(kLan13Port, host(0x1000 + i));
    EXPECT_EQ(at(host(0x1000 + i)), local(kLan13)) << "a new host elsewhere takes a place of the flood's";
  }
  EXPECT_EQ(at(kB), local(kLan03)) << "that of its newest, not of a host that was there before";
  EXPECT_EQ(bench.tables.fib().size(), 100u);
  for (unsigned i = 40; i < 1000; ++i) from(kLan13Port, host(0x1000 + i));
  unsigned left = 0;
  for (unsigned i = 0; i < 1000; ++i) left += at(host(i)) == local(kLan03) ? 1 : 0;
  EXPECT_NEAR(left, 50, 1) << "two floods share the table";
}

TEST_F(Attack, ASessionsPacketsFromAWrongPeer) {
  const Buffer frame = ping(kAll, kA);
  expect_dropped(send(kExitPort, l2tp_ipv6("fd80:9::2", "fd80:4::2", 1, 0, frame)), Reason::kUnknownPeer);
  expect_dropped(send(kExitPort, l2tp_ipv6("fd80:2::2", "fd80:4::2", 1, 0, frame)), Reason::kUnknownSession);
  expect_dropped(send(kExitPort, l2tp_ipv6("fd80:1::2", "fd80:4::3", 1, 0, frame)), Reason::kNotOurAddress);
  expect_dropped(send(kExitPort, l2tp_ipv6("fd80:1::2", "fd80:4::2", 1, 7, frame)), Reason::kBadCookie);
  expect_dropped(send(kExitPort, l2tp_ipv6("fd80:8::2", "fd80:4::2", 2, 0, frame)), Reason::kUnknownIid);
  EXPECT_EQ(bench.tables.fib().size(), 0u);
}

TEST_F(Attack, OversizedFrames) {
  bench.tables.apply(SetEntry{kNetwork, mac(kRemote), {FibKind::kMapped, kSite08.value}, 0});
  const Verdict verdict = send(kLan03Port, ethernet(kRemote, kA, 0x88b5, Buffer(60'000)));
  expect_dropped(verdict, Reason::kMtuExceeded);
  EXPECT_TRUE(bench.outputs.empty());
}

}  // namespace
}  // namespace lisper
