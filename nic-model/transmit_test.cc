#include "nic-model/transmit.h"

#include <gtest/gtest.h>

#include "nic-model/receive_descriptor.h"
#include "nic-model/testing.h"

namespace lisper::nic {
namespace {

using testing::Bench;
using testing::bytes;
using testing::frame;
using testing::tx_buffer;
using testing::tx_ring;

// 7.2.3.2.4
constexpr std::uint64_t kData = std::uint64_t{3} << 20 | 1u << 29;
constexpr std::uint64_t kEop = 1u << 24;
constexpr std::uint64_t kRs = 1u << 27;
constexpr std::uint64_t kVle = 1u << 30;
constexpr std::uint64_t kTse = 1u << 31;
constexpr std::uint64_t kIxsm = std::uint64_t{1} << 40;
constexpr std::uint64_t kTxsm = std::uint64_t{1} << 41;
constexpr std::uint64_t kContext = std::uint64_t{2} << 20 | 1u << 29;

void put(Bench& bench, std::uint32_t i, Frame segment, std::uint64_t flags) {
  bench.memory.put(tx_buffer(i), segment);
  bench.memory.put(tx_ring(0) + i * 16, {tx_buffer(i), segment.size() | kData | flags});
}
void send(Bench& bench, std::uint32_t descriptors) {
  bench.port.write(reg::tx_queue(0) + reg::kTdt, descriptors);
  bench.run();
}

TEST(Transmit, SendsAndReports) {
  Bench bench;
  bench.start_transmit();
  put(bench, 0, frame(100), kEop | kRs);
  send(bench, 1);
  ASSERT_EQ(bench.sent.size(), 1u);
  EXPECT_EQ(bench.sent[0], frame(100));
  EXPECT_EQ(bench.memory.descriptor(tx_ring(0)).high >> 32, 1u);
  EXPECT_EQ(bench.port.read(reg::tx_queue(0) + reg::kTdh), 1u);
  EXPECT_EQ(bench.port.read(Statistics::kGoodSent), 1u);
  EXPECT_EQ(bench.port.read(Statistics::kGoodOctetsSent), 104u);
}

TEST(Transmit, GathersSegmentsAndPads) {
  Bench bench;
  bench.start_transmit();
  const auto whole = frame(40);
  put(bench, 0, Frame(whole).first(14), 0);
  put(bench, 1, Frame(whole).subspan(14), kEop);
  send(bench, 2);
  ASSERT_EQ(bench.sent.size(), 1u);
  auto padded = whole;
  padded.resize(60);
  EXPECT_EQ(bench.sent[0], padded);
}

TEST(Transmit, InsertsTheTagOfTheContext) {
  Bench bench;
  bench.start_transmit();
  bench.memory.put(tx_ring(0), {std::uint64_t{0x2064} << 16, kContext});
  put(bench, 1, frame(60), kEop | kVle);
  send(bench, 2);
  ASSERT_EQ(bench.sent.size(), 1u);
  auto tagged = frame(60);
  const auto tag = bytes("8100 2064");
  tagged.insert(tagged.begin() + 12, tag.begin(), tag.end());
  EXPECT_EQ(bench.sent[0], tagged);
}

TEST(Transmit, FillsChecksumsIn) {
  Bench bench;
  bench.start_transmit();
  // IPv4 20 bytes behind Ethernet 14, UDP: the driver leaves the pseudo header's sum, here
  // c0a8 + 0001 + c0a8 + 00c7 + 0011 + 001a = 8244h with its carry.
  auto packet = bytes(
      "020000000001 020000000002 0800 4500002e00004000 40110000 c0a80001 c0a800c7"
      "00350035001a8244 0102030405060708090a0b0c0d0e0f101112");
  bench.memory.put(tx_ring(0), {14u << 9 | 20u, kContext | 1u << 10});
  put(bench, 1, packet, kEop | kIxsm | kTxsm);
  send(bench, 2);
  ASSERT_EQ(bench.sent.size(), 1u);
  // The receive path's opinion, which adds up without the driver's help.
  EXPECT_EQ(check(bench.sent[0], inspect(bench.sent[0])), rx::kIpChecked | rx::kTransportChecked);
  EXPECT_EQ(big16(bench.sent[0], 24), 0xb8a6);  // as of 45 00 00 73 ... b8 61, 45h shorter
}

TEST(Nonsense, OffloadsWithoutContext) {
  Bench bench;
  bench.start_transmit();
  put(bench, 0, frame(60), kEop | kIxsm);
  put(bench, 1, frame(60), kEop | kTse);
  send(bench, 2);
  EXPECT_TRUE(bench.sent.empty());
  EXPECT_EQ(bench.errors(Error::kBadContext), 1u);
  EXPECT_EQ(bench.errors(Error::kUnmodelled), 1u);
}

TEST(Nonsense, OneBadSegmentSpoilsOneFrame) {
  Bench bench;
  bench.start_transmit();
  put(bench, 0, frame(60), 0);
  bench.memory.put(tx_ring(0) + 16, {0, 40 | kData});  // no such memory
  put(bench, 2, frame(60), kEop);
  put(bench, 3, frame(61), kEop);
  put(bench, 4, {}, kEop);
  send(bench, 5);
  ASSERT_EQ(bench.sent.size(), 1u);
  EXPECT_EQ(bench.sent[0], frame(61));
  EXPECT_EQ(bench.errors(Error::kUnmappedBuffer), 1u);
  EXPECT_EQ(bench.errors(Error::kBadSegment), 1u);
}

TEST(Nonsense, FrameWithoutEnd) {
  Bench bench;
  bench.start_transmit();
  for (std::uint32_t i = 0; i < testing::kDescriptors; ++i)
    bench.memory.put(tx_ring(0) + i * 16, {testing::Memory::kBase, 0xffff | kData});
  for (std::uint32_t round = 0; round < 100; ++round) send(bench, round % testing::kDescriptors);
  EXPECT_TRUE(bench.sent.empty());
  EXPECT_EQ(bench.errors(Error::kBadFrameLength), 1u);
}

TEST(Nonsense, UnknownDescriptor) {
  Bench bench;
  bench.start_transmit();
  bench.memory.put(tx_ring(0), {tx_buffer(0), 60 | kEop});  // of the 82598's legacy format
  send(bench, 1);
  EXPECT_EQ(bench.errors(Error::kBadDescriptorType), 1u);
}

}  // namespace
}  // namespace lisper::nic
