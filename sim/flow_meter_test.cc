#include "sim/flow_meter.h"

#include <gmock/gmock.h>

#include <cmath>

namespace lisper::sim {
namespace {

TEST(FlowMeter, OrderStatistics) {
  FlowMeter meter(1000);
  report::FlowResult result;
  for (int i = 0; i < 200; ++i) meter.on_sent(i * 10);
  for (int i = 0; i < 200; ++i) meter.on_arrival(static_cast<std::uint64_t>(i), i * 10 + 200 + i, 125);
  meter.write(result);
  EXPECT_EQ(result.sent, 200u);
  EXPECT_EQ(result.received, 200u);
  ASSERT_TRUE(result.latency);
  EXPECT_EQ(*result.latency, (report::Latency{.min = 200, .median = 299, .p99 = 397, .max = 399}));
  // 199 packets of 1000 bits within 199 * 11 ns.
  EXPECT_EQ(result.throughput_bps, 199'000'000'000'000u / 2189);
}

TEST(FlowMeter, DuplicatesAndStrangersDoNotCount) {
  FlowMeter meter(1000);
  report::FlowResult result;
  meter.on_sent(0);
  meter.on_sent(0);
  meter.on_sent(0);
  EXPECT_TRUE(meter.on_arrival(1, 5, 1));
  EXPECT_FALSE(meter.on_arrival(1, 6, 1));
  EXPECT_FALSE(meter.on_arrival(3, 6, 1));
  EXPECT_TRUE(meter.on_arrival(0, 7, 1));
  EXPECT_TRUE(meter.on_arrival(2, 8, 1));
  meter.write(result);
  EXPECT_EQ(result.received, 3u);
  EXPECT_EQ(result.out_of_order, 1u);
}

TEST(FlowMeter, NothingMeasured) {
  FlowMeter meter(1000);
  report::FlowResult result;
  meter.on_sent(0);
  meter.write(result);
  EXPECT_EQ(result.sent, 1u);
  EXPECT_EQ(result.received, 0u);
  EXPECT_FALSE(result.latency);
  EXPECT_EQ(result.throughput_bps, 0u);
}

TEST(FlowMeter, HistogramBinsHoldQuarterOctaves) {
  EXPECT_EQ(histogram_bin(0), 0u);
  EXPECT_EQ(histogram_bin(1), 0u);
  EXPECT_EQ(histogram_bin(2), 4u);
  EXPECT_EQ(histogram_bin(1024), 40u);
  for (const std::int64_t ns : {3, 5, 6, 7, 1000, 1023, 1217, 1218, 1448, 1449, 123'456'789})
    EXPECT_EQ(histogram_bin(ns), static_cast<std::size_t>(std::floor(4 * std::log2(static_cast<double>(ns))))) << ns;
  EXPECT_EQ(histogram_bin(INT64_MAX), 251u);
}

}  // namespace
}  // namespace lisper::sim
