// Frames to groups, storm limits and what unknown MACs come to: the policies of a network and the limits of a port.

#include "core/forward/group.h"

#include <gtest/gtest.h>

#include "core/forward/testing.h"

namespace lisper {
namespace {

using namespace testing;

constexpr auto kGroup = "01:00:5e:01:01:01";   // 239.1.1.1, and 224.129.1.1
constexpr auto kGroup6 = "33:33:00:01:00:01";  // ff0e::1:1
constexpr ReplicationListId kRouters{10}, kReports{11}, kListeners{12};

Buffer data4(std::string_view to, std::string_view group) {
  return ethernet(to, kB, wire::kEtherTypeIpv4, ipv4("10.0.0.3", group, wire::kProtocolUdp, Buffer(20)));
}
Buffer data6(std::string_view to, std::string_view group) {
  return ethernet(to, kB, wire::kEtherTypeIpv6, ipv6("fe80::3", group, wire::kProtocolUdp, Buffer(20)));
}
Buffer igmp(std::string_view to, std::string_view message) {
  return ethernet(to, kB, wire::kEtherTypeIpv4, ipv4("10.0.0.3", "239.1.1.1", 2, hex(message)));
}
Buffer mld(std::string_view type) {
  Buffer payload = hex("3a00050200000100");
  payload += hex(type);
  payload += Buffer(23);
  return ethernet("33:33:00:00:00:16", kB, wire::kEtherTypeIpv6, ipv6("fe80::3", "ff02::16", 0, payload));
}

class Policies : public ::testing::Test {
 protected:
  static LisperConfig config_with(NetworkPolicy policy, StormLimits limits = {}) {
    LisperConfig config = site04();
    config.policies = {policy};
    config.ports[1].storm_limits = limits;
    return config;
  }
  /// Routers: tunnel 1. Reports: there and to site 08. Listeners of 239.1.1.1: e13.
  static Bench snooping() {
    NetworkPolicy policy{.iid = Iid(1)};
    policy.multicast = Multicast::kSnoop;
    Bench bench(config_with(policy));
    bench.tables.apply(SetReplication{kRouters, {kTunnel1}});
    bench.tables.apply(SetReplication{kReports, {kTunnel1, kSite08}});
    bench.tables.apply(SetReplication{kListeners, {kLan13}});
    bench.tables.apply(SetGroupLists{NetworkId(1), kRouters, kReports, Tables::flood_list(NetworkId(1))});
    bench.tables.apply(SetEntry{NetworkId(1), mac(kGroup), {FibKind::kReplicate, kListeners.value}, 0});
    return bench;
  }
  /// Where copies went, of a frame from e03.
  static std::vector<PortId> ports(Bench& bench, const Buffer& frame, PortId from = kLan03Port) {
    bench.send(from, frame);
    std::vector<PortId> result;
    for (const auto& output : bench.outputs) result.push_back(output.port);
    return result;
  }
};

using Ports = std::vector<PortId>;
const Ports kEverywhere{kExitPort, kExitPort, kLan13Port};  // both tunnels and e13

TEST_F(Policies, ByDefaultGroupsGoWhereBroadcastsGo) {
  Bench bench(site04());
  for (const Buffer& frame : {data4(kGroup, "239.1.1.1"), igmp(kGroup, "1600"), mld("8f"), data6(kGroup6, "ff0e::1:1")})
    EXPECT_EQ(ports(bench, frame), kEverywhere);
  EXPECT_TRUE(bench.handed_over.empty());
}

TEST_F(Policies, AGroupGoesToItsListeners) {
  Bench bench = snooping();
  EXPECT_EQ(ports(bench, data4(kGroup, "239.1.1.1")), Ports{kLan13Port});
  EXPECT_EQ(ports(bench, data4(kGroup, "224.129.1.1")), Ports{kLan13Port});  // the same MAC, RFC 1112 6.4
  EXPECT_EQ(bench.count(Reason::kNone), 0u);
}

TEST_F(Policies, AGroupWithoutListenersGoesToRouters) {
  Bench bench = snooping();
  EXPECT_EQ(ports(bench, data4("01:00:5e:01:01:02", "239.1.1.2")), Ports{kExitPort});
  EXPECT_EQ(ports(bench, data6(kGroup6, "ff0e::1:1")), Ports{kExitPort});
  bench.tables.apply(SetReplication{kRouters, {}});
  EXPECT_TRUE(ports(bench, data6(kGroup6, "ff0e::1:1")).empty());
  EXPECT_EQ(bench.count(Reason::kNoReceiver), 1u);
}

// RFC 4541 2.1.2 and 3; also if another group has the same MAC.
TEST_F(Policies, GroupsOfTheLinkGoEverywhere) {
  Bench bench = snooping();
  bench.tables.apply(SetEntry{NetworkId(1), mac(kGroup6), {FibKind::kReplicate, kListeners.value}, 0});
  EXPECT_EQ(ports(bench, data4("01:00:5e:00:00:fb", "224.0.0.251")), kEverywhere);
  EXPECT_EQ(ports(bench, data6("33:33:00:00:00:01", "ff02::1")), kEverywhere);
  EXPECT_EQ(ports(bench, data6("33:33:ff:00:aa:05", "ff02::1:ff00:aa05")), kEverywhere);
  EXPECT_EQ(ports(bench, data6(kGroup6, "ff02::1:1")), kEverywhere);
  EXPECT_EQ(ports(bench, data6(kGroup6, "ff0e::1:1")), Ports{kLan13Port});
}

TEST_F(Policies, GroupsThatNobodyCanReportGoEverywhereUnlessTheControllerKnows) {
  Bench bench = snooping();
  const Buffer frame = ethernet("01:80:c2:00:00:0e", kB, 0x88cc, Buffer(40));
  EXPECT_EQ(ports(bench, frame), kEverywhere);
  bench.tables.apply(SetEntry{NetworkId(1), mac("01:80:c2:00:00:0e"), {FibKind::kReplicate, kListeners.value}, 0});
  EXPECT_EQ(ports(bench, frame), Ports{kLan13Port});
}

TEST_F(Policies, ReportsGoToRoutersAndLispersAndTheControlPlane) {
  Bench bench = snooping();
  for (const char* type : {"12", "16", "17", "22"}) {
    const Buffer frame = igmp(kGroup, type);
    EXPECT_EQ(ports(bench, frame), (Ports{kExitPort, kExitPort})) << type;
    EXPECT_EQ(bench.handed_over, (std::vector<Buffer>{frame})) << type;
  }
  for (const char* type : {"83", "84", "8f"}) {
    const Buffer frame = mld(type);
    EXPECT_EQ(ports(bench, frame), (Ports{kExitPort, kExitPort})) << type;
    EXPECT_EQ(bench.handed_over, (std::vector<Buffer>{frame})) << type;
  }
}

TEST_F(Policies, AReportOfALisperGoesToRoutersOnly) {
  Bench bench = snooping();
  const Buffer frame = igmp(kGroup, "16");
  EXPECT_EQ(ports(bench, l2tp_ipv6("fd80:8::2", "fd80:4::2", 1, 0, frame), kExitPort), Ports{kExitPort});
  EXPECT_EQ(bench.handed_over, (std::vector<Buffer>{frame}));
}

TEST_F(Policies, AReportThatNobodyElseGetsIsHandedOverAllTheSame) {
  Bench bench = snooping();
  bench.tables.apply(SetReplication{kReports, {kLan03}});
  EXPECT_TRUE(ports(bench, igmp(kGroup, "16")).empty());
  EXPECT_EQ(bench.handed_over.size(), 1u);
}

TEST_F(Policies, QueriesAndPimHellosGoEverywhereAndToTheControlPlane) {
  Bench bench = snooping();
  const Buffer pim =
      ethernet("01:00:5e:00:00:0d", kB, wire::kEtherTypeIpv4, ipv4("10.0.0.3", "224.0.0.13", 103, hex("2000dfff")));
  for (const Buffer& frame : {igmp("01:00:5e:00:00:01", "1164"), mld("82"), pim}) {
    EXPECT_EQ(ports(bench, frame), kEverywhere);
    EXPECT_EQ(bench.handed_over, (std::vector<Buffer>{frame}));
  }
}

TEST_F(Policies, TruncatedAtEveryByteIsForwardedSomehow) {
  Bench bench = snooping();
  for (const Buffer& whole : {igmp(kGroup, "16"), mld("8f"), data6(kGroup6, "ff0e::1:1")})
    for (std::size_t size = 14; size < whole.size(); ++size)
      EXPECT_NE(bench.send(kLan03Port, Buffer(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))).action,
                Action::kControl);
}

// --- Broadcast and unknown unicast.

TEST_F(Policies, BroadcastCanBeDropped) {
  NetworkPolicy policy{.iid = Iid(1)};
  policy.broadcast = Broadcast::kDrop;
  Bench bench(config_with(policy));
  EXPECT_TRUE(ports(bench, ping(kAll, kB)).empty());
  EXPECT_EQ(bench.count(Reason::kBroadcastPolicy), 1u);
  EXPECT_EQ(ports(bench, data4(kGroup, "239.1.1.1")), kEverywhere);
  EXPECT_EQ(ports(bench, ping(kRemote, kB)), kEverywhere);
}

TEST_F(Policies, UnknownUnicastCanBeDroppedAndIsToldAllTheSame) {
  NetworkPolicy policy{.iid = Iid(1)};
  policy.unknown_unicast = UnknownUnicast::kDrop;
  Bench bench(config_with(policy));
  EXPECT_TRUE(ports(bench, ping(kRemote, kB)).empty());
  EXPECT_EQ(bench.count(Reason::kUnknownPolicy), 1u);
  EXPECT_EQ(bench.count(Reason::kPuntUnknownDestination), 1u);
  // What a LISPER sends is for one of the local hosts.
  EXPECT_EQ(ports(bench, l2tp_ipv6("fd80:8::2", "fd80:4::2", 1, 0, ping(kA, kRemote)), kExitPort).size(), 4u);
  bench.tables.apply(SetEntry{NetworkId(1), mac(kRemote), {FibKind::kMapped, kSite08.value}, 0});
  EXPECT_EQ(ports(bench, ping(kRemote, kB)), Ports{kExitPort});
}

TEST_F(Policies, UnknownUnicastCanBeQueued) {
  NetworkPolicy policy{.iid = Iid(1)};
  policy.unknown_unicast = UnknownUnicast::kQueue;
  Bench bench(config_with(policy));
  const Buffer frame = ping(kRemote, kA);
  const Verdict verdict = bench.send(kExitPort, l2tp_ipv6("fd80:1::2", "fd80:4::2", 1, 0, frame));
  EXPECT_EQ(verdict.action, Action::kQueue);
  EXPECT_EQ(verdict.network, NetworkId(1));
  EXPECT_EQ(verdict.ingress, kTunnel1);
  EXPECT_EQ(bench.handed_over, (std::vector<Buffer>{frame}));  // bare
}

// --- Storm limits.

TEST_F(Policies, StormsAreLimitedByPortAndClass) {
  Bench bench(config_with({.iid = Iid(1)}, {3, 2, 1}));
  for (int i = 0; i < 5; ++i) {
    bench.send(kLan03Port, ping(kAll, kB));
    bench.send(kLan03Port, data4(kGroup, "239.1.1.1"));
    bench.send(kLan03Port, ping(kRemote, kB));
    bench.send(kLan03Port, ping(kB, kB));  // known: no limit
    bench.send(kLan13Port, ping(kAll, kA));
  }
  EXPECT_EQ(bench.count(Reason::kBroadcastStorm), 2u);
  EXPECT_EQ(bench.count(Reason::kMulticastStorm), 3u);
  EXPECT_EQ(bench.count(Reason::kUnknownStorm), 4u);
  bench.now = bench.now + seconds(1);
  EXPECT_FALSE(ports(bench, ping(kAll, kB)).empty());
  EXPECT_EQ(bench.count(Reason::kBroadcastStorm), 2u);
}

TEST(StormMeter, AllowsABurstAndThenTheRate) {
  std::atomic<std::int64_t> full_at{0};
  const StormMeter meter(10, &full_at);
  const auto allowed = [&](TimeNs now) {
    int count = 0;
    while (meter.allow(now)) ++count;
    return count;
  };
  TimeNs now = seconds(50);
  EXPECT_EQ(allowed(now), 10);
  EXPECT_EQ(allowed(now + milliseconds(99)), 0);
  EXPECT_EQ(allowed(now + milliseconds(100)), 1);
  EXPECT_EQ(allowed(now + milliseconds(550)), 4);
  EXPECT_EQ(allowed(now + seconds(100)), 10);
  EXPECT_EQ(allowed(now), 0);  // another worker's clock may be behind
}

TEST(StormMeter, NeverAllowsMoreThanTheLimit) {
  for (const std::uint32_t rate : {1u, 3u, 7u, 1'000u, 999'999u, 4'294'967'295u}) {
    std::atomic<std::int64_t> full_at{0};
    const StormMeter meter(rate, &full_at);
    std::uint64_t count = 0;
    for (std::int64_t us = 0; us < 2'000'000; us += 7) count += meter.allow(microseconds(us)) ? 1u : 0u;
    EXPECT_LE(count, std::uint64_t{rate} * 3);
    EXPECT_GE(count, std::min<std::uint64_t>(rate * 2ull, 285'000));
  }
  EXPECT_TRUE(StormMeter(std::nullopt, nullptr).allow({}));
}

// --- Frames of the control plane's.

TEST_F(Policies, InjectedFramesAreSentToAPlaceOrAsIfTheyCameIn) {
  Bench bench(site04());
  const auto inject_bare = [&](LocationId to) {
    Buffer memory(kHeadroom);
    memory += ping(kRemote, kB);
    memory.resize(memory.size() + kTailroom);
    Packet packet{
        memory.data() + kHeadroom, static_cast<std::uint32_t>(memory.size() - kHeadroom - kTailroom), kLan03Port, {}};
    packet.verdict.network = NetworkId(1);
    packet.verdict.ingress = to == kNoLocation ? kLan03 : to;
    inject(packet, to, bench.tables, bench.shard, bench.now);
    return packet.verdict;
  };
  EXPECT_EQ(inject_bare(kLan13).port, kLan13Port);
  EXPECT_EQ(inject_bare(kSite08).port, kExitPort);
  EXPECT_EQ(inject_bare(kNoLocation).action, Action::kReplicate);
  bench.tables.apply(SetEntry{NetworkId(1), mac(kRemote), {FibKind::kLocal, kLan13.value}, 0});
  EXPECT_EQ(inject_bare(kNoLocation).port, kLan13Port);
}

}  // namespace
}  // namespace lisper
