#include "core/control/source_entries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/control/testing.h"
#include "core/wire/igmp.h"

namespace lisper {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::mac;
using ::testing::Not;
using testing::Site;

constexpr NetworkId kNetwork{1};
constexpr auto kGroup = "0100-5e01-0203";
constexpr auto kHost = "0200-0000-0001";
constexpr auto kEight = R"({"rle":"fd80:8::2"})";
constexpr auto kNine = R"({"rle":"fd80:9::2","port":"45027"})";

std::string message(std::string_view opcode, std::string_view group, std::string_view source, std::string_view rles) {
  return R"({"type":"map-cache","opcode":")" + std::string(opcode) + R"(","eid-prefix":")" + std::string(group) +
         R"(/48","source-eid":")" + std::string(source) + R"(","rles":[)" + std::string(rles) +
         R"(],"instance-id":"251"})";
}
std::string add(std::string_view source, std::string_view rles) { return message("add", kGroup, source, rles); }

const SourceEntry* find(const Site& site, std::string_view source = kHost, std::string_view group = kGroup) {
  return site.tables().sources().find({FibKey(kNetwork, mac(source)), FibKey(kNetwork, mac(group))});
}

std::vector<LocationId> with_local(const Site& site, std::initializer_list<std::string_view> lispers) {
  auto list = site.local();
  for (const auto rloc : lispers) list.push_back(site.lisper(rloc));
  return list;
}

TEST(SourceEntries, StandBesideTheGroupsOwn) {
  Site site;
  site.message(add("0200-0000-0001/48", kEight));
  ASSERT_NE(find(site), nullptr);
  EXPECT_EQ(site.list(find(site)->list), with_local(site, {"fd80:8::2"}));
  EXPECT_EQ(site.fib(251, kGroup), FibValue{});

  site.message(add("0000-0000-0000/0", kNine));  // any source
  EXPECT_EQ(site.list(ReplicationListId(site.fib(251, kGroup).target)), with_local(site, {"fd80:9::2"}));
  EXPECT_EQ(site.list(find(site)->list), with_local(site, {"fd80:8::2"}));

  const auto rows = site.control().map_cache();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(site.control().map_cache_size(), 2u);
  EXPECT_EQ(rows[0].source, MacAddress{});
  EXPECT_EQ(rows[1].source, mac(kHost));
  EXPECT_EQ(rows[1].mac, mac(kGroup));
  EXPECT_EQ(rows[1].length, 48);
  EXPECT_EQ(site.counters().entries_set, 2u);
}

TEST(SourceEntries, AreReplacedAndDeleted) {
  Site site;
  site.message(add("0200-0000-0001", kEight));
  const SourceEntryId id = find(site)->id;
  site.message(add("0200-0000-0001", kNine));
  EXPECT_EQ(find(site)->id, id);
  EXPECT_EQ(site.list(find(site)->list), with_local(site, {"fd80:9::2"}));

  site.message(message("delete", kGroup, "0000-0000-0000/0", ""));
  EXPECT_NE(find(site), nullptr);
  site.message(message("delete", kGroup, kHost, ""));
  EXPECT_EQ(find(site), nullptr);
  site.message(message("delete", kGroup, kHost, ""));
  EXPECT_EQ(site.counters().entries_deleted, 1u);
  EXPECT_THAT(site.control().map_cache(), IsEmpty());

  // An empty list withdraws, in both dialects.
  site.message(add(kHost, kEight));
  site.message(add(kHost, ""));
  EXPECT_EQ(find(site), nullptr);
  site.message(add(kHost, kEight));
  site.message(R"({"instance-id":251,"eid-prefix":"01005e-010203/48","source-eid":"020000-000001/48","rles":[]})");
  EXPECT_EQ(find(site), nullptr);

  site.message(add(kHost, kEight));
  site.message(message("add", "ffff-ffff-ffff", kHost, kEight));
  EXPECT_EQ(site.flood(), site.local());
  EXPECT_NE(find(site, kHost, "ffff-ffff-ffff"), nullptr);
  site.message(R"({"type":"entire-map-cache","entries":[]})");
  EXPECT_EQ(site.tables().sources().size(), 0u);
  EXPECT_THAT(site.control().map_cache(), IsEmpty());
}

TEST(SourceEntries, HaveLevels) {
  Site site;
  site.message(
      add(kHost, R"({"rle":"fd80:4::2","level":0},{"rle":"fd80:8::2","level":1},{"rle":"fd80:9::2","level":2})"));
  EXPECT_EQ(site.list(find(site)->list), with_local(site, {"fd80:8::2"}));
  const auto relays = site.tables().relays(find(site)->list);
  ASSERT_EQ(relays.size(), 1u);
  EXPECT_EQ(relays[0].to, site.lisper("fd80:8::2"));
  EXPECT_THAT(relays[0].behind, ElementsAre(site.lisper("fd80:8::2"), site.lisper("fd80:9::2")));
  EXPECT_THAT(site.control().map_cache().front().levels, ElementsAre(0, 1, 2));
}

