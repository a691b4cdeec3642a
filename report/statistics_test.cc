#include "report/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lisper::report {
namespace {

using testing::HasSubstr;

TEST(Estimate, StudentsTOfASmallSample) {
  // Mean 3, standard deviation sqrt(2.5), t(4; 0.975) = 2.7764: 2.7764 * sqrt(2.5 / 5) = 1.9632.
  const double samples[] = {1, 2, 3, 4, 5};
  const Estimate five = estimate(samples);
  EXPECT_EQ(five.runs, 5u);
  EXPECT_DOUBLE_EQ(five.mean, 3);
  ASSERT_TRUE(five.half_width);
  EXPECT_NEAR(*five.half_width, 1.9632, 1e-4);
}

TEST(Estimate, TwoRunsUseTheWidestT) {
  // t(1; 0.975) = 12.7062, standard error 1.
  const double samples[] = {1, 3};
  EXPECT_NEAR(*estimate(samples).half_width, 12.7062, 1e-4);
}

TEST(Estimate, OneRunHasNoInterval) {
  const double samples[] = {7};
  EXPECT_EQ(estimate(samples).mean, 7);
  EXPECT_FALSE(estimate(samples).half_width);
  EXPECT_EQ(estimate({}).runs, 0u);
}

std::vector<RunResult> two_runs() {
  FlowResult flow;
  flow.name = "p1";
  flow.kind = "ping";
  flow.sent = 100;
  flow.received = 100;
  flow.latency = Latency{1000, 2000, 3000, 4000};
  RunResult first;
  first.scenario = "mesh";
  first.seed = 1;
  first.flows = {flow};
  first.expectations = {{"all arrive", true, ""}};
  RunResult second = first;
  second.seed = 2;
  second.flows[0].received = 50;
  second.flows[0].latency.reset();
  second.expectations[0].passed = false;
  return {first, second};
}

TEST(Statistics, Text) {
  const std::string text = to_text(summarize(two_runs()));
  EXPECT_THAT(text, HasSubstr("\"runs\":2,\n\"passed\":1,\n\"seeds\":[\n1,\n2]"));
  EXPECT_THAT(text, HasSubstr(R"({"name":"all arrive","passed":1,"runs":2})"));
  EXPECT_THAT(text, HasSubstr(R"("sent":{"runs":2,"mean":100.0,"ci95":0.0})"));
  EXPECT_THAT(text, HasSubstr(R"("latency.median":{"runs":1,"mean":2000.0,"ci95":null})"));
}

TEST(Statistics, Table) {
  EXPECT_EQ(statistics_table(summarize(two_runs())),
            "2 runs, mean ± half of the 95 % confidence interval\n"
            "flow     sent      received                loss   median      p99         throughput\n"
            "p1    100 ± 0  75 ± 317.655  25.00 % ± 317.66 %  2.00 us  3.00 us  0 bit/s ± 0 bit/s\n"
            "1 of 2 runs passed every expectation\n"
            "failed in 1 of 2 runs: all arrive\n");
}

TEST(Statistics, NothingOfNoRuns) { EXPECT_EQ(summarize({}).flows.size(), 0u); }

}  // namespace
}  // namespace lisper::report
