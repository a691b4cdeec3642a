#include "core/control/map_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/control/testing.h"

namespace lisper {

static bool operator==(const ControlPlane::MapCacheRow& a, const ControlPlane::MapCacheRow& b) {
  return a.iid == b.iid && a.mac == b.mac && a.length == b.length && a.rlocs == b.rlocs && a.replicate == b.replicate;
}

namespace {

using testing::captured_messages;
using ::testing::ElementsAre;
using testing::ip;
using testing::mac;
using testing::Site;

/// Today's message for one entry; `rlocs` is the inside of the array.
std::string today(std::string_view opcode, std::string_view eid, std::string_view rlocs, std::string_view iid = "251",
                  std::string_view list = "rlocs") {
  return R"({"type":"map-cache","opcode":")" + std::string(opcode) + R"(","eid-prefix":")" + std::string(eid) +
         R"(",")" + std::string(list) + R"(":[)" + std::string(rlocs) + R"(],"instance-id":")" + std::string(iid) +
         R"("})";
}
std::string add(std::string_view eid, std::string_view rlocs) { return today("add", eid, rlocs); }
std::string replicate(std::string_view eid, std::string_view rles) { return today("add", eid, rles, "251", "rles"); }

constexpr auto kHost = "0000-0000-0203";
constexpr auto kSite8 = R"({"rloc":"fd80:8::2","priority":"1","weight":"50"})";
constexpr auto kSite9 = R"({"rloc":"fd80:9::2","priority":"1","weight":"50"})";
constexpr auto kOwn = R"({"rloc":"fd80:4::2","priority":"1","weight":"50"})";
constexpr auto kStranger = R"({"rloc":"fd80:77::2","priority":"1","weight":"50"})";
constexpr auto kNever255 = R"({"rloc":"fd80:8::2","priority":"255","weight":"0"})";

std::string join(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const auto part : parts) text += (text.empty() ? "" : ",") + std::string(part);
  return text;
}

FibValue mapped(LocationId location) { return {FibKind::kMapped, location.value}; }
constexpr FibValue kNoLocator{FibKind::kNoLocator, 0};
constexpr FibValue kNothing{};

TEST(MapCache, MapsToOneLocator) {
  Site site;
  site.message(add("0000-0000-0203/48", kSite8));
  EXPECT_EQ(site.fib(251, kHost), mapped(site.lisper("fd80:8::2")));
  site.message(add("0000-0000-0203/48", R"({"rloc":"198.51.100.20"})"));
  EXPECT_EQ(site.fib(251, kHost), mapped(site.lisper("198.51.100.20")));
  EXPECT_EQ(site.fib(1, kHost), kNothing);
  site.message(today("delete", "0000-0000-0203/48", kSite8));
  EXPECT_EQ(site.fib(251, kHost), kNothing);
  EXPECT_TRUE(site.control().map_cache().empty());
  EXPECT_EQ(site.counters().entries_set, 2u);
  EXPECT_EQ(site.counters().entries_deleted, 1u);
}

TEST(MapCache, TakesTheCapturedMessages) {
  Site site;
  for (const char* file : {"messages-0.427.txt", "messages-0.607.txt"})
    for (const auto& text : captured_messages(file)) site.message(text);
  EXPECT_EQ(site.counters().malformed, 0u);
  EXPECT_EQ(site.counters().unknown_rloc, 1u);  // 198.51.100.10, the other site
  EXPECT_EQ(site.control().map_cache(), (std::vector<ControlPlane::MapCacheRow>{
                                            {Iid(251), mac("00:00:00:00:00:00"), 0, {ip("198.51.100.20")}, false},
                                            {Iid(251), mac("00:00:00:00:02:03"), 48, {ip("2001:db8:c::14")}, false},
                                            {Iid(251), kBroadcastMac, 48, {ip("2001:db8:c::14")}, true},
                                        }));
  auto flood = site.local();
  flood.push_back(site.lisper("2001:db8:c::14"));
  EXPECT_EQ(site.flood(), flood);
  EXPECT_EQ(site.tables().match_prefix(NetworkId(1), mac("02:00:00:00:00:77")), mapped(site.lisper("198.51.100.20")));

  site.message(R"({"type": "entire-map-cache", "entries": []})");
  EXPECT_TRUE(site.control().map_cache().empty());
  EXPECT_EQ(site.flood(), site.local());
  EXPECT_EQ(site.fib(251, kHost), kNothing);
  EXPECT_EQ(site.tables().match_prefix(NetworkId(1), mac("02:00:00:00:00:77")), kNothing);
}