TEST(SourceEntries, CountAmongTheEntries) {
  auto config = testing::two_exit_site();
  config.max_macs = 2;
  Site site(config);
  for (const char* host : {"0200-0000-0001", "0200-0000-0002", "0200-0000-0003", "0200-0000-0002"})
    site.message(add(host, kEight));
  EXPECT_EQ(site.counters().table_full, 1u);
  EXPECT_EQ(site.tables().sources().size(), 2u);
}

TEST(SourceEntries, AreToldApartInStatistics) {
  auto config = testing::two_exit_site();
  config.statistics_interval = seconds(5);
  Site site(config);
  site.start();
  site.message(add(kHost, kNine));
  site.message(add("0000-0000-0000/0", kNine));
  const auto count = [&](SourceEntryId id) {
    Usage usage = Usage::counting();
    usage.count_sent(kNetwork, mac(kGroup), 48, site.lisper("fd80:9::2"), 100, site.now, id);
    site.control().on_usage(usage, site.now);
  };
  const SourceEntryId gone = find(site)->id;
  count(gone);
  count(gone);
  count(kNoSourceEntry);
  site.run_until(site.now + seconds(6));
  ASSERT_EQ(site.out().messages.size(), 1u);
  const std::string rest = R"("rlocs": [{"rloc": "fd80:9::2", "port": "45027", "packet-count": )";
  EXPECT_THAT(site.out().messages[0],
              HasSubstr(R"("eid-prefix": "0100-5e01-0203/48", "source-eid": "0200-0000-0001/48", )" + rest + "2"));
  EXPECT_THAT(site.out().messages[0], HasSubstr(R"("eid-prefix": "0100-5e01-0203/48", )" + rest + "1"));

  // What was counted by an entry that has gone meanwhile belongs to no other.
  site.message(message("delete", kGroup, kHost, ""));
  site.message(add("0200-0000-0002/48", kEight));
  EXPECT_NE(find(site, "0200-0000-0002")->id, gone);
  count(gone);
  EXPECT_EQ(site.counters().statistics_lost, 1u);
}

/// In a network that snoops, the controller's word for one source replaces its word for all, and no listener's.
TEST(SourceEntries, KeepListenersWhereGroupsAreSnooped) {
  auto config = testing::two_exit_site();
  config.policies = {{Iid(251)}};
  config.policies[0].multicast = Multicast::kSnoop;
  Site site(config);
  site.start();
  site.run_until(site.now + seconds(10));  // nobody is taken for a router any more
  site.message(add(kHost, kEight));
  site.message(add("0000-0000-0000/0", kNine));
  ASSERT_NE(find(site), nullptr);
  EXPECT_EQ(find(site)->id, kNoSourceEntry);
  EXPECT_THAT(site.list(find(site)->list), ElementsAre(site.lisper("fd80:8::2")));
  EXPECT_THAT(site.list(ReplicationListId(site.fib(251, kGroup).target)), ElementsAre(site.lisper("fd80:9::2")));

  // IGMPv2 report of 225.1.2.3, RFC 2236 2.
  const LocationId listener = site.local().front();
  const auto report = testing::ethernet(
      "01:00:5e:01:02:03", "02:00:00:00:00:07", wire::kEtherTypeIpv4,
      testing::ipv4("10.0.0.7", "225.1.2.3", wire::kProtocolIgmp, testing::hex("1600 06fb e101 0203")));
  site.overlay_frame(251, listener, report);
  EXPECT_EQ(site.counters().group_malformed, 0u);
  EXPECT_THAT(site.list(find(site)->list), ElementsAre(listener, site.lisper("fd80:8::2")));

  site.message(message("delete", kGroup, kHost, ""));
  EXPECT_EQ(find(site), nullptr);
  EXPECT_THAT(site.list(ReplicationListId(site.fib(251, kGroup).target)),
              ElementsAre(listener, site.lisper("fd80:9::2")));
  site.message(add(kHost, kEight));
  site.message(R"({"type":"entire-map-cache","entries":[]})");
  EXPECT_EQ(site.tables().sources().size(), 0u);
  EXPECT_EQ(site.tables().fib().size(), 1u);  // the listener's
}

/// Every LISPER must hear of every listener from its own LISPER, whatever levels the flood list has.
TEST(SourceEntries, ReportsAndQueriesAreNotRelayed) {
  auto config = testing::two_exit_site();
  config.policies = {{Iid(251)}};
  config.policies[0].multicast = Multicast::kSnoop;
  Site site(config);
  site.start();
  site.message(R"({"type":"map-cache","opcode":"add","eid-prefix":"ffff-ffff-ffff/48","rles":[)"
               R"({"rle":"fd80:8::2","level":0},{"rle":"fd80:9::2","level":1}],"instance-id":"251"})");
  EXPECT_EQ(site.flood(), with_local(site, {"fd80:8::2"}));
  const Network& network = site.tables().network(kNetwork);
  EXPECT_EQ(site.list(network.queries), with_local(site, {"fd80:8::2", "fd80:9::2"}));
  EXPECT_THAT(site.tables().relays(network.queries), IsEmpty());
  EXPECT_THAT(site.tables().relays(network.reports), IsEmpty());
  EXPECT_THAT(site.list(network.reports),
              ::testing::IsSupersetOf({site.lisper("fd80:8::2"), site.lisper("fd80:9::2")}));
}

}  // namespace
}  // namespace lisper
