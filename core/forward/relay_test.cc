// Replication lists with levels, and entries for one source, as process() sees them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/forward/explain.h"
#include "core/forward/testing.h"

namespace lisper {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace testing;

constexpr NetworkId kNetwork{1};
constexpr LocationId kSite09{5}, kSite12{6};
constexpr auto kGroup = "01:00:5e:01:02:03";
constexpr ReplicationListId kFlood{1}, kForGroup{2}, kForSource{3};

LisperConfig config() {
  LisperConfig c = site04();
  c.lispers.push_back({ip("fd80:9::2"), ExitId(0), {}});
  c.lispers.push_back({ip("fd80:12::2"), ExitId(0), {}});
  return c;
}

Buffer from_lisper(std::string_view peer, const Buffer& frame) { return l2tp_ipv6(peer, "fd80:4::2", 1, 0, frame); }

/// Where the last frame's copies went: the outer destination, or the port's name.
std::vector<std::string> receivers(const Bench& bench) {
  std::vector<std::string> result;
  for (const Bench::Output& output : bench.outputs)
    result.push_back(output.port == kExitPort
                         ? to_string(at<wire::Ipv6>(output.frame.data(), sizeof(wire::Ethernet)).destination)
                         : "port " + std::to_string(output.port.value));
  return result;
}

struct Relaying : ::testing::Test {
  /// Site 9 is served by us, and site 12 by site 9.
  Relaying() : bench(config()) {
    bench.tables.apply(SetReplication{kFlood, {kTunnel1, kLan03, kSite08, kSite09}, {{kSite09, {kSite09, kSite12}}}});
  }
  Bench bench;
};

TEST_F(Relaying, PassesOnWhatComesFromALisper) {
  bench.send(kExitPort, from_lisper("fd80:8::2", ping(kAll, kRemote)));
  EXPECT_THAT(receivers(bench), ElementsAre("fd80:1::2", "port 1", "fd80:9::2"));
  bench.send(kLan03Port, ping(kAll, kA));
  EXPECT_THAT(receivers(bench), ElementsAre("fd80:1::2", "fd80:8::2", "fd80:9::2"));
}

TEST_F(Relaying, SendsNothingTheWayItCame) {
  for (const std::string_view behind : {"fd80:9::2", "fd80:12::2"}) {
    bench.send(kExitPort, from_lisper(behind, ping(kAll, kRemote)));
    EXPECT_THAT(receivers(bench), ElementsAre("fd80:1::2", "port 1")) << behind;
  }
}

TEST_F(Relaying, EncapsulatesAnew) {
  const Buffer frame = ping(kAll, kRemote);
  bench.send(kExitPort, from_lisper("fd80:8::2", frame));
  const Buffer& relayed = bench.outputs.back().frame;
  const auto& outer = at<wire::Ipv6>(relayed.data(), sizeof(wire::Ethernet));
  EXPECT_EQ(IpAddress(outer.source), ip("fd80:4::2"));
  EXPECT_EQ(at<wire::Ethernet>(relayed.data()).destination, mac("00:00:00:00:00:04"));
  EXPECT_EQ(Buffer(relayed.end() - static_cast<std::ptrdiff_t>(frame.size()), relayed.end()), frame);
  EXPECT_EQ(bench.shard.network(kNetwork).tx_packets, 3u);
  EXPECT_EQ(bench.shard.port(kExitPort).tx_packets, 2u);
  EXPECT_EQ(bench.shard.network(kNetwork).rx_packets, 1u);
}

TEST_F(Relaying, NeedsNoCopyForOneReceiver) {
  bench.tables.apply(SetReplication{kFlood, {kSite08, kSite09}, {{kSite09, {kSite09}}}});
  EXPECT_EQ(bench.send(kExitPort, from_lisper("fd80:8::2", ping(kAll, kRemote))).action, Action::kForward);
  EXPECT_THAT(receivers(bench), ElementsAre("fd80:9::2"));
  bench.send(kExitPort, from_lisper("fd80:9::2", ping(kAll, kRemote)));
  EXPECT_EQ(bench.count(Reason::kNoReceiver), 1u);
}

TEST_F(Relaying, IsCountedUnderTheEntry) {
  bench.shard.usage = Usage::counting();
  bench.send(kExitPort, from_lisper("fd80:8::2", ping(kAll, kRemote)));
  std::vector<LocationId> counted;
  for (const Usage::Slot& slot : bench.shard.usage.slots())
    if (slot.packets != 0) counted.push_back(slot.location);
  EXPECT_THAT(counted, ElementsAre(kSite09));
  EXPECT_EQ(bench.shard.usage.received().packets, 1u);
}

TEST_F(Relaying, OfUnicastOnlyWhatIsNotForUs) {
  bench.tables.apply(SetEntry{kNetwork, mac(kB), {FibKind::kLocal, kLan03.value}, 0});
  bench.send(kExitPort, from_lisper("fd80:8::2", ping(kB, kRemote)));
  EXPECT_THAT(receivers(bench), ElementsAre("port 1"));

  // The sender's LISPER floods what it does not know; that we know where the host is must not stop it.
  bench.tables.apply(SetEntry{kNetwork, mac(kB), {FibKind::kMapped, kSite12.value}, 0});
  bench.send(kExitPort, from_lisper("fd80:8::2", ping(kB, kRemote)));
  EXPECT_THAT(receivers(bench), ElementsAre("fd80:1::2", "port 1", "fd80:9::2"));
  bench.tables.apply(SetReplication{kFlood, {kTunnel1, kLan03, kSite08, kSite09}});
  bench.send(kExitPort, from_lisper("fd80:8::2", ping(kB, kRemote)));
  EXPECT_EQ(bench.count(Reason::kSplitHorizon), 1u);
}

TEST_F(Relaying, IsExplained) {
  std::vector<std::string> told;
  for (const Step& step :
       explain(from_lisper("fd80:8::2", ping(kAll, kRemote)), kExitPort, bench.tables, config(), bench.now))
    told.push_back(step.stage + ": " + step.text);
  EXPECT_THAT(told, Contains("copy: relayed to lisper fd80:9::2: forward to e0, 164 bytes"));
  EXPECT_THAT(told, Contains("copy: none to lisper fd80:8::2: from a LISPER, towards a LISPER"));
  EXPECT_EQ(told.back(), "verdict: replicate, 3 copies");
}

/// The group goes to site 8; from host A to site 9, by an entry with the id 7.
struct OneSource : ::testing::Test {
  OneSource() : bench(config()) {
    bench.tables.apply(SetReplication{kForGroup, {kTunnel1, kSite08}});
    bench.tables.apply(SetReplication{kForSource, {kTunnel1, kSite09}});
    bench.tables.apply(SetEntry{kNetwork, mac(kGroup), {FibKind::kReplicate, kForGroup.value}, 0});
    bench.tables.apply(entry);
    bench.tables.apply(entry);  // deltas may come twice
  }
  SetSourceEntry entry{kNetwork, mac(kA), mac(kGroup), {kForSource, SourceEntryId(7)}};
  Bench bench;
};

TEST_F(OneSource, ComesBeforeTheGroup) {
  bench.send(kLan03Port, ping(kGroup, kA));
  EXPECT_THAT(receivers(bench), ElementsAre("fd80:1::2", "fd80:9::2"));
  bench.send(kLan03Port, ping(kGroup, kB));
  EXPECT_THAT(receivers(bench), ElementsAre("fd80:1::2", "fd80:8::2"));
  bench.send(kExitPort, from_lisper("fd80:12::2", ping(kGroup, kA)));
  EXPECT_THAT(receivers(bench), ElementsAre("fd80:1::2"));
  EXPECT_EQ(bench.tables.network(kNetwork).source_entries, 1u);

  bench.tables.apply(EraseSourceEntry{kNetwork, mac(kA), mac(kGroup)});
  bench.tables.apply(EraseSourceEntry{kNetwork, mac(kA), mac(kGroup)});
  bench.send(kLan03Port, ping(kGroup, kA));
  EXPECT_THAT(receivers(bench), ElementsAre("fd80:1::2", "fd80:8::2"));
  EXPECT_EQ(bench.tables.network(kNetwork).source_entries, 0u);
}

TEST_F(OneSource, HoldsForBroadcastsToo) {
  bench.tables.apply(SetSourceEntry{kNetwork, mac(kA), kBroadcastMac, {kForSource, SourceEntryId(8)}});
  bench.tables.apply(SetReplication{kFlood, {kLan13}});
  bench.send(kLan03Port, ping(kAll, kA));
  EXPECT_THAT(receivers(bench), ElementsAre("fd80:1::2", "fd80:9::2"));
  bench.send(kLan03Port, ping(kAll, kB));
  EXPECT_THAT(receivers(bench), ElementsAre("port 2"));
}

TEST_F(OneSource, IsCountedApart) {
  bench.shard.usage = Usage::counting();
  bench.send(kLan03Port, ping(kGroup, kA));
  bench.send(kLan03Port, ping(kGroup, kB));
  for (const Usage::Slot& slot : bench.shard.usage.slots()) {
    if (slot.packets == 0) continue;
    EXPECT_EQ(slot.source, slot.location == kSite09 ? SourceEntryId(7) : kNoSourceEntry);
    EXPECT_EQ(slot.packets, 1u);
    EXPECT_EQ(slot.length, 48);
  }
  // One that only snooping knows of is no entry of the controller's.
  bench.shard.usage.clear();
  entry.entry.id = kNoSourceEntry;
  bench.tables.apply(entry);
  bench.send(kLan03Port, ping(kGroup, kA));
  EXPECT_TRUE(std::ranges::all_of(bench.shard.usage.slots(), [](const auto& slot) { return slot.packets == 0; }));
}

TEST_F(OneSource, IsExplained) {
  std::vector<std::string> told;
  for (const Step& step : explain(ping(kGroup, kA), kLan03Port, bench.tables, config(), bench.now))
    told.push_back(step.stage + ": " + step.text);
  EXPECT_THAT(told, Contains("look up: 01:00:5e:01:02:03, from this source, is at 2 places, each of them"));
  EXPECT_THAT(told, Contains("copy: to lisper fd80:9::2: forward to e0, 164 bytes"));
}

}  // namespace
}  // namespace lisper