TEST(MapCache, DecidesEmptyAndUnusableSets) {
  struct Case {
    std::string rlocs;
    FibValue expected;
  };
  Site site;
  const FibValue eight = mapped(site.lisper("fd80:8::2"));
  for (const Case& c : {
           Case{"", kNothing},
           Case{kOwn, kNothing},
           Case{join({kOwn, kStranger}), kNothing},
           Case{kStranger, kNoLocator},
           Case{kNever255, kNoLocator},
           Case{join({kOwn, kSite8}), eight},
           Case{join({kStranger, kSite8}), eight},
           Case{join({kSite8, kSite8}), eight},
       }) {
    site.message(add("0000-0000-0203/48", kSite9));
    site.message(add("0000-0000-0203/48", c.rlocs));
    EXPECT_EQ(site.fib(251, kHost), c.expected) << c.rlocs;
    site.message(add("0000-0000-0000/0", kSite9));
    site.message(add("0000-0000-0000/0", c.rlocs));
    EXPECT_EQ(site.tables().match_prefix(NetworkId(1), mac("02:00:00:00:00:77")), c.expected) << c.rlocs;
  }
  EXPECT_EQ(site.counters().own_rloc, 6u);
  EXPECT_EQ(site.counters().unknown_rloc, 6u);
  site.message(R"({"instance-id":251,"eid-prefix":"0000-0000-0203/48","rlocs":[]})");
  EXPECT_EQ(site.fib(251, kHost), kNoLocator);
}

TEST(MapCache, SharesLocatorSets) {
  Site site;
  const auto two = join({kSite8, kSite9});
  site.message(add("0000-0000-0001/48", two));
  site.message(add("0000-0000-0002/48", join({kSite9, kSite8})));
  const FibValue first = site.fib(251, "0000-0000-0001");
  EXPECT_EQ(first.kind, FibKind::kSet);
  EXPECT_EQ(site.fib(251, "0000-0000-0002"), first);
  EXPECT_EQ(site.tables().locator_set(LocatorSetId(first.target)).locators.size(), 2u);

  // Another priority is another set.
  site.message(add("0000-0000-0003/48", join({kSite8, R"({"rloc":"fd80:9::2","priority":"2","weight":"50"})"})));
  EXPECT_NE(site.fib(251, "0000-0000-0003"), first);

  // Repeating an entry defines nothing anew.
  site.message(add("0000-0000-0001/48", two));
  EXPECT_EQ(site.out().deltas.size(), 1u);

  // A set lives until its last user has gone; then its id is used again.
  site.message(today("delete", "0000-0000-0001/48", ""));
  const auto other = join({kSite8, R"({"rloc":"198.51.100.20"})"});
  site.message(add("0000-0000-0004/48", other));
  EXPECT_NE(site.fib(251, "0000-0000-0004"), first);
  site.message(today("delete", "0000-0000-0002/48", ""));
  site.message(add("0000-0000-0005/48", join({kSite9, R"({"rloc":"198.51.100.20"})"})));
  EXPECT_EQ(site.fib(251, "0000-0000-0005"), first);
}

