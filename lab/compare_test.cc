#include "lab/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lisper::lab {
namespace {

using testing::HasSubstr;

report::RunResult result(const char* body, std::uint64_t received, bool passed) {
  report::RunResult made;
  made.scenario = "s";
  made.body = body;
  report::FlowResult flow;
  flow.name = "f";
  flow.kind = "ping";
  flow.sent = 10;
  flow.received = received;
  flow.latency = report::Latency{1000, 2000, 3000, 4000};
  report::FlowResult probe = flow;
  probe.name = "probe";
  probe.probe = true;
  made.flows = {flow, probe};
  report::NodeResult node;
  node.name = "site";
  node.kind = "lisper";
  node.ports["e0"]["rx_packets"] = received;
  node.ports["e1"]["rx_packets"] = 1;
  node.control["punts_sent"] = 3;
  report::NodeResult host = node;
  host.name = "h";
  host.kind = "host";
  made.nodes = {node, host};
  made.expectations = {{"e", passed, passed ? "" : "too few"}};
  return made;
}

TEST(Compare, TheSameVerdicts) {
  const auto a = result("sim", 10, true);
  const auto b = result("lab", 9, true);
  const Comparison comparison = compare(a, b);
  EXPECT_FALSE(comparison.verdicts_differ());
  ASSERT_EQ(comparison.flows.size(), 1U);     // no probes
  ASSERT_EQ(comparison.counters.size(), 1U);  // of LISPERs, over all ports, where they differ
  EXPECT_EQ(comparison.counters[0].counter, "rx_packets");
  EXPECT_EQ(comparison.counters[0].a, 11U);
  EXPECT_EQ(comparison.counters[0].b, 10U);
  EXPECT_THAT(comparison_text(comparison, {}), HasSubstr("1 of 1 expectations have the same verdict in both\n"));
}

TEST(Compare, AVerdictThatDiffers) {
  const auto a = result("sim", 10, true);
  const auto b = result("lab", 9, false);
  const Comparison comparison = compare(a, b);
  EXPECT_TRUE(comparison.verdicts_differ());
  EXPECT_THAT(comparison_text(comparison, {}), HasSubstr("differs: e\n  sim: passed\n  lab: failed: too few\n"));
  EXPECT_EQ(comparison_json(comparison)["expectations"][0]["differs"], true);
}

TEST(Compare, WhatOnlyOneKnows) {
  const auto a = result("lab", 10, true);
  auto b = result("lab", 10, true);
  b.flows.clear();
  b.expectations.clear();
  const Comparison comparison = compare(a, b);
  EXPECT_TRUE(comparison.verdicts_differ());
  EXPECT_THAT(comparison_text(comparison, {}), HasSubstr("second: not asked"));
  EXPECT_EQ(comparison_json(comparison)["flows"][0]["b"], nullptr);
}

}  // namespace
}  // namespace lisper::lab
