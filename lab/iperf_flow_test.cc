#include "lab/iperf_flow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lisper::lab {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsSupersetOf;

model::Flow flow(model::FlowKind kind) {
  model::Flow made;
  made.name = "f";
  made.kind = kind;
  made.source = *parse_ip("10.0.0.1");
  made.destination = *parse_ip("10.0.0.2");
  made.start = seconds(1);
  made.port = 10'000;
  made.size = 1400;
  return made;
}

TEST(IperfFlow, WritesMakeTheBytes) {
  EXPECT_EQ(block_size(40'000'000, 1400), 1280U);
  EXPECT_EQ(block_size(1'000'003, 1400), 1400U);  // a prime number
}

TEST(IperfFlow, ATcpFlowIsPulledByItsReceiver) {
  auto f = flow(model::FlowKind::kTcpBulk);
  f.bytes = 40'000'000;
  EXPECT_THAT(iperf_client_command(f, f.port, 49153, seconds(10)),
              AllOf(IsSupersetOf({"--reverse", "40000000", "1280"})));
  EXPECT_THAT(iperf_client_command(f, f.port, 49153, seconds(10))[2], "10.0.0.1");
  EXPECT_THAT(iperf_server_command(f, f.port), Contains("10.0.0.1"));
}

TEST(IperfFlow, AUdpFlowEndsWithTheRunAtLatest) {
  auto f = flow(model::FlowKind::kUdpConstant);
  f.rate_pps = 50;
  EXPECT_THAT(iperf_client_command(f, f.port, 49153, seconds(10)), IsSupersetOf({"--udp", "560000", "450"}));
  f.count = 20;
  EXPECT_THAT(iperf_client_command(f, f.port, 49153, seconds(10)), Contains("20"));
  EXPECT_THAT(iperf_server_command(f, f.port), Contains("10.0.0.2"));
}

/// What matters here of an output of iperf 3.12: the sender wrote more than arrived.
json output(std::uint64_t sent, std::uint64_t received) {
  return {
      {"intervals", {{{"sum", {{"start", 0.0}, {"end", 0.1}, {"bytes", received}}}}}},
      {"end", {{"sum_sent", {{"bytes", sent}}}, {"sum_received", {{"bytes", received}, {"bits_per_second", 8000.4}}}}}};
}

TEST(IperfFlow, ATransferIsCompleteWhenItHasArrived) {
  auto f = flow(model::FlowKind::kTcpBulk);
  f.bytes = 1000;
  report::FlowResult result;
  read_tcp(output(1500, 0), output(0, 1010), f, 100'000'000, result);
  EXPECT_EQ(result.sent, 1000U);
  EXPECT_EQ(result.received, 1000U);
  EXPECT_EQ(result.completed, true);
  EXPECT_EQ(result.throughput_bps, 8000U);
  EXPECT_THAT(result.received_series, ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1010));

  report::FlowResult cut;
  read_tcp(output(1500, 0), output(0, 999), f, 100'000'000, cut);
  EXPECT_EQ(cut.received, 999U);
  EXPECT_EQ(cut.completed, false);
}

TEST(IperfFlow, AClientThatFailedHasReceivedNothing) {
  report::FlowResult result;
  read_tcp(json::object(), {{"error", "unable to connect to server"}}, flow(model::FlowKind::kTcpBulk), 1, result);
  EXPECT_EQ(result.sent, 0U);
  EXPECT_EQ(result.received, 0U);
}

}  // namespace
}  // namespace lisper::lab
