#include "report/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
// After gtest.
#include <rapidcheck/gtest.h>

#include <limits>

namespace lisper::report {
namespace {

using testing::HasSubstr;

RunResult small_result() {
  RunResult result;
  result.scenario = "tiny";
  result.description = "two hosts";
  result.body = "sim";
  result.seed = 18446744073709551615u;
  result.end_ns = 2'000'000'000;
  result.series_interval_ns = 1'000'000'000;
  result.hops = 8;
  result.versions = {{"lisper", "0.1.0"}, {"ns-3", "3.37"}};
  result.expectations = {{"all arrive", false, "flow p1: sent 4, received 2"}};
  FlowResult flow;
  flow.name = "p1";
  flow.kind = "ping";
  flow.from = "a";
  flow.to = "b";
  flow.sent = 4;
  flow.received = 2;
  flow.latency = Latency{10, 20, 30, 30};
  flow.throughput_bps = 8000;
  flow.received_series = {1, 1};
  result.flows = {flow};
  LinkResult link;
  link.name = "a:e0 - b:e0";
  link.from = "a";
  link.to = "b";
  link.directions[0] = {
      .packets = 4, .bytes = 400, .drops = {{"loss", 2}}, .queue_peak = 1, .rate_bps = 1000, .bytes_series = {}};
  result.links = {link};
  NodeResult node;
  node.name = "site04";
  node.kind = "lisper";
  node.ports["e0"]["rx_packets"] = 4;
  node.networks[1]["bad_cookie"] = 3;
  node.control["messages"] = 7;
  node.tables["fib"] = 1;
  node.associations["to fd80:8::2 spi 1"]["packets"] = 5;
  node.fib = {{2'000'000'000, 1, "00:00:00:00:aa:05", "lisper fd80:8::2"}};
  result.nodes = {node};
  result.events = {{500, "link a - b goes down"}};
  result.topology = {{"a", "host", 0, 0.5}};
  return result;
}

// By hand, from docs/results.md.
constexpr std::string_view kSmallText = R"({"format":"lisper-result",
"format_version":1,
"scenario":"tiny",
"description":"two hosts",
"body":"sim",
"seed":18446744073709551615,
"versions":{"lisper":"0.1.0","ns-3":"3.37"},
"end_ns":2000000000,
"series_interval_ns":1000000000,
"hops":8,
"expectations":[
{"name":"all arrive","passed":false,"why":"flow p1: sent 4, received 2"}],
"flows":[
{"name":"p1","kind":"ping","from":"a","to":"b","sent":4,"received":2,"loss":0.5,"latency":{"min":10,"median":20,"p99":30,"max":30},"throughput":8000,"out_of_order":0,"completed":null,"probe":false,"received_series":[1,1],"latency_histogram":[]}],
"links":[
{"name":"a:e0 - b:e0","from":"a","to":"b","up":true,"directions":[{"packets":4,"bytes":400,"drops":{"loss":2},"queue_peak":1,"rate":1000,"bytes_series":[]},{"packets":0,"bytes":0,"drops":{},"queue_peak":0,"rate":0,"bytes_series":[]}]}],
"nodes":[
{"name":"site04","kind":"lisper","ports":{"e0":{"rx_packets":4}},"networks":{"1":{"bad_cookie":3}},"control":{"messages":7},"tables":{"fib":1},"associations":{"to fd80:8::2 spi 1":{"packets":5}},"fib":[{"at_ns":2000000000,"iid":1,"mac":"00:00:00:00:aa:05","leads_to":"lisper fd80:8::2"}]}],
"events":[
{"at_ns":500,"text":"link a - b goes down"}],
"topology":[
{"name":"a","kind":"host","x":0.0,"y":0.5}]}
)";

TEST(ResultJson, WritesTheDocumentedText) { EXPECT_EQ(to_text(small_result()), kSmallText); }

TEST(ResultJson, BeginsWithThePrefixThatRunFoldersLookFor) {
  EXPECT_TRUE(to_text(RunResult{}).starts_with(kResultPrefix));
}

TEST(ResultJson, ReadsTheDocumentedText) {
  const auto result = from_text(kSmallText);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(*result == small_result());
}

TEST(ResultJson, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(to_line({1, "a\xff"}), "{\"at_ns\":1,\"text\":\"a\xef\xbf\xbd\"}");
}

struct Bad {
  std::string_view from;  ///< replaced in the good text
  std::string_view to;
  std::string_view message;
};

class BadResult : public testing::TestWithParam<Bad> {};

TEST_P(BadResult, IsRefusedWithThePlace) {
  std::string text(kSmallText);
  const auto at = text.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, GetParam().from.size(), GetParam().to);
  const auto result = from_text(text);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadResult,
    testing::Values(
        Bad{"\"sent\":4", "\"sent\":-4", "/flows/0/sent: expected an integer from 0 to 18446744073709551615"},
        Bad{"\"sent\":4", "\"sent\":4.5", "/flows/0/sent: expected an integer"},
        Bad{"\"sent\":4,", "", "/flows/0/sent: is missing"},
        Bad{"\"queue_peak\":1", "\"queue_peak\":4294967296", "/links/0/directions/0/queue_peak: expected an integer"},
        Bad{"\"up\":true", "\"up\":1", "/links/0/up: expected true or false"},
        Bad{"\"name\":\"p1\"", "\"name\":7", "/flows/0/name: expected a string"},
        Bad{"{\"1\":{\"bad_cookie\":3}}", "{\"x1\":{}}", "/nodes/0/networks/x1: expected a decimal number"},
        Bad{"{\"min\":10,", "[{\"min\":10,", "not JSON"},
        Bad{"\"y\":0.5", "\"y\":\"top\"", "/topology/0/y: expected a number"},
        Bad{"\"format_version\":1", "\"format_version\":2", "/format_version: 2, but this program reads 1"},
        Bad{"lisper-result", "other", "not a result of this program"}));

TEST(ResultJson, RefusesTextThatIsNoObject) {
  for (const std::string_view text : {"", "[]", "null", "{", "{}"}) EXPECT_FALSE(from_text(text)) << text;
}

}  // namespace
}  // namespace lisper::report

