#include "core/control/replication_levels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <numeric>
#include <optional>

#include "core/base/random.h"
#include "core/control/testing.h"

namespace lisper {
namespace {

using testing::Bench;
using testing::bytes_of;
using ::testing::ElementsAre;
using testing::ip;
using ::testing::IsEmpty;
using testing::mac;
using testing::ping;

constexpr auto kGroup = "01:00:5e:01:02:03";
constexpr auto kSource = "02:00:00:00:00:01";
constexpr PortId kExit{0}, kLan{1}, kOtherLan{2};

std::string rloc(std::size_t lisper) { return "fd80:" + std::to_string(lisper + 1) + "::2"; }

/// One of `count` LISPERs, with an exit and two Ethernets.
LisperConfig lisper_config(std::size_t number, std::size_t count) {
  LisperConfig config;
  config.ports = {{"e0"}, {"lan"}, {"other"}};
  for (std::uint16_t port = 0; port < 3; ++port)
    config.interfaces.push_back(
        {config.ports[port].name, MacAddress::from_u64(0x100 + number * 3 + port), PortId(port), {}, 1500});
  config.exits = {{"e0", ip(rloc(number)), InterfaceId(0), {}, mac("00:00:00:00:00:04")}};
  for (std::size_t other = 0; other < count; ++other)
    if (other != number) config.lispers.push_back({ip(rloc(other)), ExitId(0), {}});
  config.local_networks = {{Iid(1), InterfaceId(1), {}}, {Iid(1), InterfaceId(2), {}}};
  return config;
}

/// A LISPER whose tables follow its control plane.
class Lisper {
 public:
  Lisper(std::size_t number, std::size_t count)
      : config_(lisper_config(number, count)), bench(config_), control_(config_, bench.tables) {}

  void message(const std::string& text) {
    Outbox out;
    control_.on_message(bytes_of(text), bench.now, out);
    for (const TableDelta& delta : out.deltas) bench.tables.apply(delta);
  }
  [[nodiscard]] const ControlCounters& counters() const { return control_.counters(); }
  [[nodiscard]] LocationId location(std::size_t lisper) const {
    return *bench.tables.lisper_location(ip(rloc(lisper)), NetworkId(1));
  }

 private:
  LisperConfig config_;

 public:
  Bench bench;

 private:
  ControlPlane control_;
};

using Levels = std::map<std::size_t, int>;  ///< by LISPER; those that are not in the list are absent

std::string rles(const Levels& levels, const std::vector<std::size_t>& order) {
  std::string text;
  for (const std::size_t lisper : order) {
    const auto level = levels.find(lisper);
    if (level == levels.end()) continue;
    text += (text.empty() ? "" : ",") + std::string(R"({"rle":")") + rloc(lisper) + R"(","level":")" +
            std::to_string(level->second) + R"("})";
  }
  return "[" + text + "]";
}

/// LISPERs on one underlay, which delivers everything.
class Underlay {
 public:
  explicit Underlay(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) lispers_.push_back(std::make_unique<Lisper>(i, count));
  }

  [[nodiscard]] Lisper& operator[](std::size_t lisper) { return *lispers_[lisper]; }

  /// `eid` is the inside of the message but for the list, which each LISPER is told in another order.
  void tell(const std::string& eid, const Levels& levels, Random& random) {
    std::vector<std::size_t> order(lispers_.size());
    std::iota(order.begin(), order.end(), 0u);
    for (const auto& lisper : lispers_) {
      for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
      lisper->message(R"({"type":"map-cache","opcode":"add","instance-id":"1",)" + eid + R"(,"rles":)" +
                      rles(levels, order) + "}");
      EXPECT_EQ(lisper->counters().malformed + lisper->counters().unknown_rloc, 0u);
    }
  }

  /// How often a frame that comes from `sender`'s first Ethernet reaches each of the Ethernets.
  std::map<std::pair<std::size_t, PortId>, int> send(std::size_t sender, const testing::Buffer& frame) {
    struct Arrival {
      std::size_t lisper;
      PortId port;
      testing::Buffer frame;
    };
    std::map<std::pair<std::size_t, PortId>, int> received;
    std::deque<Arrival> arrivals{{sender, kLan, frame}};
    copies_ = 0;
    for (; !arrivals.empty() && copies_ < 1'000; arrivals.pop_front()) {
      const Arrival& arrival = arrivals.front();
      Lisper& lisper = *lispers_[arrival.lisper];
      lisper.bench.send(arrival.port, arrival.frame);
      for (const Bench::Output& output : lisper.bench.outputs) {
        if (output.port != kExit) {
          ++received[{arrival.lisper, output.port}];
          EXPECT_EQ(output.frame, frame);
          continue;
        }
        ++copies_;
        const auto& outer = at<wire::Ipv6>(output.frame.data(), sizeof(wire::Ethernet));
        for (std::size_t i = 0; i < lispers_.size(); ++i)
          if (IpAddress(outer.destination) == ip(rloc(i))) arrivals.push_back({i, kExit, output.frame});
      }
    }
    return received;
  }
  /// Between LISPERs, of the last frame.
  [[nodiscard]] int copies() const { return copies_; }

 private:
  std::vector<std::unique_ptr<Lisper>> lispers_;
  int copies_ = 0;
};

