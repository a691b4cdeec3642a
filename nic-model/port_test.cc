#include "nic-model/port.h"

#include <gtest/gtest.h>

#include "nic-model/testing.h"

namespace lisper::nic {
namespace {

using testing::Bench;
using testing::frame;
using testing::Memory;

TEST(Registers, StatisticsClearWhenRead) {
  Bench bench;
  bench.start_receive();
  bench.port.arrived(frame(60));
  bench.port.arrived(frame(128));
  EXPECT_EQ(bench.port.read(Statistics::kGoodPackets), 2u);
  EXPECT_EQ(bench.port.read(Statistics::kGoodPackets), 0u);
  EXPECT_EQ(bench.port.read(Statistics::kQueuePackets), 2u);
  EXPECT_EQ(bench.port.read(Statistics::kGoodOctets), 60u + 128u);
  EXPECT_EQ(bench.port.read(Statistics::kTotalOctets), 64u + 132u);
  EXPECT_EQ(bench.port.read(Statistics::kPacketsOfSize), 1u);
  EXPECT_EQ(bench.port.read(Statistics::kPacketsOfSize + 8), 1u);
}

TEST(Registers, StatisticsStickAtTheirGreatest) {
  Statistics statistics;
  statistics.add(Statistics::kGoodPackets, ~0u);
  statistics.add(Statistics::kGoodPackets);
  EXPECT_EQ(statistics.read(Statistics::kGoodPackets), ~0u);
  for (int i = 0; i < 20; ++i) statistics.add_octets(Statistics::kGoodOctets, ~0u);
  EXPECT_EQ(statistics.read(Statistics::kGoodOctets), ~0u);
  EXPECT_EQ(statistics.read(Statistics::kGoodOctets + 4), 0xfu);
}

TEST(Registers, OldOffsetsAreTheSameRegisters) {
  Bench bench;
  bench.port.write(0x05408, 0x11223344);
  EXPECT_EQ(bench.port.read(0x0a208), 0x11223344u);
  bench.port.write(0x02104, 0x55);
  EXPECT_EQ(bench.port.read(0x01054), 0x55u);
}

TEST(Registers, ResetClearsItselfAndAllElse) {
  Bench bench;
  bench.start_receive();
  bench.port.write(reg::kRal + 8, 5);
  bench.port.write(reg::kCtrl, reg::kCtrlReset);
  EXPECT_EQ(bench.port.read(reg::kCtrl), 0u);
  EXPECT_EQ(bench.port.read(reg::kRal + 8), 0u);
  EXPECT_EQ(bench.port.read(reg::kRal), 0x00000002u);
  EXPECT_EQ(bench.port.read(reg::kRah), 0x80000100u);
  EXPECT_EQ(bench.port.read(reg::rx_queue(0) + reg::kRxdctl), 0u);
}

// 6.1.7: the sum of the words 00h to 3Fh.
TEST(Registers, EepromHasAValidChecksum) {
  Bench bench;
  std::uint16_t sum = 0;
  for (std::uint32_t word = 0; word <= 0x3f; ++word) {
    bench.port.write(reg::kEerd, word << 2 | reg::kEerdStart);
    const std::uint32_t answer = bench.port.read(reg::kEerd);
    EXPECT_NE(answer & reg::kEerdDone, 0u);
    sum = static_cast<std::uint16_t>(sum + (answer >> 16));
  }
  EXPECT_EQ(sum, 0xbaba);
}

TEST(Registers, TheFirstToReadHasTheSemaphore) {
  Bench bench;
  EXPECT_EQ(bench.port.read(reg::kSwsm), 0u);
  EXPECT_EQ(bench.port.read(reg::kSwsm), 1u);
  bench.port.write(reg::kSwsm, 0);
  EXPECT_EQ(bench.port.read(reg::kSwsm), 0u);
}

TEST(Link, ChangesInterrupt) {
  Bench bench;
  bench.port.write(reg::kEims, reg::kCauseLinkChange);
  bench.port.set_carrier(true);
  EXPECT_EQ(bench.interrupts, 1u);
  EXPECT_NE(bench.port.read(reg::kLinks) & reg::kLinksUp, 0u);
  EXPECT_EQ(bench.port.read(reg::kEicr), reg::kCauseLinkChange);
  EXPECT_EQ(bench.port.read(reg::kEicr), 0u);
  bench.port.set_carrier(true);
  EXPECT_EQ(bench.interrupts, 1u);
  bench.port.write(reg::kEsdp, reg::kEsdpLaserOff);
  EXPECT_EQ(bench.interrupts, 2u);
  EXPECT_EQ(bench.port.read(reg::kLinks) & reg::kLinksUp, 0u);
}

TEST(Link, MaskedCausesWait) {
  Bench bench;
  bench.port.set_carrier(true);
  EXPECT_EQ(bench.interrupts, 0u);
  bench.port.write(reg::kEims, reg::kCauseLinkChange);
  EXPECT_EQ(bench.interrupts, 1u);
  bench.port.write(reg::kEimc, reg::kCauseLinkChange);
  EXPECT_EQ(bench.port.read(reg::kEims), 0u);
}

TEST(Link, NothingArrivesInTheDark) {
  Bench bench;
  bench.start_receive();
  bench.port.set_carrier(false);
  bench.port.arrived(frame(60));
  EXPECT_EQ(bench.port.read(Statistics::kTotalPackets), 0u);
}

TEST(Nonsense, RegistersOutsideTheBar) {
  Bench bench;
  EXPECT_EQ(bench.port.read(reg::kBarBytes), ~0u);
  bench.port.write(reg::kBarBytes + 4, 1);
  bench.port.write(2, 1);
  EXPECT_EQ(bench.errors(Error::kBadRegister), 3u);
}

TEST(Nonsense, RingsThatAreNone) {
  Bench bench;
  const std::uint32_t at = reg::tx_queue(3);
  bench.port.write(at + reg::kTdlen, 100);
  bench.port.write(at + reg::kTxdctl, reg::kQueueEnable);
  EXPECT_EQ(bench.port.read(at + reg::kTxdctl), 0u);
  EXPECT_EQ(bench.errors(Error::kBadRing), 1u);
  bench.port.write(at + reg::kTdlen, 128);
  bench.port.write(at + reg::kTdh, 8);
  bench.port.write(at + reg::kTxdctl, reg::kQueueEnable);
  EXPECT_EQ(bench.errors(Error::kBadPointer), 1u);
}

TEST(Nonsense, TailPastTheRing) {
  Bench bench;
  bench.start_transmit();
  bench.port.write(reg::tx_queue(0) + reg::kTdt, testing::kDescriptors);
  EXPECT_EQ(bench.errors(Error::kBadPointer), 1u);
  EXPECT_FALSE(bench.run());
}

TEST(Nonsense, RingOutsideTheMemoryStopsTheQueue) {
  Bench bench;
  bench.start_transmit();
  const std::uint32_t at = reg::tx_queue(0);
  bench.port.write(at + reg::kTxdctl, 0);
  bench.port.write(at + reg::kTdbah, 0x7fff);
  bench.port.write(at + reg::kTxdctl, reg::kQueueEnable);
  bench.port.write(at + reg::kTdt, 1);
  EXPECT_TRUE(bench.run());
  EXPECT_EQ(bench.errors(Error::kUnmappedDescriptor), 1u);
  EXPECT_FALSE(bench.run());
}

}  // namespace
}  // namespace lisper::nic
