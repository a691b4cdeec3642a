#include "report/table.h"

#include <gtest/gtest.h>

namespace lisper::report {
namespace {

RunResult result_of(std::size_t flows) {
  RunResult result;
  for (std::size_t i = 0; i < flows; ++i) {
    FlowResult flow;
    flow.name = "p" + std::to_string(i + 1);
    flow.kind = "ping";
    flow.from = "vm1";
    flow.to = "vm2";
    flow.sent = 2000;
    flow.received = 2000;
    flow.latency = Latency{12'345, 20'000, 1'500'000, 2'000'000};
    flow.throughput_bps = 99'800'000;
    result.flows.push_back(flow);
  }
  return result;
}

TEST(FlowTable, AlignsColumnsAndUsesHumaneUnits) {
  RunResult result = result_of(2);
  result.flows[1].kind = "tcp-bulk";
  result.flows[1].sent = 10'000'000;
  result.flows[1].received = 5'000'000;
  result.flows[1].latency.reset();
  result.flows[1].throughput_bps = 0;
  FlowResult probe;
  probe.probe = true;
  result.flows.push_back(probe);
  EXPECT_EQ(flow_table(result),
            "flow  kind      from  to      sent  received     loss      min   median      p99      max   throughput"
            "  out of order\n"
            "p1    ping      vm1   vm2     2000      2000   0.00 %  12.3 us  20.0 us  1.50 ms  2.00 ms  99.8 Mbit/s"
            "             0\n"
            "p2    tcp-bulk  vm1   vm2  10.0 MB   5.00 MB  50.00 %        -        -        -        -            -"
            "             0\n");
}

TEST(FlowTable, CutsTheMiddleOfALongOne) {
  const std::string text = flow_table(result_of(9), {.colour = false, .rows = 3});
  std::string names;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    names += text.substr(at, text.find("  ", at) - at).substr(0, 14) + "|";
  EXPECT_EQ(names, "flow|p1|p2|... 6 more ...|p9|");
}

TEST(FlowTable, AsManyRowsAsAllowedAreNotCut) {
  EXPECT_EQ(flow_table(result_of(3), {.colour = false, .rows = 3}), flow_table(result_of(3)));
}

TEST(FlowTable, EscapeSequencesInNamesDoNotReachTheTerminal) {
  RunResult result = result_of(1);
  result.flows[0].name = "\x1b[2J";
  EXPECT_EQ(flow_table(result).find('\x1b'), std::string::npos);
}

TEST(FlowTable, ColourOnlyIfAskedFor) {
  RunResult result = result_of(1);
  result.flows[0].received = 0;
  EXPECT_EQ(flow_table(result).find('\x1b'), std::string::npos);
  EXPECT_NE(flow_table(result, {.colour = true, .rows = {}}).find("\x1b[31m100.00 %\x1b[0m"), std::string::npos);
}

TEST(ExpectationSummary, CountsAndExplains) {
  RunResult result;
  EXPECT_EQ(expectation_summary(result), "no expectations\n");
  result.expectations = {{"all arrive", true, ""}, {"p1 is fast", false, "flow p1: slow"}};
  EXPECT_EQ(expectation_summary(result),
            "1 of 2 expectations passed\n"
            "failed: p1 is fast\n"
            "  flow p1: slow\n");
}

}  // namespace
}  // namespace lisper::report
