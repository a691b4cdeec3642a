#include "lab/frame_matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lisper::lab {
namespace {

constexpr std::int64_t kInterval = 100'000'000;

Sighting seen(std::int64_t at_ns, std::uint64_t identity) { return {at_ns, identity, 0, 142, false}; }

TEST(FrameMatcher, MeasuresWhatArrives) {
  report::FlowResult result;
  match_frames({seen(0, 1), seen(100, 2), seen(200, 3), seen(300, 4)},
               {seen(1000, 1), seen(1300, 3), seen(1400, 2), seen(1500, 99)}, 42, kInterval, result);
  EXPECT_EQ(result.sent, 4U);
  EXPECT_EQ(result.received, 3U);
  EXPECT_EQ(result.out_of_order, 1U);
  EXPECT_EQ(*result.latency, (report::Latency{1000, 1100, 1300, 1300}));
  EXPECT_EQ(result.throughput_bps, 4'000'000'000U);
}

TEST(FrameMatcher, ACopyIsNotASecondArrival) {
  report::FlowResult result;
  match_frames({seen(0, 1)}, {seen(10, 1), seen(20, 1)}, 0, kInterval, result);
  EXPECT_EQ(result.received, 1U);
}

TEST(FrameMatcher, ALostFrameDoesNotStandForALaterOne) {
  report::FlowResult result;
  match_frames({seen(0, 1), seen(2'000'000'000, 1)}, {seen(2'000'000'010, 1)}, 0, kInterval, result);
  EXPECT_EQ(result.received, 1U);
  EXPECT_EQ(result.latency->max, 10);
}

TEST(FrameMatcher, NothingArrivesBeforeItWasSent) {
  report::FlowResult result;
  match_frames({seen(50, 1)}, {seen(10, 1)}, 0, kInterval, result);
  EXPECT_EQ(result.received, 0U);
}

}  // namespace
}  // namespace lisper::lab
