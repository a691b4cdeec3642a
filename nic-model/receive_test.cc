#include "nic-model/receive.h"

#include <gtest/gtest.h>

#include "nic-model/crc32.h"
#include "nic-model/receive_descriptor.h"
#include "nic-model/testing.h"

namespace lisper::nic {
namespace {

using testing::Bench;
using testing::bytes;
using testing::frame;
using testing::rx_buffer;
using testing::rx_ring;

std::uint32_t status_of(Bench& bench, std::uint32_t i, std::uint32_t queue = 0) {
  return static_cast<std::uint32_t>(bench.memory.descriptor(rx_ring(queue) + i * 16).high);
}
std::size_t length_of(Bench& bench, std::uint32_t i, std::uint32_t queue = 0) {
  return bench.memory.descriptor(rx_ring(queue) + i * 16).high >> 32 & 0xffff;
}
std::vector<std::byte> buffer(Bench& bench, std::uint32_t i, std::size_t size, std::uint32_t queue = 0) {
  const auto at = bench.memory.at(rx_buffer(queue, i), size);
  return {at.begin(), at.end()};
}

TEST(Receive, WritesFrameAndDescriptor) {
  Bench bench;
  bench.start_receive();
  bench.port.arrived(frame(100));
  EXPECT_EQ(status_of(bench, 0), rx::kDone | rx::kEndOfPacket);
  EXPECT_EQ(length_of(bench, 0), 100u);
  EXPECT_EQ(buffer(bench, 0, 100), frame(100));
  EXPECT_EQ(bench.port.read(reg::rx_queue(0) + reg::kRdh), 1u);
}

TEST(Receive, Scatters) {
  Bench bench;
  bench.port.write(reg::kHlreg0, reg::kHlreg0Jumbo | reg::kHlreg0RxCrcStrip);
  bench.port.write(reg::kMaxFrs, 9018u << 16);
  bench.start_receive();
  const auto whole = frame(5000);
  bench.port.arrived(whole);
  EXPECT_EQ(status_of(bench, 0), rx::kDone);
  EXPECT_EQ(status_of(bench, 1), rx::kDone);
  EXPECT_EQ(status_of(bench, 2), rx::kDone | rx::kEndOfPacket);
  EXPECT_EQ(length_of(bench, 2), 5000u - 4096u);
  EXPECT_EQ(buffer(bench, 1, 2048), std::vector(whole.begin() + 2048, whole.begin() + 4096));
}

TEST(Receive, Filters) {
  Bench bench;
  bench.start_receive();
  auto other = frame(60);
  other[5] = std::byte{9};
  auto broadcast = frame(60);
  std::fill_n(broadcast.begin(), 6, std::byte{0xff});
  auto multicast = bytes("01005e000001 020000000002 88b5");
  multicast.resize(60);
  for (const auto& f : {other, broadcast, multicast}) bench.port.arrived(f);
  EXPECT_EQ(bench.port.read(Statistics::kTotalPackets), 3u);
  EXPECT_EQ(bench.port.read(Statistics::kGoodPackets), 0u);

  bench.port.write(reg::kFctrl, reg::kFctrlBroadcastAccept);
  bench.port.arrived(broadcast);
  EXPECT_EQ(bench.port.read(Statistics::kBroadcastPackets), 1u);
  // The 12 bits from bit 36 on of 01:00:5e:00:00:01: 010h (7.1.1.1.3).
  bench.port.write(reg::kMcstCtrl, reg::kMcstCtrlEnable);
  bench.port.write(reg::kMta, 1u << 16);
  bench.port.arrived(multicast);
  EXPECT_EQ(bench.port.read(Statistics::kMulticastPackets), 1u);
  bench.port.write(reg::kFctrl, reg::kFctrlUnicastPromiscuous);
  bench.port.arrived(other);
  EXPECT_EQ(bench.port.read(Statistics::kQueuePackets), 3u);
}

TEST(Receive, VlanFilterAndStrip) {
  Bench bench;
  bench.start_receive();
  auto tagged = frame(64);
  const auto tag = bytes("8100 a064");
  tagged.insert(tagged.begin() + 12, tag.begin(), tag.end());
  bench.port.write(reg::kVlnCtrl, reg::kVlnCtrlFilter);
  bench.port.arrived(tagged);
  EXPECT_EQ(bench.port.read(Statistics::kGoodPackets), 0u);
  bench.port.write(reg::kVfta + 3 * 4, 1u << 4);  // VLAN 100
  bench.port.write(reg::rx_queue(0) + reg::kRxdctl, reg::kQueueEnable | reg::kRxdctlVlanStrip);
  bench.port.arrived(tagged);
  EXPECT_EQ(status_of(bench, 0), rx::kDone | rx::kEndOfPacket | rx::kVlan);
  EXPECT_EQ(bench.memory.descriptor(rx_ring(0)).high >> 48, 0xa064u);
  EXPECT_EQ(buffer(bench, 0, 64), frame(64));
}

TEST(Receive, KeepsTheCrcIfToldSo) {
  Bench bench;
  bench.start_receive();
  bench.port.write(reg::kHlreg0, 0);
  bench.port.arrived(frame(60));
  EXPECT_EQ(length_of(bench, 0), 64u);
  // A frame with its CRC has this one, whatever the frame.
  EXPECT_EQ(crc32(buffer(bench, 0, 64)), 0x2144df1cu);
  EXPECT_EQ(bench.port.read(Statistics::kGoodOctets), 64u);
}

TEST(Receive, OverlongAndShortFramesAreCounted) {
  Bench bench;
  bench.start_receive();
  bench.port.arrived(frame(1514));
  bench.port.arrived(frame(1515));
  bench.port.arrived(frame(59));
  EXPECT_EQ(bench.port.read(Statistics::kOversize), 1u);
  EXPECT_EQ(bench.port.read(Statistics::kUndersize), 1u);
  EXPECT_EQ(bench.port.read(Statistics::kGoodPackets), 1u);
}

TEST(Receive, WaitsInThePacketBufferInOrder) {
  Bench bench;
  bench.start_receive();
  for (std::uint32_t i = 0; i < 10; ++i) bench.port.arrived(frame(60 + i));
  EXPECT_EQ(bench.port.read(Statistics::kQueuePackets), 7u);
  EXPECT_FALSE(bench.port.hungry());
  for (std::uint32_t i = 0; i < 3; ++i) bench.memory.put(rx_ring(0) + i * 16, {rx_buffer(0, i), 0});
  bench.port.write(reg::rx_queue(0) + reg::kRdt, 2);
  EXPECT_TRUE(bench.run());
  EXPECT_EQ(bench.port.read(Statistics::kQueuePackets), 3u);
  EXPECT_EQ(length_of(bench, 7), 67u);
  EXPECT_EQ(length_of(bench, 1), 69u);
  EXPECT_TRUE(bench.port.hungry());
  EXPECT_EQ(bench.port.read(Statistics::kMissed), 0u);
}

TEST(Receive, MissesWhatThePacketBufferCannotHold) {
  Bench bench;
  bench.start_receive();
  bench.port.write(reg::kRxPbSize, 2 * 1024);
  for (int i = 0; i < 7 + 3; ++i) bench.port.arrived(frame(1000));
  EXPECT_EQ(bench.port.read(Statistics::kMissed), 1u);
  EXPECT_EQ(bench.port.read(Statistics::kGoodPackets), 10u);
}

TEST(Receive, DropsForTheQueueIfEnabled) {
  Bench bench;
  bench.start_receive(0, 2u | 1u << 25 | reg::kSrrctlDrop);
  bench.port.write(reg::kRqsmr, 5);
  for (int i = 0; i < 9; ++i) bench.port.arrived(frame(60));
  EXPECT_EQ(bench.port.read(Statistics::kQueueDropped + 5 * 0x40), 2u);
  EXPECT_EQ(bench.port.read(Statistics::kQueuePackets + 5 * 0x40), 7u);
}

TEST(Receive, RssChoosesTheQueue) {
  Bench bench;
  bench.start_receive(0);
  bench.start_receive(3);
  // Key, addresses and hash of the verification suite of Microsoft's RSS documentation.
  const auto key = bytes("6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa");
  for (std::uint32_t i = 0; i < 40; i += 4)
    bench.port.write(0x05c80 + i, byte_at(key, i) | byte_at(key, i + 1) << 8 | byte_at(key, i + 2) << 16 |
                                      byte_at(key, i + 3) << 24);
  auto packet = bytes("020000000001 020000000002 0800 4500002e00004000 40fd0000 420995bb a18e6450");
  packet.resize(60);
  bench.port.write(reg::kMrqc, 1u | 1u << 17);
  bench.port.write(reg::kRxCsum, reg::kRxCsumPacketDisable);
  bench.port.write(0x05c00 + 0x40, 3u << 16);  // entry 42h
  bench.port.arrived(packet);
  const Descriptor descriptor = bench.memory.descriptor(rx_ring(3));
  EXPECT_EQ(descriptor.low >> 32, 0x323e8fc2u);
  EXPECT_EQ(descriptor.low & 0xf, 2u);
  EXPECT_EQ(length_of(bench, 0, 3), 60u);
}

TEST(Receive, BufferOutsideTheMemoryStopsTheQueue) {
  Bench bench;
  bench.start_receive();
  bench.memory.put(rx_ring(0), {testing::Memory::kBase + testing::Memory::kBytes - 32, 0});
  bench.port.arrived(frame(60));
  EXPECT_EQ(bench.errors(Error::kUnmappedBuffer), 1u);
  bench.port.arrived(frame(60));
  EXPECT_EQ(bench.errors(Error::kUnmappedBuffer), 1u);
  EXPECT_EQ(bench.port.read(Statistics::kQueueDropped), 2u);
}

TEST(Receive, NeedsABufferSize) {
  Bench bench;
  bench.start_receive(0, 1u << 25);
  bench.port.arrived(frame(60));
  EXPECT_EQ(bench.errors(Error::kBadBufferSize), 1u);
}

}  // namespace
}  // namespace lisper::nic