TEST(MapCache, GivesNoIdAnotherMeaningWhileItIsInUse) {
  // The prefix lets its set go with the first entry; the second must not take its id before SetPrefixes.
  for (const std::string& first : {add("0000-0000-0000/8", kSite8), today("delete", "0000-0000-0000/8", "")}) {
    Site site;
    site.message(add("0000-0000-0000/8", join({kSite8, kSite9})));
    site.message(R"({"type":"entire-map-cache","entries":[)" + first + "," +
                 add("0000-0000-0001/48", join({kSite8, R"({"rloc":"198.51.100.20"})"})) + "]}");
    const auto* set = std::get_if<SetLocators>(&site.out().deltas.front());
    ASSERT_NE(set, nullptr);
    EXPECT_EQ(set->set, LocatorSetId(1));
  }
}

TEST(MapCache, ReplicatesToLists) {
  Site site;
  const auto eight = site.lisper("fd80:8::2");
  const auto nine = site.lisper("fd80:9::2");
  site.message(replicate("0000-0000-0203/48", R"({"rle":"fd80:9::2"},{"rle":"fd80:4::2"},{"rle":"fd80:8::2"})"));
  const FibValue value = site.fib(251, kHost);
  ASSERT_EQ(value.kind, FibKind::kReplicate);
  EXPECT_THAT(site.list(ReplicationListId(value.target)), ElementsAre(nine, eight));

  site.message(replicate("0100-5e00-0001/48", R"({"rle":"fd80:8::2"})"));
  const FibValue group = site.fib(251, "0100-5e00-0001");
  ASSERT_EQ(group.kind, FibKind::kReplicate);
  auto members = site.local();
  members.push_back(eight);
  EXPECT_EQ(site.list(ReplicationListId(group.target)), members);

  // Of a group, also unicast `rlocs` and strangers leave the local locations.
  site.message(add("0100-5e00-0002/48", kStranger));
  EXPECT_EQ(site.list(ReplicationListId(site.fib(251, "0100-5e00-0002").target)), site.local());
}

TEST(MapCache, TheBroadcastEntryIsTheFloodList) {
  Site site;
  EXPECT_EQ(site.flood(), site.local());
  site.message(replicate("ffff-ffff-ffff/48", R"({"rle":"fd80:8::2"},{"rle":"fd80:4::2"},{"rle":"fd80:77::2"})"));
  auto members = site.local();
  members.push_back(site.lisper("fd80:8::2"));
  EXPECT_EQ(site.flood(), members);
  EXPECT_EQ(site.flood(1), site.local(1));
  EXPECT_EQ(site.fib(251, "ffff-ffff-ffff"), kNothing);
  site.message(today("delete", "ffff-ffff-ffff/48", "", "251", "rles"));
  EXPECT_EQ(site.flood(), site.local());
  EXPECT_EQ(site.local().size(), 3u);
}

TEST(MapCache, SearchesTheLongestPrefixFirst) {
  Site site;
  site.message(add("0000-0000-0000/0", kSite8));
  site.message(add("0000-0000-0200/40", kSite9));
  site.message(add("0000-0000-0000/16", R"({"rloc":"198.51.100.20"})"));
  const auto& prefixes = site.tables().network(NetworkId(1)).prefixes;
  ASSERT_EQ(prefixes.size(), 3u);
  EXPECT_EQ(prefixes[0].length, 40);
  EXPECT_EQ(prefixes[1].length, 16);
  EXPECT_EQ(prefixes[2].length, 0);
  EXPECT_EQ(site.tables().match_prefix(NetworkId(1), mac("00:00:00:00:02:03")), mapped(site.lisper("fd80:9::2")));
  site.message(today("delete", "0000-0000-0200/40", ""));
  EXPECT_EQ(site.tables().match_prefix(NetworkId(1), mac("00:00:00:00:02:03")), mapped(site.lisper("198.51.100.20")));
}

TEST(MapCache, CountsUnknownIids) {
  Site site;
  site.message(today("add", "0000-0000-0203/48", kSite8, "16777215"));
  EXPECT_EQ(site.counters().unknown_iid, 1u);
  EXPECT_TRUE(site.out().empty());
}

