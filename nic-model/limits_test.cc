#include "nic-model/limits.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "nic-model/testing.h"

namespace lisper::nic {
namespace {

using testing::frame;
using testing::kDescriptors;
using testing::rx_buffer;
using testing::rx_ring;
using testing::tx_buffer;
using testing::tx_ring;

constexpr ModelTime kMicrosecond = 1'000'000;
constexpr ModelTime kMillisecond = 1'000 * kMicrosecond;

/// A driver that gives back each descriptor at once, on a port of a card.
struct Driver {
  explicit Driver(std::shared_ptr<Lane> bus) : bench(Limits{Lane(kLinePerByte), Lane(kLinePerByte), std::move(bus)}) {
    bench.start_receive();
    bench.start_transmit();
  }
  void prepare(std::size_t size) {
    bench.memory.put(tx_buffer(0), frame(size));
    for (std::uint32_t i = 0; i < kDescriptors; ++i)
      bench.memory.put(tx_ring(0) + i * 16, {tx_buffer(0), std::uint64_t{size} | 3u << 20 | 1u << 29 | 1u << 24});
  }
  /// Both rings as full as can be, and a turn of the engines.
  bool turn() {
    const std::uint32_t rx = reg::rx_queue(0);
    for (std::uint32_t i = 0; i < kDescriptors; ++i) bench.memory.put(rx_ring(0) + i * 16, {rx_buffer(0, i), 0});
    bench.port.write(rx + reg::kRdt, (bench.port.read(rx + reg::kRdh) + kDescriptors - 1) % kDescriptors);
    const std::uint32_t tx = reg::tx_queue(0);
    bench.port.write(tx + reg::kTdt, (bench.port.read(tx + reg::kTdh) + kDescriptors - 1) % kDescriptors);
    return bench.port.run([](Frame) {});
  }

  testing::Bench bench;
};

/// What fits into a millisecond if a port sends frames of one size all the time.
std::uint64_t sent_in_a_millisecond(std::size_t size) {
  const auto bus = std::make_shared<Lane>(kBusPerByte);
  Driver driver(bus);
  driver.prepare(size);
  for (ModelTime now = 0; now <= kMillisecond; now += kMicrosecond) {
    bus->look(now);
    driver.bench.port.look(now);
    while (driver.turn()) continue;
  }
  return driver.bench.port.totals().sent;
}

// IEEE 802.3: 10^10 / (8 (64 + 20)) frames a second, and so on.
TEST(Limits, LineRate) {
  EXPECT_EQ(sent_in_a_millisecond(60), 14'881u);
  EXPECT_EQ(sent_in_a_millisecond(252), 4'529u);
  EXPECT_EQ(sent_in_a_millisecond(1514), 813u);
}

/// Both ports of a card get frames of a size at line rate, and send as many as they can. What comes of it in five
/// milliseconds, ports together.
struct Load {
  std::uint64_t received = 0, sent = 0, missed = 0, arrived = 0;
};
Load both_ways(std::size_t size) {
  const auto bus = std::make_shared<Lane>(kBusPerByte);
  std::array<Driver, 2> drivers{Driver(bus), Driver(bus)};
  for (Driver& driver : drivers) driver.prepare(size);
  const auto packet = frame(size);
  for (ModelTime now = 0; now <= 5 * kMillisecond; now += kMicrosecond) {
    bus->look(now);
    for (Driver& driver : drivers) {
      driver.bench.port.look(now);
      while (driver.bench.port.line_free()) driver.bench.port.arrived(packet);
    }
    for (bool moved = true; moved;) {
      moved = drivers[0].turn();
      moved |= drivers[1].turn();
    }
  }
  Load load;
  for (Driver& driver : drivers) {
    load.received += driver.bench.port.read(Statistics::kToHost);
    load.missed += driver.bench.port.read(Statistics::kMissed);
    load.sent += driver.bench.port.totals().sent;
    load.arrived += driver.bench.port.totals().arrived;
  }
  return load;
}

TEST(Limits, TheBusCarriesLessThanTwoLinesOfSmallFrames) {
  const Load load = both_ways(60);
  EXPECT_EQ(load.arrived, 2 * 5 * 14'881u);
  // 23.3 million a second each way is what is known of the card.
  EXPECT_NEAR(static_cast<double>(load.received), 5 * 23'300, 5 * 300);
  EXPECT_NEAR(static_cast<double>(load.sent), 5 * 23'300, 5 * 300);
  EXPECT_GT(load.missed, 0u);
  // What is neither received nor missed is in the packet buffers, 512 KB each.
  EXPECT_LE(load.arrived - load.received - load.missed, 2 * 512 * 1024 / 60u);
}

TEST(Limits, TheBusCarriesTwoLinesOfLargeFrames) {
  const Load load = both_ways(1514);
  EXPECT_LE(load.arrived - load.received, 2u);  // the last ones are on their way
  EXPECT_EQ(load.missed, 0u);
  EXPECT_GE(load.sent, 2 * 5 * 812u);
}

TEST(Limits, NothingIsMadeUpForBeforeTheLastLook) {
  Lane lane(kLinePerByte);
  lane.look(kMillisecond);
  lane.look(kMillisecond);
  unsigned carried = 0;
  for (; lane.free(); ++carried) lane.carry(line_bytes(60));
  EXPECT_EQ(carried, 1u);
  lane.look(kMillisecond + kMicrosecond);
  for (; lane.free(); ++carried) lane.carry(line_bytes(60));
  EXPECT_EQ(carried, 15u);
}

TEST(Limits, AreNoneUnlessAskedFor) {
  Lane lane;
  for (int i = 0; i < 1000; ++i) lane.carry(9000);
  EXPECT_TRUE(lane.free());
}

}  // namespace
}  // namespace lisper::nic
