#include "lab/ping_flow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lisper::lab {
namespace {

using testing::ElementsAre;

model::Flow flow() {
  model::Flow made;
  made.name = "p";
  made.source = *parse_ip("10.0.0.1");
  made.destination = *parse_ip("10.0.0.2");
  made.start = seconds(1);
  made.size = 1000;
  return made;
}

// Printed by iputils 20221126, but for the addresses.
constexpr std::string_view kOutput = R"(PING 10.0.0.2 (10.0.0.2) from 10.0.0.1 : 1000(1028) bytes of data.
[1795273634.469675] 1008 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.202 ms
[1795273634.569696] 1008 bytes from 10.0.0.2: icmp_seq=3 ttl=64 time=0.005 ms
[1795273634.569700] 1008 bytes from 10.0.0.2: icmp_seq=2 ttl=64 time=100 ms
[1795273634.669700] 1008 bytes from 10.0.0.2: icmp_seq=2 ttl=64 time=200 ms (DUP!)
From 10.0.0.9 icmp_seq=4 Destination Host Unreachable

--- 10.0.0.2 ping statistics ---
4 packets transmitted, 3 received, +1 duplicates, +1 errors, 25% packet loss, time 300ms
rtt min/avg/max/mdev = 0.005/33.402/100.000/47.093 ms
)";

TEST(PingFlow, ReadsWhatPingPrints) {
  report::FlowResult result;
  read_ping(kOutput, flow(), 1'795'273'634'000'000'000, 100'000'000, result);
  EXPECT_EQ(result.sent, 4U);
  EXPECT_EQ(result.received, 3U);
  EXPECT_EQ(result.out_of_order, 1U);
  ASSERT_TRUE(result.latency);
  EXPECT_EQ(*result.latency, (report::Latency{5'000, 202'000, 100'000'000, 100'000'000}));
  EXPECT_THAT(result.received_series, ElementsAre(0, 0, 0, 0, 1, 2));
  // 2000 bytes after the first, in 100.025 ms.
  EXPECT_EQ(result.throughput_bps, 159'960U);
}

TEST(PingFlow, NothingCameBack) {
  report::FlowResult result;
  read_ping("2 packets transmitted, 0 received, 100% packet loss, time 1019ms\n", flow(), 0, 1, result);
  EXPECT_EQ(result.sent, 2U);
  EXPECT_EQ(result.received, 0U);
  EXPECT_FALSE(result.latency);
}

TEST(PingFlow, TheNextOnTheReply) {
  auto f = flow();
  f.count = 2000;
  EXPECT_THAT(ping_command(f), ElementsAre("ping", "-n", "-D", "-W", "2", "-I", "10.0.0.1", "-s", "1000", "-c", "2000",
                                           "-A", "10.0.0.2"));
}

TEST(PingFlow, CountsUntilItsStop) {
  auto f = flow();
  f.interval = milliseconds(300);
  f.stop = seconds(2);  // at 0, 300, 600 and 900 ms
  EXPECT_THAT(ping_command(f), ElementsAre("ping", "-n", "-D", "-W", "2", "-I", "10.0.0.1", "-s", "1000", "-c", "4",
                                           "-i", "0.300000", "10.0.0.2"));
}

}  // namespace
}  // namespace lisper::lab
