#include "endpoint/node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "core/forward/testing.h"

namespace lisper::endpoint {
namespace {

using testing::ethernet;
using Frame = std::vector<std::byte>;

class FakePort final : public Port {
 public:
  std::deque<Frame> waiting;
  std::vector<Frame> sent;
  bool up = true;
  bool removed = false;
  Losses lost;

  [[nodiscard]] int fd() const noexcept override { return -1; }
  [[nodiscard]] std::size_t receive(std::span<Buffer> buffers) override {
    std::size_t count = 0;
    for (; count < buffers.size() && !waiting.empty(); ++count, waiting.pop_front())
      buffers[count].copy(waiting.front());
    return count;
  }
  void send(std::span<const Bytes> frames) override {
    for (const Bytes frame : frames) sent.emplace_back(frame.begin(), frame.end());
  }
  [[nodiscard]] bool carrier() const override { return up; }
  [[nodiscard]] bool gone() const noexcept override { return removed; }
  [[nodiscard]] Losses losses() override { return lost; }
};

/// A segment of so many ports.
struct Segment {
  explicit Segment(std::size_t count, std::size_t plugged = SIZE_MAX) {
    model::CoreNode plan;
    plan.kind = model::CoreNode::Kind::kSegment;
    plan.config.punts = false;
    std::vector<std::unique_ptr<Port>> devices;
    for (std::size_t i = 0; i < count; ++i) {
      const auto name = "p" + std::to_string(i);
      const auto id = static_cast<std::uint16_t>(i);
      plan.config.ports.push_back({name});
      plan.config.interfaces.push_back({name, MacAddress::from_u64(0x0200'0000'0000 + i), PortId(id), {}, 1500});
      plan.config.local_networks.push_back({Iid(1), InterfaceId(id), {}});
      auto device = i < plugged ? std::make_unique<FakePort>() : nullptr;
      ports.push_back(device.get());
      devices.push_back(std::move(device));
    }
    node = std::move(*Node::create(plan, std::move(devices)));
    node->start(now);
  }
  void receive(std::size_t port, Frame frame) {
    ports[port]->waiting.push_back(std::move(frame));
    node->receive(PortId(static_cast<std::uint16_t>(port)), now);
  }

  std::unique_ptr<Node> node;
  std::vector<FakePort*> ports;
  TimeNs now = seconds(1);
};

const Frame kBroadcast = ethernet(testing::kAll, testing::kA, 0x88b5, Frame(46));
const Frame kAnswer = ethernet(testing::kA, testing::kB, 0x88b5, Frame(46));

TEST(Node, ForwardsToWhereItLearned) {
  Segment segment(3);
  segment.receive(0, kBroadcast);
  segment.receive(1, kAnswer);
  EXPECT_THAT(segment.ports[0]->sent, ::testing::ElementsAre(kAnswer));
  EXPECT_THAT(segment.ports[1]->sent, ::testing::ElementsAre(kBroadcast));
  EXPECT_THAT(segment.ports[2]->sent, ::testing::ElementsAre(kBroadcast));
}

// More copies than there are buffers for, of several frames of one batch: each arrives once, in order.
TEST(Node, ReplicatesToManyPorts) {
  Segment segment(100);
  std::vector<Frame> frames;
  for (std::uint8_t i = 0; i < 5; ++i) {
    frames.push_back(ethernet(testing::kAll, testing::kA, 0x88b5, Frame(46, std::byte{i})));
    segment.ports[0]->waiting.push_back(frames.back());
  }
  segment.node->receive(PortId(0), segment.now);
  EXPECT_TRUE(segment.ports[0]->sent.empty());
  for (std::size_t i = 1; i < 100; ++i) EXPECT_EQ(segment.ports[i]->sent, frames) << i;
}

TEST(Node, SendsNothingWhereNothingIsPluggedIn) {
  Segment segment(3, 2);
  EXPECT_EQ(segment.node->port(PortId(2)), nullptr);
  segment.receive(0, kBroadcast);
  EXPECT_EQ(segment.ports[1]->sent.size(), 1u);
  EXPECT_EQ(segment.node->result(segment.now).ports["p2"].count("tx_packets"), 0u);
}

TEST(Node, FollowsCarriers) {
  Segment segment(2);
  segment.ports[1]->up = false;
  segment.node->check_carriers(segment.now);
  segment.receive(0, kBroadcast);
  EXPECT_TRUE(segment.ports[1]->sent.empty());
  segment.ports[1]->up = true;
  segment.node->check_carriers(segment.now);
  segment.receive(0, kBroadcast);
  EXPECT_EQ(segment.ports[1]->sent.size(), 1u);
  segment.ports[1]->removed = true;
  segment.node->check_carriers(segment.now);
  segment.receive(0, kBroadcast);
  EXPECT_EQ(segment.ports[1]->sent.size(), 1u);
}

TEST(Node, CountsWhatThePortsLost) {
  Segment segment(2);
  segment.ports[1]->lost = {.rx_missed = 3, .rx_unsegmented = 0, .tx_refused = 5};
  segment.receive(0, kBroadcast);
  const auto result = segment.node->result(segment.now);
  EXPECT_EQ(result.ports.at("p0").at("rx_packets"), 1u);
  EXPECT_EQ(result.ports.at("p1").at("rx_missed"), 3u);
  EXPECT_EQ(result.ports.at("p1").at("tx_refused"), 5u);
  EXPECT_FALSE(result.ports.at("p1").contains("rx_unsegmented"));
  ASSERT_EQ(result.fib.size(), 1u);
  EXPECT_EQ(result.fib[0].leads_to, "interface p0");
}

}  // namespace
}  // namespace lisper::endpoint
