#include "model/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "model/testing.h"

namespace lisper::model {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Load, DiagnosticsHavePlacePathAndHint) {
  const std::string text =
      "{\n  \"nodes\": {\"core\": {\"type\": \"router\", \"interfaces\": []}},\n"
      "  \"links\": [{\"endpoints\": [\"c:e1\", \"cora:e0\"]}]\n}";
  EXPECT_EQ(problems_of(text),
            "x.json:3:28: error: node \"c\" is not defined [/links/0/endpoints/0]\n"
            "x.json:3:36: error: node \"cora\" is not defined [/links/0/endpoints/1]\n"
            "  hint: did you mean \"core\"?\n");
}

TEST(Load, AllProblemsInOrderOfPosition) {
  const auto loaded =
      load_scenario_text(small(R"(, "sed": 1, "end": "5", "expect": [{"flow": "nope", "loss": 0}])"), "x.json");
  ASSERT_FALSE(loaded);
  ASSERT_EQ(loaded.error().list.size(), 3u);
  EXPECT_EQ(loaded.error().list[0].path, "/sed");
  EXPECT_EQ(loaded.error().list[1].path, "/end");
  EXPECT_EQ(loaded.error().list[2].path, "/expect/0/flow");
}

TEST(Load, ManyProblemsAreCountedNotPrinted) {
  std::string links;
  for (int i = 0; i < 1000; ++i) links += R"(, {"endpoints": ["x:1", "y:1"]})";
  const auto loaded = load_scenario_text(small("", "", links), "x.json");
  ASSERT_FALSE(loaded);
  const std::string text = loaded.error().render(50);
  EXPECT_EQ(std::ranges::count(text, '\n'), 51);  // no hints: nothing is near
  EXPECT_THAT(text, HasSubstr("... and 1950 more\n"));
}

struct Bad {
  const char* what;
  std::string text;
  const char* message;
};

class LoadRefuses : public ::testing::TestWithParam<Bad> {};

TEST_P(LoadRefuses, WithAClearMessage) { EXPECT_THAT(problems_of(GetParam().text), HasSubstr(GetParam().message)); }

const std::string kLisper = R"("s2": {"type": "lisper", "interfaces": [{"name": "e", "mac": "00:00:00:00:00:01"}], )"
                            R"("exits": [{"name": "x", "ip": "fd80::2", "interface": "e"}], )";