namespace rc {

using namespace lisper::report;  // NOLINT: generators only

template <>
struct Arbitrary<Latency> {
  static Gen<Latency> arbitrary() {
    return gen::build<Latency>(gen::set(&Latency::min), gen::set(&Latency::median), gen::set(&Latency::p99),
                               gen::set(&Latency::max));
  }
};

/// Short containers of elements of every size: nesting would make long ones of long ones.
template <typename Container, typename... Elements>
Gen<Container> few(Elements... elements) {
  return gen::resize(4, gen::container<Container>(gen::resize(kNominalSize, std::move(elements))...));
}

Gen<std::string> text() { return few<std::string>(gen::inRange<char>(0, 127)); }

Gen<std::vector<std::uint64_t>> series() { return few<std::vector<std::uint64_t>>(gen::arbitrary<std::uint64_t>()); }

template <typename T>
Gen<std::optional<T>> maybe() {
  return gen::apply([](bool has, T value) { return has ? std::optional<T>(value) : std::nullopt; },
                    gen::arbitrary<bool>(), gen::arbitrary<T>());
}

Gen<Counters> counters() { return few<Counters>(text(), gen::arbitrary<std::uint64_t>()); }

template <>
struct Arbitrary<FlowResult> {
  static Gen<FlowResult> arbitrary() {
    return gen::build<FlowResult>(
        gen::set(&FlowResult::name, text()), gen::set(&FlowResult::kind, text()), gen::set(&FlowResult::from, text()),
        gen::set(&FlowResult::to, text()), gen::set(&FlowResult::sent), gen::set(&FlowResult::received),
        gen::set(&FlowResult::latency, maybe<Latency>()), gen::set(&FlowResult::throughput_bps),
        gen::set(&FlowResult::out_of_order), gen::set(&FlowResult::completed, maybe<bool>()),
        gen::set(&FlowResult::probe), gen::set(&FlowResult::received_series, series()),
        gen::set(&FlowResult::latency_histogram, series()));
  }
};

template <>
struct Arbitrary<LinkDirectionResult> {
  static Gen<LinkDirectionResult> arbitrary() {
    return gen::build<LinkDirectionResult>(
        gen::set(&LinkDirectionResult::packets), gen::set(&LinkDirectionResult::bytes),
        gen::set(&LinkDirectionResult::drops, counters()), gen::set(&LinkDirectionResult::queue_peak),
        gen::set(&LinkDirectionResult::rate_bps), gen::set(&LinkDirectionResult::bytes_series, series()));
  }
};

template <>
struct Arbitrary<LinkResult> {
  static Gen<LinkResult> arbitrary() {
    return gen::apply(
        [](std::string name, std::string from, std::string to, LinkDirectionResult there, LinkDirectionResult back,
           bool up) {
          return LinkResult{name, from, to, {there, back}, up};
        },
        text(), text(), text(), gen::arbitrary<LinkDirectionResult>(), gen::arbitrary<LinkDirectionResult>(),
        gen::arbitrary<bool>());
  }
};

template <>
struct Arbitrary<TableRow> {
  static Gen<TableRow> arbitrary() {
    return gen::build<TableRow>(gen::set(&TableRow::at_ns), gen::set(&TableRow::iid), gen::set(&TableRow::mac, text()),
                                gen::set(&TableRow::leads_to, text()));
  }
};

template <>
struct Arbitrary<NodeResult> {
  static Gen<NodeResult> arbitrary() {
    return gen::build<NodeResult>(
        gen::set(&NodeResult::name, text()), gen::set(&NodeResult::kind, text()),
        gen::set(&NodeResult::ports, few<std::map<std::string, Counters>>(text(), counters())),
        gen::set(&NodeResult::networks,
                 few<std::map<std::uint32_t, Counters>>(gen::arbitrary<std::uint32_t>(), counters())),
        gen::set(&NodeResult::control, counters()), gen::set(&NodeResult::tables, counters()),
        gen::set(&NodeResult::fib, few<std::vector<TableRow>>(gen::arbitrary<TableRow>())));
  }
};

template <>
struct Arbitrary<RunResult> {
  static Gen<RunResult> arbitrary() {
    const auto event = gen::construct<EventResult>(gen::arbitrary<std::int64_t>(), text());
    const auto expectation = gen::construct<ExpectationResult>(text(), gen::arbitrary<bool>(), text());
    const auto fraction = gen::map(gen::inRange(0, 1000), [](int n) { return n / 999.0; });
    const auto node = gen::construct<TopologyNode>(text(), text(), fraction, fraction);
    return gen::build<RunResult>(
        gen::set(&RunResult::scenario, text()), gen::set(&RunResult::description, text()),
        gen::set(&RunResult::body, text()), gen::set(&RunResult::seed), gen::set(&RunResult::end_ns),
        gen::set(&RunResult::series_interval_ns), gen::set(&RunResult::hops),
        gen::set(&RunResult::versions, few<std::map<std::string, std::string>>(text(), text())),
        gen::set(&RunResult::topology, few<std::vector<TopologyNode>>(node)),
        gen::set(&RunResult::flows, few<std::vector<FlowResult>>(gen::arbitrary<FlowResult>())),
        gen::set(&RunResult::links, few<std::vector<LinkResult>>(gen::arbitrary<LinkResult>())),
        gen::set(&RunResult::nodes, few<std::vector<NodeResult>>(gen::arbitrary<NodeResult>())),
        gen::set(&RunResult::events, few<std::vector<EventResult>>(event)),
        gen::set(&RunResult::expectations, few<std::vector<ExpectationResult>>(expectation)));
  }
};

}  // namespace rc

namespace lisper::report {

RC_GTEST_PROP(ResultJson, RoundTripsEveryResult, (const RunResult& result)) {
  const auto read = from_text(to_text(result));
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == result);
}

}  // namespace lisper::report