const std::string kBroadcastEid = R"("eid-prefix":"ffff-ffff-ffff/48")";

TEST(ReplicationLevels, OneLevelIsTheListAsItWasTold) {
  Underlay underlay(4);
  for (const std::string_view level : {"", R"(,"level":"128")", R"(,"level":128)"}) {
    std::string text = R"({"type":"map-cache","opcode":"add","instance-id":"1",)" + kBroadcastEid + R"(,"rles":[)";
    for (const std::size_t lisper : {3u, 0u, 2u})
      text += (lisper == 3 ? "" : ",") + std::string(R"({"rle":")") + rloc(lisper) + '"' + std::string(level) + "}";
    underlay[0].message(text + "]}");
    const Tables& tables = underlay[0].bench.tables;
    const auto list = tables.replication(Tables::flood_list(NetworkId(1)));
    EXPECT_THAT(std::vector(list.begin(), list.end()),
                ElementsAre(LocationId(0), LocationId(1), underlay[0].location(3), underlay[0].location(2)));
    EXPECT_THAT(tables.relays(Tables::flood_list(NetworkId(1))), IsEmpty());
  }
}

// 0 and 1 are on the lowest level; of the next one 2 and 4 are served by 0, and 3 by 1; 5 by 2.
const Levels kTree{{0, 1}, {1, 1}, {2, 7}, {3, 7}, {4, 7}, {5, 200}};

TEST(ReplicationLevels, EveryMemberIsServedByOneOfTheLevelBelow) {
  Underlay underlay(7);
  Random random(1);
  underlay.tell(kBroadcastEid, kTree, random);
  const auto relays = [&](std::size_t lisper) {
    std::map<LocationId, std::vector<LocationId>> result;
    for (const Relay& relay : underlay[lisper].bench.tables.relays(Tables::flood_list(NetworkId(1))))
      result[relay.to] = relay.behind;
    return result;
  };
  const auto at = [&](std::size_t lisper, std::size_t other) { return underlay[lisper].location(other); };
  EXPECT_EQ(relays(0), (decltype(relays(0)){{at(0, 2), {at(0, 2), at(0, 5)}}, {at(0, 4), {at(0, 4)}}}));
  EXPECT_EQ(relays(1), (decltype(relays(0)){{at(1, 3), {at(1, 3)}}}));
  EXPECT_EQ(relays(2), (decltype(relays(0)){{at(2, 5), {at(2, 5)}}}));
  for (const std::size_t leaf : {3u, 4u, 5u, 6u}) EXPECT_THAT(relays(leaf), IsEmpty());
}

TEST(ReplicationLevels, SendersSendToTheLowestLevelAndToTheirOwnBranch) {
  Underlay underlay(7);
  Random random(1);
  underlay.tell(kBroadcastEid, kTree, random);
  const auto lispers = [&](std::size_t lisper) {
    std::vector<std::size_t> result;
    for (std::size_t other = 0; other < 7; ++other) {
      const auto list = underlay[lisper].bench.tables.replication(Tables::flood_list(NetworkId(1)));
      if (other != lisper && std::ranges::find(list, underlay[lisper].location(other)) != list.end())
        result.push_back(other);
    }
    return result;
  };
  EXPECT_THAT(lispers(6), ElementsAre(0, 1));     // not a member
  EXPECT_THAT(lispers(0), ElementsAre(1, 2, 4));  // its peer, and whom it serves
  EXPECT_THAT(lispers(1), ElementsAre(0, 3));
  EXPECT_THAT(lispers(2), ElementsAre(0, 1, 5));  // the lowest level, and whom it serves
  EXPECT_THAT(lispers(3), ElementsAre(0, 1));
  EXPECT_THAT(lispers(5), ElementsAre(0, 1, 2));  // 2 also, because 0 leaves it out
}

