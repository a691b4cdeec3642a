#include "sim/link.h"

#include <gmock/gmock.h>

#include "sim/testing.h"

namespace lisper::sim {
namespace {

using ::testing::ElementsAre;
using testing::frame_of;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::int64_t kInterval = 1'000'000;

model::Link config_of(const model::LinkDirection& direction, std::uint16_t mtu = 1500) {
  model::Link link;
  link.directions = {direction, direction};
  link.mtu = mtu;
  return link;
}

class LinkTest : public ::testing::Test {
 protected:
  void connect(const model::Link& config, std::uint64_t seed = 1) {
    link = std::make_unique<Link>(config, Random(seed), kInterval);
    link->plug(0, a.port);
    link->plug(1, b.port);
  }
  std::vector<std::int64_t> arrival_times() const {
    std::vector<std::int64_t> times;
    for (const auto& arrival : b.arrivals) times.push_back(arrival.at_ns);
    return times;
  }
  std::map<std::string, std::uint64_t> drops() const { return link->direction(0).result().drops; }

  FramePool pool;
  testing::Station a, b, c;
  std::unique_ptr<Link> link;
  testing::Simulation simulation;
};

TEST_F(LinkTest, SerializesWithPreambleAndGap) {
  connect(config_of({.rate_bps = 1'000'000'000, .delay = microseconds(5)}));
  // (1514 + 20) bytes at 8 ns each, then 5 us; the second waits for the first.
  simulation.at(1000, [&] {
    a.port.send(frame_of(pool, 1514, 1));
    a.port.send(frame_of(pool, 64, 2));
  });
  simulation.run(1'000'000);
  EXPECT_THAT(arrival_times(), ElementsAre(1000 + 12'272 + 5000, 1000 + 12'272 + 672 + 5000));
  EXPECT_EQ(b.arrivals[0].bytes.size(), 1514u);
  EXPECT_EQ(b.arrivals[0].bytes.back(), std::byte{1});
  EXPECT_EQ(b.arrivals[1].bytes.back(), std::byte{2});
}

TEST_F(LinkTest, RoundingDoesNotAddUp) {
  // 84 bytes at 100 Gbit/s last 6.72 ns: a thousand of them 6720, not 7000.
  connect(config_of({.rate_bps = 100'000'000'000, .delay = {}, .queue = 1000}));
  simulation.at(0, [&] {
    for (int i = 0; i < 1000; ++i) a.port.send(frame_of(pool, 64));
  });
  simulation.run(1'000'000);
  ASSERT_EQ(b.arrivals.size(), 1000u);
  EXPECT_EQ(b.arrivals.back().at_ns, 6720);
  EXPECT_EQ(b.arrivals[0].at_ns, 7);
}

TEST_F(LinkTest, RateZeroIsInfinite) {
  connect(config_of({.rate_bps = 0, .delay = microseconds(1), .queue = 0}));
  simulation.at(0, [&] {
    a.port.send(frame_of(pool, 1514));
    a.port.send(frame_of(pool, 1514));
  });
  simulation.run(1'000'000);
  EXPECT_THAT(arrival_times(), ElementsAre(1000, 1000));
}

TEST_F(LinkTest, DirectionsDoNotShareTheWire) {
  connect(config_of({.rate_bps = 1'000'000'000, .delay = {}}));
  simulation.at(0, [&] {
    a.port.send(frame_of(pool, 1514));
    b.port.send(frame_of(pool, 1514));
  });
  simulation.run(1'000'000);
  EXPECT_EQ(b.arrivals.at(0).at_ns, 12'272);
  EXPECT_EQ(a.arrivals.at(0).at_ns, 12'272);
}

TEST_F(LinkTest, QueueHoldsWhatWaitsNotWhatIsSent) {
  connect(config_of({.rate_bps = 1'000'000'000, .delay = {}, .queue = 3}));
  simulation.at(0, [&] {
    for (int i = 0; i < 6; ++i) a.port.send(frame_of(pool, 1514));  // one is sent, three wait, two are lost
  });
  // When the first has left, there is room for one.
  simulation.at(12'272, [&] {
    a.port.send(frame_of(pool, 1514));
    a.port.send(frame_of(pool, 1514));
  });
  simulation.run(1'000'000);
  EXPECT_EQ(b.arrivals.size(), 5u);
  EXPECT_THAT(drops(), ElementsAre(Pair("queue_full", 3)));
  EXPECT_EQ(link->direction(0).result().queue_peak, 3u);
  EXPECT_EQ(a.port.counters().tx_packets, 5u);
  EXPECT_EQ(a.port.counters().tx_refused, 3u);
}

TEST_F(LinkTest, MtuCountsTheIpLayerAndAllowsATag) {
  connect(config_of({.delay = {}}, 1500));
  simulation.at(0, [&] {
    a.port.send(frame_of(pool, 1514));
    a.port.send(frame_of(pool, 1515));
    a.port.send(frame_of(pool, 1518, 0, wire::kEtherTypeVlan));
    a.port.send(frame_of(pool, 1519, 0, wire::kEtherTypeVlan));
  });
  simulation.run(1'000'000);
  EXPECT_EQ(b.arrivals.size(), 2u);
  EXPECT_THAT(drops(), ElementsAre(Pair("too_big", 2)));
}

TEST_F(LinkTest, BothEndsNoticeACutAndWhatIsUnderWayIsLost) {
  connect(config_of({.rate_bps = 1'000'000'000, .delay = microseconds(100), .queue = 10}));
  simulation.at(1000, [&] {
    a.port.send(frame_of(pool, 1514));
    a.port.send(frame_of(pool, 1514));
  });
  simulation.at(50'000, [&] { link->set_up(false); });
  simulation.at(60'000, [&] { a.port.send(frame_of(pool, 1514)); });
  simulation.at(70'000, [&] { link->set_up(true); });
  simulation.at(80'000, [&] { a.port.send(frame_of(pool, 64, 9)); });
  simulation.run(1'000'000);
  ASSERT_EQ(b.arrivals.size(), 1u);
  EXPECT_EQ(b.arrivals[0].bytes.back(), std::byte{9});
  EXPECT_EQ(b.arrivals[0].at_ns, 80'000 + 672 + 100'000);
  EXPECT_THAT(drops(), ElementsAre(Pair("down", 3)));
  EXPECT_THAT(a.carriers, ElementsAre(Pair(0, true), Pair(50'000, false), Pair(70'000, true)));
  EXPECT_EQ(a.carriers, b.carriers);
}

TEST_F(LinkTest, LinkThatIsDownAtTheStart) {
  auto config = config_of({});
  config.up = false;
  connect(config);
  simulation.at(0, [&] { a.port.send(frame_of(pool, 64)); });
  simulation.run(1'000'000);
  EXPECT_FALSE(a.port.is_up());
  EXPECT_THAT(a.carriers, IsEmpty());
  EXPECT_THAT(drops(), ElementsAre(Pair("down", 1)));
}

TEST_F(LinkTest, MovedEndTakesTheTraffic) {
  connect(config_of({.rate_bps = 0, .delay = microseconds(10)}));
  simulation.at(0, [&] { a.port.send(frame_of(pool, 64, 1)); });
  simulation.at(15'000, [&] { a.port.send(frame_of(pool, 64, 2)); });
  simulation.at(20'000, [&] { link->plug(1, c.port); });
  simulation.at(30'000, [&] {
    a.port.send(frame_of(pool, 64, 3));
    c.port.send(frame_of(pool, 64, 4));
    EXPECT_FALSE(b.port.send(frame_of(pool, 64, 5)));
  });
  simulation.run(1'000'000);
  EXPECT_EQ(b.arrivals.size(), 1u);
  ASSERT_EQ(c.arrivals.size(), 1u);
  EXPECT_EQ(c.arrivals[0].bytes.back(), std::byte{3});
  ASSERT_EQ(a.arrivals.size(), 1u);
  EXPECT_EQ(a.arrivals[0].bytes.back(), std::byte{4});
  EXPECT_THAT(b.carriers, ElementsAre(Pair(0, true), Pair(20'000, false)));
  EXPECT_THAT(c.carriers, ElementsAre(Pair(20'000, true)));
  EXPECT_THAT(a.carriers, ElementsAre(Pair(0, true)));
  EXPECT_THAT(drops(), ElementsAre(Pair("down", 1)));
}

TEST_F(LinkTest, LossFollowsTheSeed) {
  const auto lost_with = [&](std::uint64_t seed) {
    connect(config_of({.rate_bps = 0, .delay = {}, .loss = 0.1}), seed);
    b.arrivals.clear();
    for (int i = 0; i < 10'000; ++i) a.port.send(frame_of(pool, 64));
    simulation.run(ns3::Simulator::Now().GetTimeStep() + 1000);
    EXPECT_EQ(b.arrivals.size() + drops()["loss"], 10'000u);
    return drops()["loss"];
  };
  const auto first = lost_with(1);
  EXPECT_NEAR(static_cast<double>(first), 1000, 120);  // four standard deviations
  EXPECT_EQ(lost_with(1), first);
  EXPECT_NE(lost_with(2), first);
}

TEST_F(LinkTest, SeriesHoldsDeliveredBytes) {
  connect(config_of({.rate_bps = 0, .delay = {}}));
  simulation.at(0, [&] { a.port.send(frame_of(pool, 100)); });
  simulation.at(kInterval - 1, [&] { a.port.send(frame_of(pool, 200)); });
  simulation.at(kInterval * 3, [&] { a.port.send(frame_of(pool, 400)); });
  simulation.run(kInterval * 4);
  const auto result = link->direction(0).result();
  EXPECT_THAT(result.bytes_series, ElementsAre(300, 0, 0, 400));
  EXPECT_EQ(result.packets, 3u);
  EXPECT_EQ(result.bytes, 700u);
}

}  // namespace
}  // namespace lisper::sim