INSTANTIATE_TEST_SUITE_P(
    Load, LoadRefuses,
    ::testing::Values(
        Bad{"NotJson", "{", "not JSON"}, Bad{"Empty", "", "not JSON"},
        Bad{"Array", "[]", "expected an object (scenario)"}, Bad{"NaN", R"({"seed": NaN})", "not JSON"},
        Bad{"NoNodes", "{}", "a scenario needs nodes"},
        Bad{"UnknownField", small(R"(, "nodez": 1)"), "did you mean \"nodes\"?"},
        Bad{"RepeatedField", small(R"(, "seed": 1, "seed": 2)"), "field \"seed\" is repeated"},
        Bad{"Negative", small(R"(, "seed": -1)"), "expected an integer from 0"},
        Bad{"Fraction", small(R"(, "seed": 1.5)"), "expected an integer from 0"},
        Bad{"Overflow", small(R"(, "seed": 99999999999999999999)"), "expected an integer from 0"},
        Bad{"WrongType", small(R"(, "links": {})"), "field \"links\" is repeated"},
        Bad{"WrongUnit", small(R"(, "end": "5 seconds")"), "expected a duration"},
        Bad{"StatisticsTooOften", small("", R"(, "s3": {"type": "lisper", "statistics_interval": "99ms"})"),
            "expected \"0\", or a duration from \"100ms\" to \"60s\""},
        Bad{"StatisticsTooSeldom", small("", R"(, "s3": {"type": "lisper", "statistics_interval": "2min"})"),
            "expected \"0\", or a duration"},
        Bad{"ZeroEnd", small(R"(, "end": "0")"), "later than 0"},
        Bad{"DuplicateNode", small("", R"(, "a": {"type": "host", "interfaces": []})"), "node \"a\" is defined twice"},
        Bad{"BadName", small("", R"(, "a b": {"type": "segment"})"), "letters, digits"},
        Bad{"UnknownType", small("", R"(, "h": {"type": "hots"})"), "did you mean \"host\"?"},
        Bad{"PortTwice", small("", "", R"(, {"endpoints": ["a:e0", "core:e2"]})"),
            "is an end of link \"a:e0 - core:e0\" already"},
        Bad{"UnknownPort", small("", "", R"(, {"endpoints": ["site:e9", "core:e2"]})"), "has no port \"e9\""},
        Bad{"SamePci", small("", "", R"(, {"endpoints": ["site:v1", "a:e0"]}, {"endpoints": ["site:v2", "b:e0"]})"),
            "already"},
        Bad{"DuplicateSession", small("", ", " + kLisper + R"("local_networks": [
            {"iid": 1, "type": "L2TPv3", "ip": "fd80::3", "session_id": 1, "exit": "x"},
            {"iid": 2, "type": "L2TPv3", "ip": "fd80::3", "session_id": 1, "exit": "x"}]})"),
            "session 1 from fd80::3 is configured twice"},
        Bad{"SessionLikeIid",
            small("", ", " + kLisper + R"("lispers": [{"ip": "fd80::3", "exit": "x"}], "local_networks": [
            {"iid": 1, "type": "L2TPv3", "ip": "fd80::3", "session_id": 1, "exit": "x"}]})"),
            "cannot be told from IID 1"},
        Bad{"ExitAndNetwork", small("", ", " + kLisper + R"("local_networks": [{"iid": 1, "interface": "e"}]})"),
            "cannot be an Ethernet network"},
        Bad{"LongCookie",
            small("", ", " + kLisper + R"("local_networks": [{"iid": 1, "type": "L2TPv3", "ip": "fd80::3", "exit": "x",
            "session_id": 1, "cookie_length": 4, "cookie": "123456789"}]})"),
            "longer than cookie_length"},
        Bad{"PolicyOfNoNetwork", small("", ", " + kLisper + R"("policies": [{"iid": 7}]})"), "has IID 7"},
        Bad{"PolicyTwice", small("", ", " + kLisper + R"("local_networks": [{"iid": 1, "interface": "f"}],
            "policies": [{"iid": 1}, {"iid": 1, "multicast": "snoop"}]})"),
            "IID 1 has a policy already"},
        Bad{"PolicyUnknownWord", small("", ", " + kLisper + R"("local_networks": [{"iid": 1, "interface": "f"}],
            "policies": [{"iid": 1, "unknown_unicast": "quue"}]})"),
            "did you mean \"queue\"?"},
        Bad{"StormLimitsTwice", small("", R"(, "s4": {"type": "lisper", "interfaces": [
            {"name": "v1", "mac": "00:00:00:00:04:01", "pci": "1", "vlan_id": 1, "storm_limits": {"broadcast": 1}},
            {"name": "v2", "mac": "00:00:00:00:04:01", "pci": "1", "vlan_id": 2, "storm_limits": {"multicast": 2}}]})"),
            "port 1 has storm_limits already"},
        Bad{"StormLimitOfZero", small("", R"(, "s4": {"type": "lisper", "interfaces": [
            {"name": "v1", "mac": "00:00:00:00:04:01", "storm_limits": {"broadcast": 0}}]})"),
            "expected an integer from 1"},
        Bad{"Families", small("", ", " + kLisper + R"("lispers": [{"ip": "10.0.0.1", "exit": "x"}]})"),
            "cannot be reached from exit"},
        Bad{"MappingToNobody",
            small(
                R"(, "controller": {"mappings": [{"to": ["core"], "iid": 1, "eid": "00:00:00:00:00:01", "rlocs": []}]})"),
            "no LISPER with a control_sock"},
        Bad{"MappingWithoutEid", small(R"(, "controller": {"mappings": [{"iid": 1, "rlocs": []}]})"),
            "needs \"iid\" and \"eid\""},
        Bad{"TrafficFromRouter", small(R"(, "traffic": [{"type": "ping", "from": "core", "to": "a"}])"),
            "expected a host or an app"},
        Bad{"TrafficTwice",
            small(
                R"(, "traffic": [{"type": "ping", "from": "a", "to": "b"}, {"type": "ping", "from": "a", "to": "b"}])"),
            "is defined twice"},
        Bad{"NoCommonFamily",
            small(R"(, "traffic": [{"type": "ping", "from": "a", "to": "b", "to_address": "fd00::2"}])"),
            "no addresses of one family"},
        Bad{"NoCapture",
            small(R"(, "traffic": [{"type": "replay", "from": "r:1", "capture": "none.pcap"}])",
                  R"(, "r": {"type": "replay"})"),
            "there is no file"},
        Bad{"UnknownLink", small(R"(, "events": [{"at": "1s", "link_down": "a:e0 - core:e1"}])"), "is not defined"},
        Bad{"OccupiedTarget", small(R"(, "events": [{"at": "1s", "move": "a", "to": "core:e1"}])"),
            "is an end of link \"b:e0 - core:e1\" at 1s"},
        Bad{"UnknownCounter", small(R"(, "expect": [{"counter": "site", "name": "bad_cokie", "equals": 0}])"),
            "did you mean \"bad_cookie\"?"},
        Bad{"LeadsNowhere",
            small(
                R"(, "expect": [{"table": "site", "iid": 1, "mac": "00:00:00:00:00:01", "leads_to": "interface v3"}])"),
            "did you mean \"interface v1\"?"},
        Bad{"SourceOfAHost",
            small(
                R"(, "controller": {"mappings": [{"iid": 1, "eid": "00:00:00:00:00:01", "source": "00:00:00:00:00:02", "rles": []}]})"),
            "\"source\" is a host's MAC address, and \"eid\" a whole group's"},
        Bad{"LevelTooHigh",
            small(
                R"(, "controller": {"mappings": [{"iid": 1, "eid": "ff:ff:ff:ff:ff:ff", "rles": [{"rle": "fd80::1", "level": 256}]}]})"),
            "/controller/mappings/0/rles/0/level"},
        Bad{"TooDeep", std::string(100'000, '['), "not JSON"}),
    [](const auto& param_info) { return param_info.param.what; });

TEST(Load, ConsequencesOfAMistakeAreNotReported) {
  EXPECT_THAT(problems_of(small("", R"(, "h": {"type": "hots"})", R"(, {"endpoints": ["h:e0", "core:e9"]})")),
              Not(HasSubstr("\"h\" is not defined")));
  const std::string text =
      problems_of(small("", R"(, "h": {"type": "host", "interfaces": [{"name": "e0", "ip": ["10.0.0.300/8"]}]})"));
  EXPECT_EQ(std::ranges::count(text, '\n'), 1) << text;
}

TEST(Load, FileProblems) {
  EXPECT_THAT(load_scenario("no/such.json").error().render(), HasSubstr("no/such.json:1:1: error: cannot be read"));
  EXPECT_THAT(load_scenario("model").error().render(), HasSubstr("is a directory"));
}

TEST(Load, ATextThatIsTooLargeIsRefusedQuickly) {
  EXPECT_THAT(problems_of("{" + std::string(100u << 20, ' ') + "}"), HasSubstr("at most 64 MiB"));
  std::string values = R"({"links": [0)";
  for (std::size_t i = 0; i < Source::kMaxValues; ++i) values += ",0";
  EXPECT_THAT(problems_of(values + "]}"), HasSubstr("values"));
}

std::string mesh() {
  std::ifstream file("scenarios/mesh.json");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Load, EveryTruncationIsAnError) {
  const std::string text = mesh();
  ASSERT_GT(text.size(), 1000u);
  for (std::size_t size = 0; size + 2 < text.size(); ++size)
    ASSERT_FALSE(load_scenario_text(text.substr(0, size), "x.json")) << size;
}

TEST(Load, NoMutatedByteCrashes) {
  const std::string text = mesh();
  for (std::size_t i = 0; i < text.size(); i += 3) {
    for (const char c : {'"', '0', ',', '}', '-'}) {
      std::string mutated = text;
      mutated[i] = c;
      const auto loaded = load_scenario_text(std::move(mutated), "x.json");
      ASSERT_TRUE(loaded || !loaded.error().list.empty()) << i;
    }
  }
}

}  // namespace
}  // namespace lisper::model