TEST(MapCache, AppliesADatagramWholeOrNotAtAll) {
  Site site;
  site.message(R"({"type":"entire-map-cache","entries":[)" + add("0000-0000-0001/48", kSite8) + "," +
               add("0000-0000-0002/48", R"({"rloc":"nowhere"})") + "]}");
  EXPECT_EQ(site.counters().malformed, 1u);
  EXPECT_TRUE(site.out().empty());
  EXPECT_TRUE(site.control().map_cache().empty());
}

TEST(MapCache, ATruncatedMessageChangesNothing) {
  Site site;
  for (const char* file : {"messages-0.427.txt", "messages-0.607.txt"}) {
    for (const auto& text : captured_messages(file)) {
      const auto before = site.control().map_cache();
      for (std::size_t size = 0; size < text.size(); ++size) {
        site.message(std::string_view(text).substr(0, size));
        ASSERT_TRUE(site.out().empty());
      }
      ASSERT_EQ(site.control().map_cache(), before);
      site.message(text);
    }
  }
}

TEST(MapCache, WhatKilledTheOriginalIsHarmless) {
  Site site;
  site.message(add("0000-0000-0203/48", kSite8));
  const auto before = site.control().map_cache();
  for (
      const std::string_view text : {
          "",
          "\n",
          "not json",
          "{",
          R"({"type":"interfaces","interfaces":[]})",
          R"({"eid-prefix":"0000-0000-0203"})",
          R"({"instance-id":251})",
          R"({"instance-id":251,"eid-prefix":"10.0.0.1/32","rlocs":[]})",
          R"({"instance-id":251,"eid-prefix":"0000-0000-0203","rlocs":[{"rloc":"fd80::8::2"}]})",
          R"({"instance-id":251,"eid-prefix":"0000-0000-0203","rlocs":[{"rloc":"fd80:8::2","key-id":"1","encap-key":"zz"},7]})",
      }) {
    site.message(text);
    EXPECT_TRUE(site.out().empty()) << text;
  }
  EXPECT_EQ(site.control().map_cache(), before);
  EXPECT_EQ(site.counters().malformed, 7u);
  EXPECT_EQ(site.counters().ignored, 2u);
}

TEST(MapCache, HoldsItsBounds) {
  auto config = testing::two_exit_site();
  config.max_macs = 2;
  Site site(config);
  site.message(add("0000-0000-0001/48", kSite8));
  site.message(add("0000-0000-0002/48", kSite8));
  site.message(add("0000-0000-0003/48", kSite8));
  EXPECT_EQ(site.counters().table_full, 1u);
  EXPECT_EQ(site.tables().fib().size(), 2u);
  site.message(add("0000-0000-0002/48", kSite9));  // replacing needs no room
  EXPECT_EQ(site.fib(251, "0000-0000-0002"), mapped(site.lisper("fd80:9::2")));

  Site other;
  for (int i = 0; i < 1'100; ++i) {
    std::string eid = to_eid_string(MacAddress::from_u64(std::uint64_t(i) << 16)) + "/32";
    other.message(add(eid, kSite8));
  }
  EXPECT_EQ(other.tables().network(NetworkId(1)).prefixes.size(), MapCache::kMaxPrefixes);
  EXPECT_EQ(other.counters().table_full, 1'100u - MapCache::kMaxPrefixes);
}

TEST(IdPool, GivesEqualValuesOneIdAndUsesTheLowestFreeOne) {
  IdPool<LocatorSetId, std::string> pool(LocatorSetId(5));
  EXPECT_EQ(pool.acquire("a"), std::pair(LocatorSetId(5), true));
  EXPECT_EQ(pool.acquire("b"), std::pair(LocatorSetId(6), true));
  EXPECT_EQ(pool.acquire("a"), std::pair(LocatorSetId(5), false));
  pool.release(LocatorSetId(5));
  EXPECT_EQ(pool.acquire("c"), std::pair(LocatorSetId(7), true));
  pool.release(LocatorSetId(5));
  pool.release(LocatorSetId(7));
  EXPECT_EQ(pool.size(), 1u);
  EXPECT_EQ(pool.acquire("a"), std::pair(LocatorSetId(5), true));
}

}  // namespace
}  // namespace lisper
