#include "core/control/groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/control/testing.h"
#include "core/wire/igmp.h"

namespace lisper {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr LocationId kE03{0}, kE13{1}, kTunnel{2};
constexpr std::uint32_t kIid = 251;
constexpr auto kGroup = "239.1.1.1";
constexpr auto kGroupMac = "01:00:5e:01:01:01";
constexpr auto kSameMac = "224.129.1.1";
constexpr auto kBroadcastTo08 =
    R"({"instance-id": 251, "eid-prefix": "ffff-ffff-ffff/48", "rles": [{"rle": "fd80:8::2"}]})";

/// IGMP in an IPv4 packet.
Buffer igmp(std::uint8_t type, std::string_view group, std::string_view source = "10.0.0.3") {
  wire::Igmp message{type, 0, {}, group.empty() ? Ipv4Address{} : *parse_ipv4(group)};
  message.checksum = wire::checksum(std::as_bytes(std::span(&message, 1)));
  return ethernet(kGroupMac, kB, wire::kEtherTypeIpv4, ipv4(source, "239.1.1.1", wire::kProtocolIgmp, raw(message)));
}

class Snooping : public ::testing::Test {
 protected:
  static LisperConfig config() {
    LisperConfig config = two_exit_site();
    config.policies = {{.iid = Iid(kIid), .multicast = Multicast::kSnoop}};
    return config;
  }
  void SetUp() override { site.start(); }

  void settle() { site.run_until(site.now + seconds(5)); }
  void report(LocationId from, std::string_view group = kGroup) {
    site.overlay_frame(kIid, from, igmp(wire::kIgmpV2Report, group));
  }
  void leave(LocationId from, std::string_view group = kGroup) {
    site.overlay_frame(kIid, from, igmp(wire::kIgmpLeave, group));
  }
  /// Where frames for `mac` go that have no entry, or have.
  [[nodiscard]] std::vector<LocationId> receivers(std::string_view mac = kGroupMac) const {
    const FibValue value = site.fib(kIid, mac);
    return site.list(value.kind == FibKind::kReplicate ? ReplicationListId(value.target) : network().unregistered);
  }
  [[nodiscard]] const Network& network() const { return site.tables().network(NetworkId(1)); }
  [[nodiscard]] std::vector<LocationId> routers() const { return site.list(network().unregistered); }
  [[nodiscard]] std::vector<LocationId> reports() const { return site.list(network().reports); }
  /// Whom the last call asked, in IPv4, about which group.
  [[nodiscard]] std::vector<std::pair<LocationId, std::string>> asked() const {
    std::vector<std::pair<LocationId, std::string>> result;
    for (const auto& frame : site.out().overlay_frames) {
      if (at<wire::Ethernet>(frame.bytes.data()).ether_type.value() != wire::kEtherTypeIpv4) continue;
      result.emplace_back(frame.to, to_string(at<wire::Igmp>(frame.bytes.data(), 14 + 24).group));
    }
    return result;
  }