/// Random members on random levels; each frame must reach both Ethernets of each member once.
RC_GTEST_PROP(ReplicationLevels, EachMemberGetsEachFrameOnce, (std::uint64_t seed)) {
  Random random(seed);
  const std::size_t count = 2 + random.below(7);
  Underlay underlay(count);
  const auto some_levels = [&] {
    Levels levels;
    const auto height = 1 + random.below(4);
    for (std::size_t i = 0; i < count; ++i)
      if (random.below(6) != 0) levels[i] = static_cast<int>(random.below(height) * 85);
    return levels;
  };
  const Levels broadcast = some_levels();
  Levels group = some_levels();
  if (group.empty()) group[0] = 0;
  Levels source = some_levels();
  if (source.empty()) source[0] = 0;
  underlay.tell(kBroadcastEid, broadcast, random);
  underlay.tell(R"("eid-prefix":"0100-5e01-0203/48")", group, random);
  underlay.tell(R"("eid-prefix":"0100-5e01-0203/48","source-eid":"0200-0000-0001/48")", source, random);

  const auto expect_once = [&](const Levels& levels, std::string_view to, std::string_view from) {
    for (std::size_t sender = 0; sender < count; ++sender) {
      std::map<std::pair<std::size_t, PortId>, int> expected{{{sender, kOtherLan}, 1}};
      for (const auto& [lisper, level] : levels) {
        if (lisper != sender) expected[{lisper, kLan}] = expected[{lisper, kOtherLan}] = 1;
      }
      RC_ASSERT(underlay.send(sender, ping(to, from)) == expected);
      RC_ASSERT(underlay.copies() == static_cast<int>(levels.size() - levels.count(sender)));
    }
  };
  expect_once(broadcast, testing::kAll, kSource);
  expect_once(broadcast, "02:00:00:00:00:99", kSource);  // unknown
  expect_once(group, kGroup, "02:00:00:00:00:02");
  expect_once(source, kGroup, kSource);
}

/// What a LISPER does not know is flooded, also where the host is known to be at a third one.
TEST(ReplicationLevels, FloodedFramesPassWhoKnowsBetter) {
  Underlay underlay(4);
  Random random(1);
  underlay.tell(kBroadcastEid, {{0, 0}, {1, 0}, {2, 1}, {3, 1}}, random);
  underlay[0].message(
      R"({"type":"map-cache","opcode":"add","instance-id":"1","eid-prefix":"0200-0000-0099/48","rlocs":[{"rloc":")" +
      rloc(2) + R"("}]})");
  const auto received = underlay.send(1, ping("02:00:00:00:00:99", kSource));
  EXPECT_EQ(received.count({2, kLan}), 1u);
  EXPECT_EQ(received.count({3, kLan}), 1u);
}

/// Where LISPERs are told of a change at different times, frames may be lost or doubled, but never go round.
RC_GTEST_PROP(ReplicationLevels, NoLoopWhileListsDiffer, (std::uint64_t seed)) {
  Random random(seed);
  constexpr std::size_t kCount = 6;
  Underlay underlay(kCount);
  Levels level_of;  // does not change
  for (std::size_t i = 0; i < kCount; ++i) level_of[i] = static_cast<int>(random.below(3));
  std::vector<std::size_t> order(kCount);
  std::iota(order.begin(), order.end(), 0u);
  for (std::size_t i = 0; i < kCount; ++i) {
    Levels members;
    for (const auto& [lisper, level] : level_of)
      if (random.below(3) != 0) members[lisper] = level;
    underlay[i].message(R"({"type":"map-cache","opcode":"add","instance-id":"1",)" + kBroadcastEid + R"(,"rles":)" +
                        rles(members, order) + "}");
  }
  for (std::size_t sender = 0; sender < kCount; ++sender) {
    underlay.send(sender, ping(testing::kAll, kSource));
    RC_ASSERT(underlay.copies() < 200);
  }
}

}  // namespace
}  // namespace lisper
