#include "core/forward/usage.h"

#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "core/forward/testing.h"

namespace lisper {
namespace {

using namespace testing;

constexpr NetworkId kNetwork{1};

class UsageOfSite04 : public ::testing::Test {
 protected:
  UsageOfSite04() {
    bench.shard.usage = Usage::counting();
    bench.tables.apply(SetReplication{Tables::flood_list(kNetwork), {kTunnel1, kTunnel2, kLan03, kLan13, kSite08}});
  }
  /// Packets and bytes by EID-prefix; all went to site 08.
  std::map<std::pair<std::string, int>, std::pair<int, int>> counted() {
    std::map<std::pair<std::string, int>, std::pair<int, int>> result;
    for (const Usage::Slot& slot : bench.shard.usage.slots()) {
      if (slot.packets == 0) continue;
      EXPECT_EQ(slot.location, kSite08);
      EXPECT_EQ(slot.eid.network(), kNetwork);
      const auto [at, is_new] = result.try_emplace({to_string(slot.eid.mac()), slot.length}, slot.packets, slot.bytes);
      EXPECT_TRUE(is_new);
    }
    return result;
  }
  using Expected = decltype(std::declval<UsageOfSite04&>().counted());

  Bench bench{site04()};
};

TEST_F(UsageOfSite04, CountsAnEntrysFrames) {
  bench.tables.apply(SetEntry{kNetwork, mac(kRemote), {FibKind::kMapped, kSite08.value}, 0});
  const Buffer frame = ping(kRemote, kA);
  bench.send(kLan03Port, frame);
  bench.send(kExitPort, l2tp_ipv6("fd80:1::2", "fd80:4::2", 1, 0, frame));
  EXPECT_EQ(counted(), (Expected{{{kRemote, 48}, {2, 2 * frame.size()}}})) << "without outer headers";
  // Local and refused frames are no part of it.
  bench.send(kLan13Port, ping(kA, kB));
  bench.send(kLan13Port, ping(kRemote, kB, 1'480));
  EXPECT_EQ(counted().size(), 1u);
  bench.shard.usage.clear();
  EXPECT_TRUE(counted().empty());
}

TEST_F(UsageOfSite04, CountsUnderThePrefixThatMatched) {
  bench.tables.apply(SetPrefixes{kNetwork,
                                 {{mac("00:00:00:00:00:00"), 0, {FibKind::kMapped, kSite08.value}},
                                  {mac("00:00:00:00:bb:00"), 40, {FibKind::kMapped, kSite08.value}}}});
  bench.send(kLan03Port, ping("00:00:00:00:bb:01", kA, 10));
  bench.send(kLan03Port, ping("00:00:00:00:bb:02", kA, 10));
  bench.send(kLan03Port, ping("00:00:00:00:cc:02", kA, 10));
  EXPECT_EQ(counted(), (Expected{{{"00:00:00:00:00:00", 0}, {1, 44}}, {{"00:00:00:00:bb:00", 40}, {2, 88}}}));
}

TEST_F(UsageOfSite04, CountsCopiesUnderTheEntryThatMatched) {
  bench.tables.apply(SetReplication{ReplicationListId(2), {kTunnel1, kLan03, kSite08}});
  bench.tables.apply(SetEntry{kNetwork, mac("01:00:5e:00:00:01"), {FibKind::kReplicate, 2}, 0});
  bench.send(kLan13Port, ping("01:00:5e:00:00:01", kA, 10));
  bench.send(kLan13Port, ping(kAll, kA, 10));
  bench.send(kLan13Port, ping("00:00:00:00:aa:99", kA, 10));  // flooded: no entry
  bench.send(kLan13Port, ping("01:00:5e:00:00:02", kA, 10));
  EXPECT_EQ(counted(), (Expected{{{"01:00:5e:00:00:01", 48}, {1, 44}}, {{kAll, 48}, {1, 44}}}));
}

TEST_F(UsageOfSite04, CountsWhatLispersSend) {
  bench.send(kExitPort, l2tp_ipv6("fd80:8::2", "fd80:4::2", 1, 0, ping(kAll, kRemote, 10)));
  bench.send(kExitPort, l2tp_ipv6("fd80:8::2", "fd80:4::2", 9, 0, ping(kAll, kRemote, 10)));  // refused
  EXPECT_EQ(bench.shard.usage.received().packets, 1u);
  EXPECT_EQ(bench.shard.usage.received().bytes, 44u);
  EXPECT_TRUE(counted().empty());
}

TEST(Usage, CountsNothingWithoutMemory) {
  Usage usage;
  usage.count_sent(kNetwork, MacAddress::from_u64(2), 48, kSite08, 100, seconds(1));
  EXPECT_TRUE(usage.slots().empty());
  EXPECT_EQ(usage.lost(), 0u);
  usage.clear();
}

TEST(Usage, KeepsEntriesApartAndLosesNothingUncounted) {
  Usage usage = Usage::counting();
  std::map<std::tuple<std::uint64_t, int, std::uint32_t>, std::uint64_t> expected;
  std::uint64_t sent = 0;
  for (std::uint64_t round = 1; round <= 3; ++round)
    for (std::uint64_t n = 1; n <= 6'000; ++n, ++sent)
      usage.count_sent(NetworkId(static_cast<std::uint16_t>(n % 7 + 1)), MacAddress::from_u64(n % 100 << 20),
                       static_cast<std::uint8_t>(n % 49), LocationId(static_cast<std::uint32_t>(n % 9)), 10,
                       seconds(static_cast<std::int64_t>(round)));
  std::uint64_t counted = 0;
  for (const Usage::Slot& slot : usage.slots()) {
    counted += slot.packets;
    EXPECT_EQ(slot.bytes, slot.packets * 10);
    if (slot.packets == 0) continue;
    const auto [at, is_new] = expected.emplace(std::tuple(slot.eid.value, slot.length, slot.location.value), 0);
    EXPECT_TRUE(is_new) << "two slots for one row";
    EXPECT_NEAR(static_cast<double>(Usage::last_time(slot, seconds(10)).ns), 3e9, 2e6);
  }
  EXPECT_EQ(counted + usage.lost(), sent);
  EXPECT_GT(usage.lost(), 0u);
  EXPECT_TRUE(usage.crowded());
  usage.clear();
  EXPECT_FALSE(usage.crowded());
  EXPECT_EQ(usage.lost(), 0u);
}

}  // namespace
}  // namespace lisper