  Site site{config()};
  LocationId site08 = site.lisper("fd80:8::2");
};

using Locations = std::vector<LocationId>;

TEST_F(Snooping, AsksEverybodyAtTheStartAndFloodsMeanwhile) {
  EXPECT_THAT(asked(),
              ElementsAre(std::pair(kE03, "0.0.0.0"), std::pair(kE13, "0.0.0.0"), std::pair(kTunnel, "0.0.0.0")));
  EXPECT_EQ(site.out().overlay_frames.size(), 6u);  // and in IPv6
  EXPECT_EQ(routers(), (Locations{kE03, kE13, kTunnel}));
  settle();
  EXPECT_THAT(routers(), IsEmpty());
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(Snooping, AsksAgainSoonAndThenInItsInterval) {
  site.run_until(site.now + milliseconds(31'300));
  EXPECT_EQ(asked().size(), 3u);
  site.run_until(site.now + milliseconds(124'900));
  EXPECT_THAT(asked(), IsEmpty());
  site.run_until(site.now + milliseconds(200));
  EXPECT_EQ(asked().size(), 3u);
}

TEST_F(Snooping, NetworksWithoutThePolicyAreLeftAlone) {
  EXPECT_EQ(site.tables().network(NetworkId(2)).unregistered, Tables::flood_list(NetworkId(2)));
  site.overlay_frame(1, LocationId(3), igmp(wire::kIgmpV2Report, kGroup));
  EXPECT_TRUE(site.out().empty());
}

TEST_F(Snooping, AGroupGoesToWhoReportedIt) {
  settle();
  report(kE13);
  EXPECT_EQ(receivers(), Locations{kE13});
  report(site08);
  EXPECT_EQ(receivers(), (Locations{kE13, site08}));
  EXPECT_EQ(receivers("01:00:5e:01:01:02"), Locations{});
  EXPECT_EQ(site.counters().group_messages, 2u);
}

TEST_F(Snooping, WhatIsMalformedChangesNothing) {
  settle();
  site.overlay_frame(kIid, kE13, ethernet(kGroupMac, kB, wire::kEtherTypeIpv4, Buffer(20)));
  EXPECT_EQ(site.counters().group_malformed, 1u);
  EXPECT_TRUE(site.out().empty());
}

TEST_F(Snooping, AMembershipEndsUnlessItIsRenewed) {
  settle();
  report(kE13);
  report(kTunnel);
  site.run_until(site.now + seconds(200));
  report(kTunnel);
  site.run_until(site.now + seconds(61));
  EXPECT_EQ(receivers(), Locations{kTunnel});
  site.run_until(site.now + seconds(200));
  EXPECT_EQ(receivers(), Locations{});
  EXPECT_EQ(site.fib(kIid, kGroupMac), FibValue{});
}

// RFC 3376 6.4.2, 8.8: asked twice, a second apart.
TEST_F(Snooping, WhoLeavesIsAskedForOthers) {
  settle();
  report(kE13);
  leave(kE13);
  EXPECT_THAT(asked(), ElementsAre(std::pair(kE13, kGroup)));
  leave(kE13);
  EXPECT_THAT(asked(), IsEmpty());
  EXPECT_EQ(receivers(), Locations{kE13});
  site.run_until(site.now + milliseconds(1'500));
  EXPECT_THAT(asked(), ElementsAre(std::pair(kE13, kGroup)));
  site.run_until(site.now + seconds(2));
  EXPECT_EQ(receivers(), Locations{});
}

TEST_F(Snooping, AnAnswerKeepsTheMembership) {
  settle();
  report(kE13);
  leave(kE13);
  site.run_until(site.now + seconds(1));
  report(kE13);
  site.run_until(site.now + seconds(60));
  EXPECT_EQ(receivers(), Locations{kE13});
}

// Other LISPERs hear the leave, too, and know this site's places as one.
TEST_F(Snooping, WhoStaysAtAnotherPlaceOfTheSiteIsAskedToSaySo) {
  settle();
  report(kE13);
  report(kTunnel);
  report(site08);
  leave(kE13);
  EXPECT_THAT(asked(), UnorderedElementsAre(std::pair(kE13, kGroup), std::pair(kTunnel, kGroup)));
  leave(kE13);  // sent twice, RFC 3376 5.1; who answered before is asked behind it
  EXPECT_THAT(asked(), IsEmpty());
  site.run_until(site.now + milliseconds(1'500));
  EXPECT_THAT(asked(), UnorderedElementsAre(std::pair(kE13, kGroup), std::pair(kTunnel, kGroup)));
  site.run_until(site.now + seconds(4));
  EXPECT_EQ(receivers(), (Locations{kTunnel, site08}));
  leave(kE13);  // of no member, but the others cannot know
  EXPECT_THAT(asked(), ElementsAre(std::pair(kTunnel, kGroup)));
  site.run_until(site.now + seconds(60));
  EXPECT_EQ(receivers(), (Locations{kTunnel, site08}));
}

TEST_F(Snooping, WhoWantsAnotherGroupOfTheMacIsNotAsked) {
  settle();
  report(kE13, kGroup);
  report(kTunnel, kSameMac);
  leave(kE13, kGroup);
  EXPECT_THAT(asked(), ElementsAre(std::pair(kE13, kGroup)));
}

TEST_F(Snooping, ALispersLeaveIsItsOwnBusiness) {
  settle();
  report(site08);
  leave(site08);
  EXPECT_THAT(asked(), IsEmpty());
  site.run_until(site.now + seconds(4));
  EXPECT_EQ(receivers(), Locations{});
}

TEST_F(Snooping, ALeaveOfNoMemberIsNothing) {
  settle();
  leave(kE13);
  EXPECT_TRUE(site.out().empty());
}

// RFC 1112 6.4: 32 groups have one MAC.
TEST_F(Snooping, GroupsOfOneMacShareAnEntry) {
  settle();
  report(kE13, kGroup);
  report(kTunnel, kSameMac);
  EXPECT_EQ(receivers(), (Locations{kE13, kTunnel}));
  leave(kE13, kSameMac);  // which it never reported
  site.run_until(site.now + seconds(4));
  EXPECT_EQ(receivers(), (Locations{kE13, kTunnel}));
  leave(kE13, kGroup);
  site.run_until(site.now + seconds(4));
  EXPECT_EQ(receivers(), Locations{kTunnel});
}

TEST_F(Snooping, ARouterGetsEverythingAndIsLeftToAsk) {
  settle();
  report(kE13);
  site.overlay_frame(kIid, kE03, igmp(wire::kIgmpQuery, "", "10.0.0.1"));
  EXPECT_EQ(routers(), Locations{kE03});
  EXPECT_EQ(reports(), Locations{kE03});
  EXPECT_EQ(receivers(), (Locations{kE03, kE13}));
  leave(kE13);
  EXPECT_THAT(asked(), IsEmpty());
  site.run_until(site.now + seconds(250));
  EXPECT_THAT(asked(), IsEmpty());
  site.run_until(site.now + seconds(131));  // it is silent
  EXPECT_EQ(asked().size(), 3u);
  EXPECT_THAT(routers(), IsEmpty());
}

// RFC 4541 2.1.1: 0.0.0.0 is a bridge that asks in place of a router.
TEST_F(Snooping, ABridgesQueryMakesNoRouter) {
  settle();
  site.overlay_frame(kIid, site08, igmp(wire::kIgmpQuery, "", "0.0.0.0"));
  EXPECT_THAT(routers(), IsEmpty());
  site.run_until(site.now + seconds(40));
  EXPECT_EQ(asked().size(), 3u);
}

TEST_F(Snooping, ANewLisperIsAskedAndGetsEverythingMeanwhile) {
  settle();
  report(kE13);
  site.message(kBroadcastTo08);
  EXPECT_THAT(asked(), ElementsAre(std::pair(site08, "0.0.0.0")));
  EXPECT_EQ(routers(), Locations{site08});
  EXPECT_EQ(reports(), Locations{site08});
  EXPECT_EQ(receivers(), (Locations{kE13, site08}));
  settle();
  EXPECT_THAT(routers(), IsEmpty());
  EXPECT_EQ(reports(), Locations{site08});  // so that it knows our listeners
  EXPECT_EQ(receivers(), Locations{kE13});
  site.message(kBroadcastTo08);
  EXPECT_THAT(asked(), IsEmpty());
  site.message(R"({"type": "entire-map-cache", "entries": []})");
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(Snooping, TheControllerNamesLispersOfAGroup) {
  settle();
  report(kE13);
  site.message(R"({"instance-id": 251, "eid-prefix": "0100-5e01-0101/48", "rles": [{"rle": "fd80:9::2"}]})");
  const LocationId site09 = site.lisper("fd80:9::2");
  EXPECT_EQ(receivers(), (Locations{kE13, site09}));
  leave(kE13);
  site.run_until(site.now + seconds(4));
  EXPECT_EQ(receivers(), Locations{site09});
  site.message(
      R"({"type": "map-cache", "opcode": "delete", "instance-id": "251", "eid-prefix": "0100-5e01-0101/48", "rles": []})");
  EXPECT_EQ(site.fib(kIid, kGroupMac), FibValue{});
}

TEST_F(Snooping, ANewHostIsAskedAtMostOnceASecond) {
  settle();
  site.event(Event::Kind::kLearn, kA, kE13.value);
  EXPECT_THAT(asked(), ElementsAre(std::pair(kE13, "0.0.0.0")));
  site.event(Event::Kind::kLearn, kB, kE13.value);
  EXPECT_THAT(asked(), IsEmpty());
  site.now = site.now + seconds(1);
  site.event(Event::Kind::kLearn, kRemote, kE13.value);
  EXPECT_EQ(asked().size(), 1u);
}

TEST_F(Snooping, WhoWantsTooManyGroupsGetsAll) {
  settle();
  for (std::uint32_t i = 0; i <= GroupTable::kMaxGroupsOfLocation; ++i)
    report(kE13, to_string(Ipv4Address::from_u32(0xef010000 + i)));
  EXPECT_EQ(site.counters().groups_crowded, 1u);
  EXPECT_EQ(routers(), Locations{kE13});
  report(kTunnel);
  EXPECT_EQ(receivers(), (Locations{kE13, kTunnel}));
}

TEST_F(Snooping, AFullFibMakesRouters) {
  LisperConfig config = Snooping::config();
  config.max_macs = 1;
  Site small(config);
  small.start();
  small.run_until(small.now + seconds(5));
  for (const char* group : {"239.1.1.1", "239.1.1.2"})
    small.overlay_frame(kIid, kE13, igmp(wire::kIgmpV2Report, group));
  EXPECT_EQ(small.counters().table_full, 1u);
  EXPECT_EQ(small.list(small.tables().network(NetworkId(1)).unregistered), Locations{kE13});
}

TEST_F(Snooping, ShowsWhoListensSinceWhen) {
  settle();
  const TimeNs joined = site.now;
  report(kE13);
  site.run_until(site.now + seconds(9));
  report(kE13);
  site.overlay_frame(kIid, kE03, igmp(wire::kIgmpQuery, "", "10.0.0.1"));
  const auto view = site.control().groups();
  ASSERT_EQ(view.members.size(), 1u);
  EXPECT_EQ(view.members[0].iid, Iid(kIid));
  EXPECT_EQ(to_string(view.members[0].group), kGroup);
  EXPECT_EQ(view.members[0].location, kE13);
  EXPECT_EQ(view.members[0].since, joined);
  EXPECT_EQ(view.members[0].until, site.now + kMembershipInterval);
  ASSERT_EQ(view.routers.size(), 1u);
  EXPECT_EQ(view.routers[0].location, kE03);
}

}  // namespace
}  // namespace lisper
