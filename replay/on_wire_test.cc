#include "replay/on_wire.h"

#include <gtest/gtest.h>

#include <tuple>
#include <utility>

namespace lisper::replay {
namespace {

FrameBytes frame(std::size_t size, bool tagged = false) {
  FrameBytes bytes(size, std::byte{0x55});
  if (tagged) std::tie(bytes[12], bytes[13]) = std::pair(std::byte{0x81}, std::byte{0});
  return bytes;
}

/// Sends what it receives.
class Echo final : public Body {
 public:
  void start(TimeNs) override {}
  void set_carrier(PortId, bool, TimeNs) override {}
  void receive(PortId port, Bytes bytes, TimeNs now) override {
    received = bytes.size();
    sent_.push_back({port, now, {bytes.begin(), bytes.begin() + 20}});
  }
  void on_control(std::string_view, TimeNs) override {}
  void on_controller_connected(TimeNs) override {}
  void advance_to(TimeNs) override {}
  [[nodiscard]] TimeNs next_deadline() const override { return kNever; }
  [[nodiscard]] std::vector<PortFrame> take_sent() override { return std::exchange(sent_, {}); }
  [[nodiscard]] std::vector<std::string> take_punts() override { return {}; }
  [[nodiscard]] report::NodeResult result() override { return {}; }

  std::size_t received = 0;

 private:
  std::vector<PortFrame> sent_;
};

TEST(OnWire, PadsBothWays) {
  auto echo = std::make_unique<Echo>();
  Echo& inside = *echo;
  const auto body = on_wire(std::move(echo));
  body->receive(PortId(0), frame(42), TimeNs{});
  EXPECT_EQ(inside.received, 60u);
  FrameBytes expected = frame(20);
  expected.resize(60);
  EXPECT_EQ(body->take_sent().at(0).bytes, expected);
  body->receive(PortId(0), frame(61), TimeNs{});
  EXPECT_EQ(inside.received, 61u);
}

// At an MTU of 1500.
TEST(OnWire, OneTagFits) {
  constexpr std::size_t kTwoTags = 1522;
  EXPECT_TRUE(fits_card(frame(1514), kTwoTags));
  EXPECT_FALSE(fits_card(frame(1515), kTwoTags));
  EXPECT_TRUE(fits_card(frame(1518, true), kTwoTags));
  EXPECT_FALSE(fits_card(frame(1519, true), kTwoTags));
  EXPECT_TRUE(fits_card(frame(5), kTwoTags));
}

}  // namespace
}  // namespace lisper::replay
