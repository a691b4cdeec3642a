#include "core/control/pending_frames.h"

#include <gtest/gtest.h>

#include "core/control/testing.h"

namespace lisper {
namespace {

using namespace testing;
using Kind = Event::Kind;

constexpr LocationId kE03{0};

class Pending : public ::testing::Test {
 protected:
  static LisperConfig config() {
    LisperConfig config = two_exit_site();
    config.policies = {{.iid = Iid(251), .unknown_unicast = UnknownUnicast::kQueue}};
    return config;
  }
  void queue(std::string_view to, std::uint8_t number) {
    Buffer frame = ping(to, kB);
    frame.back() = std::byte{number};
    site.overlay_frame(251, kE03, frame);
  }
  /// The numbers of the frames that the last call put out, in order.
  [[nodiscard]] std::vector<int> sent() const {
    std::vector<int> numbers;
    for (const auto& frame : site.out().overlay_frames) {
      EXPECT_EQ(frame.to, kNoLocation);
      EXPECT_EQ(frame.ingress, kE03);
      numbers.push_back(std::to_integer<int>(frame.bytes.back()));
    }
    return numbers;
  }
  [[nodiscard]] ControlPlane::QueueLosses losses() { return site.control().queue_losses(NetworkId(1)); }

  Site site{config()};
};

using Numbers = std::vector<int>;

TEST_F(Pending, AreSentInOrderWhenTheControllerAnswers) {
  for (std::uint8_t i = 1; i <= 3; ++i) queue(kRemote, i);
  queue(kA, 9);
  EXPECT_TRUE(sent().empty());
  site.message(R"({"instance-id": 251, "eid-prefix": "0000-0000-aa05/48", "rlocs": [{"rloc": "fd80:8::2"}]})");
  EXPECT_EQ(sent(), (Numbers{1, 2, 3}));
  site.message(R"({"instance-id": 251, "eid-prefix": "0000-0000-0000/0", "rlocs": [{"rloc": "fd80:8::2"}]})");
  EXPECT_EQ(sent(), Numbers{9});
  EXPECT_EQ(losses().full + losses().timeout, 0u);
}

TEST_F(Pending, AreSentWhenTheHostSpeaksUp) {
  queue(kA, 1);
  site.event(Kind::kLearn, kA, 1);
  EXPECT_EQ(sent(), Numbers{1});
}

// A worker may hand over a frame after the entry has come.
TEST_F(Pending, AreNotKeptIfThereIsAnEntryMeanwhile) {
  site.event(Kind::kLearn, kA, 1);
  queue(kA, 1);
  EXPECT_EQ(sent(), Numbers{1});
  site.port_state(2, false);  // that of its place: it may be anywhere
  queue(kA, 2);
  EXPECT_EQ(sent(), Numbers{});
}

TEST_F(Pending, AreLostAfterAWhile) {
  queue(kRemote, 1);
  site.run_until(site.now + seconds(1));
  queue(kRemote, 2);
  site.run_until(site.now + PendingFrames::kMaxWait - seconds(1));
  EXPECT_EQ(losses().timeout, 1u);
  EXPECT_EQ(site.control().queue_losses(PortId(1)).timeout, 1u);
  site.message(R"({"instance-id": 251, "eid-prefix": "0000-0000-aa05/48", "rlocs": [{"rloc": "fd80:8::2"}]})");
  EXPECT_EQ(sent(), Numbers{2});
  site.run_until(site.now + seconds(10));
  EXPECT_EQ(losses().timeout, 1u);
}

TEST_F(Pending, TheNewestOfAMacReplaceTheOldest) {
  for (std::uint8_t i = 0; i < PendingFrames::kMaxOfMac + 2; ++i) queue(kRemote, i);
  EXPECT_EQ(losses().full, 2u);
  site.message(R"({"instance-id": 251, "eid-prefix": "0000-0000-aa05/48", "rlocs": [{"rloc": "fd80:8::2"}]})");
  ASSERT_EQ(sent().size(), PendingFrames::kMaxOfMac);
  EXPECT_EQ(sent().front(), 2);
}

TEST_F(Pending, ANetworkHasABound) {
  for (std::uint64_t i = 0; i < PendingFrames::kMaxOfNetwork + 5; ++i) queue(to_string(MacAddress::from_u64(i + 2)), 1);
  EXPECT_EQ(losses().full, 5u);
}

}  // namespace
}  // namespace lisper
