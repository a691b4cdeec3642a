#include "sim/frame_net_device.h"

#include <gmock/gmock.h>

#include "sim/testing.h"

namespace lisper::sim {
namespace {

using ::testing::ElementsAre;

const MacAddress kOwn = *parse_mac("02:00:00:00:00:01");
const MacAddress kOther = *parse_mac("02:00:00:00:00:02");
const MacAddress kStranger = *parse_mac("02:00:00:00:00:03");

struct FrameNetDeviceTest : ::testing::Test {
  FrameNetDeviceTest() : link(config(), Random(1), 1'000'000'000) {
    device = ns3::CreateObject<FrameNetDevice>();
    device->configure(node, kOwn, 1500, pool);
    node->AddDevice(device);
    // After AddDevice, which sets callbacks of its own.
    device->SetReceiveCallback(ns3::MakeCallback(&FrameNetDeviceTest::receive, this));
    device->AddLinkChangeCallback(ns3::MakeCallback(&FrameNetDeviceTest::link_changed, this));
    link.plug(0, device->port());
    link.plug(1, far.port);
  }

  static model::Link config() {
    model::Link link;
    link.mtu = 9000;
    return link;
  }
  bool receive(ns3::Ptr<ns3::NetDevice>, ns3::Ptr<const ns3::Packet> packet, std::uint16_t type,
               const ns3::Address& from) {
    received.emplace_back(type, packet->GetSize());
    source = from_ns3(from);
    return true;
  }
  bool overhear(ns3::Ptr<ns3::NetDevice>, ns3::Ptr<const ns3::Packet>, std::uint16_t, const ns3::Address&,
                const ns3::Address&, ns3::NetDevice::PacketType type) {
    overheard.push_back(type);
    return true;
  }
  void link_changed() { changes.push_back(device->IsLinkUp()); }

  void arrive(const MacAddress& destination, std::uint32_t len = 60, std::uint16_t type = 0x88b5) {
    FramePtr frame = testing::frame_of(pool, len, 0, type);
    at<wire::Ethernet>(frame->data).destination = destination;
    at<wire::Ethernet>(frame->data).source = kOther;
    far.port.send(std::move(frame));
    step();
  }
  void step() { simulation.run(ns3::Simulator::Now().GetTimeStep() + 1'000'000); }

  FramePool pool;
  testing::Station far;
  Link link;
  testing::Simulation simulation;
  ns3::Ptr<ns3::Node> node = ns3::CreateObject<ns3::Node>();
  ns3::Ptr<FrameNetDevice> device;
  std::vector<std::pair<std::uint16_t, std::uint32_t>> received;
  std::vector<ns3::NetDevice::PacketType> overheard;
  std::vector<bool> changes;
  MacAddress source;
};

TEST_F(FrameNetDeviceTest, FramesWhatItSends) {
  const std::uint8_t payload[] = {1, 2, 3};
  EXPECT_TRUE(device->Send(ns3::Create<ns3::Packet>(payload, 3), to_ns3(kOther), 0x86dd));
  EXPECT_TRUE(device->SendFrom(ns3::Create<ns3::Packet>(payload, 3), to_ns3(kStranger), to_ns3(kOther), 0x0806));
  step();
  ASSERT_EQ(far.arrivals.size(), 2u);
  const std::uint8_t expected[] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x86, 0xdd, 1, 2, 3};
  EXPECT_THAT(far.arrivals[0].bytes, ::testing::ElementsAreArray(std::as_bytes(std::span(expected))));
  EXPECT_EQ(at<wire::Ethernet>(far.arrivals[1].bytes.data()).source, kStranger);
}

TEST_F(FrameNetDeviceTest, RefusesWhatExceedsItsMtu) {
  EXPECT_TRUE(device->Send(ns3::Create<ns3::Packet>(1500), to_ns3(kOther), 0x0800));
  EXPECT_FALSE(device->Send(ns3::Create<ns3::Packet>(1501), to_ns3(kOther), 0x0800));
}

TEST_F(FrameNetDeviceTest, TakesItsOwnAndGroupFrames) {
  arrive(kOwn, 60, 0x0800);
  arrive(kBroadcastMac, 61, 0x0806);
  arrive(*parse_mac("33:33:00:00:00:01"), 62, 0x86dd);
  arrive(kStranger, 63, 0x0800);
  arrive(kOwn, 15, 0x1234);
  EXPECT_THAT(received,
              ElementsAre(std::pair(0x0800, 46), std::pair(0x0806, 47), std::pair(0x86dd, 48), std::pair(0x1234, 1)));
  EXPECT_EQ(source, kOther);
}

TEST_F(FrameNetDeviceTest, OverhearsEverythingIfAsked) {
  device->SetPromiscReceiveCallback(ns3::MakeCallback(&FrameNetDeviceTest::overhear, this));
  arrive(kOwn);
  arrive(kStranger);
  arrive(kBroadcastMac);
  EXPECT_THAT(overheard, ElementsAre(ns3::NetDevice::PACKET_HOST, ns3::NetDevice::PACKET_OTHERHOST,
                                     ns3::NetDevice::PACKET_BROADCAST));
  EXPECT_EQ(received.size(), 2u);
}

TEST_F(FrameNetDeviceTest, NoticesItsCarrier) {
  EXPECT_TRUE(device->IsLinkUp());
  link.set_up(false);
  EXPECT_FALSE(device->IsLinkUp());
  EXPECT_FALSE(device->Send(ns3::Create<ns3::Packet>(10), to_ns3(kOther), 0x0800));
  link.set_up(true);
  EXPECT_THAT(changes, ElementsAre(true, false, true));
}

TEST_F(FrameNetDeviceTest, ShortFramesAreIgnored) {
  FramePtr frame = pool.make(13);
  far.port.send(std::move(frame));
  step();
  EXPECT_TRUE(received.empty());
}

}  // namespace
}  // namespace lisper::sim
