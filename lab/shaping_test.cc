#include "lab/shaping.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "lab/netns.h"
#include "lab/process.h"

namespace lisper::lab {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Shaping, APlainCableNeedsNothing) {
  EXPECT_EQ(shaping_commands("p0", {.rate_bps = 0, .delay = microseconds(5)}, {}), "");
  EXPECT_NE(shaping_commands("p0", {.rate_bps = 0, .delay = microseconds(5)}, {.delay = true}), "");
}

TEST(Shaping, QueuesInPacketsAndCountsWhatEthernetAdds) {
  const auto text = shaping_commands("p7", {.rate_bps = 100'000'000, .queue = 50}, {});
  EXPECT_THAT(text, HasSubstr("htb rate 100000000bit"));
  EXPECT_THAT(text, HasSubstr("overhead 24"));  // preamble and SFD 8, FCS 4, gap 12
  EXPECT_THAT(text, HasSubstr("pfifo limit 50"));
  EXPECT_THAT(text, Not(HasSubstr("netem")));
}

TEST(Shaping, DelaysWhereTheKernelCan) {
  const auto text = shaping_commands("p7", {.rate_bps = 0, .delay = milliseconds(20)}, {.delay = true});
  EXPECT_THAT(text, HasSubstr("netem delay 20000.000us"));
}

/// Two namespaces that a cable joins, as root. The second answers pings over a shaped interface: who answers does not
/// notice what is lost, while ping sends again what its own interface drops.
class ShapedCable : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "making network namespaces needs root";
    ASSERT_TRUE(add_netns(spaces_));
    const std::string commands = fmt::format(
        "link add name e0 type veth peer name e0 netns {}\nlink set e0 up\naddress add 10.0.0.1/24 dev e0\n",
        spaces_[1]);
    ASSERT_TRUE(must_run({"ip", "-n", spaces_[0], "-batch", "-"}, {}, commands));
    ASSERT_TRUE(
        must_run({"ip", "-n", spaces_[1], "-batch", "-"}, {}, "link set e0 up\naddress add 10.0.0.2/24 dev e0\n"));
  }
  void TearDown() override {
    if (geteuid() == 0) {
      EXPECT_TRUE(delete_netns(spaces_));
    }
  }

  const std::vector<std::string> spaces_{fmt::format("lltest{}a", getpid()), fmt::format("lltest{}b", getpid())};
};

TEST_F(ShapedCable, LosesItsShareAndCountsIt) {
  const auto commands = shaping_commands("e0", {.rate_bps = 1'000'000'000, .loss = 0.25}, {});
  ASSERT_TRUE(must_run({"tc", "-batch", "-"}, spaces_[1], commands));
  ASSERT_TRUE(run({"ping", "-f", "-c", "800", "-W", "1", "-q", "10.0.0.2"}, spaces_[0]));
  const auto drops = read_shaping_drops(spaces_[1]);
  ASSERT_TRUE(drops);
  // 800 replies, and few frames more; five standard deviations are 61.
  EXPECT_NEAR(static_cast<double>(drops->at("e0").loss), 200, 65);
  EXPECT_EQ(drops->at("e0").queue_full, 0U);
}

TEST_F(ShapedCable, DropsWhatItsQueueCannotHold) {
  const auto commands = shaping_commands("e0", {.rate_bps = 1'000'000, .queue = 10}, {});
  ASSERT_TRUE(must_run({"tc", "-batch", "-"}, spaces_[1], commands));
  // 100 frames at once, 0.85 s of this link: 15 in the burst that it allows, 10 may wait.
  ASSERT_TRUE(run({"ping", "-l", "100", "-c", "100", "-s", "1000", "-W", "1", "-q", "10.0.0.2"}, spaces_[0]));
  const auto drops = read_shaping_drops(spaces_[1]);
  ASSERT_TRUE(drops);
  EXPECT_NEAR(static_cast<double>(drops->at("e0").queue_full), 75, 20);
  EXPECT_EQ(drops->at("e0").loss, 0U);
}

}  // namespace
}  // namespace lisper::lab
