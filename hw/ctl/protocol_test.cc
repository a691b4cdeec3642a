#include "hw/ctl/protocol.h"

#include <gmock/gmock.h>

#include "hw/ctl/status_json.h"
#include "hw/ctl/testing.h"

namespace lisper::hw::ctl {
namespace {

using nlohmann::ordered_json;
using ::testing::HasSubstr;

template <typename T>
T parsed(std::string_view line) {
  const auto request = parse_request(line);
  EXPECT_TRUE(request) << request.error().error;
  EXPECT_TRUE(request && std::holds_alternative<T>(*request));
  return request && std::holds_alternative<T>(*request) ? std::get<T>(*request) : T{};
}

TEST(ParseRequest, TakesEachRequest) {
  EXPECT_EQ(parsed<ShowStatus>(R"({"show":"status"})").rows, 0u);
  EXPECT_EQ(parsed<ShowStatus>(R"({"rows":100, "show":"status"})").rows, 100u);
  parsed<ClearCounters>(R"({"clear":"counters"})");
  EXPECT_EQ(parsed<Trace>(R"({"trace":10})").count, 10u);
  EXPECT_EQ(parsed<Trace>(R"({"trace":10})").port, "");
  EXPECT_EQ(parsed<Trace>(R"({"trace":1,"port":"e0"})").port, "e0");
  const auto look_up = parsed<LookUp>(R"({"look_up":{"iid":4294967295,"mac":"02:00:00:00:00:01"}})");
  EXPECT_EQ(look_up.iid, Iid(4'294'967'295));
  EXPECT_EQ(look_up.mac, MacAddress::from_u64(0x020000000001));
}

TEST(ParseRequest, TakesWhatToLineWrites) {
  for (const std::string line :
       {R"({"show":"status","rows":7})", R"({"clear":"counters"})", R"({"trace":3})", R"({"trace":3,"port":"e\"0"})",
        R"({"look_up":{"iid":1,"mac":"02:00:00:00:00:01"}})"}) {
    const auto request = parse_request(line);
    ASSERT_TRUE(request) << line;
    EXPECT_EQ(to_line(*request), line);
  }
}

class Refused : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(Refused, WithAReasonAndAHint) {
  const auto request = parse_request(GetParam().first);
  ASSERT_FALSE(request);
  EXPECT_THAT(request.error().error, HasSubstr(GetParam().second));
  EXPECT_NE(request.error().hint, "");
}

INSTANTIATE_TEST_SUITE_P(
    Requests, Refused,
    ::testing::Values(
        std::pair{"", "not JSON"}, std::pair{"hello", "not JSON"}, std::pair{"[1]", "object"},
        std::pair{"{}", "no request"}, std::pair{R"({"stop":"node"})", "no request"},
        std::pair{R"({"show":"status"} {"show":"status"})", "not JSON"}, std::pair{R"({"show":"ports"})", "status"},
        std::pair{R"({"show":["status"]})", "status"}, std::pair{R"({"show":"status","rows":-1})", "rows"},
        std::pair{R"({"show":"status","rows":10001})", "rows"}, std::pair{R"({"show":"status","rows":1.5})", "rows"},
        std::pair{R"({"show":"status","port":"e0"})", "does not go with"}, std::pair{R"({"clear":"all"})", "counters"},
        std::pair{R"({"clear":"counters","trace":1})", "does not go with"}, std::pair{R"({"trace":0})", "trace"},
        std::pair{R"({"trace":"10"})", "trace"}, std::pair{R"({"trace":99999999999999999999})", "trace"},
        std::pair{R"({"trace":10,"port":0})", "port"}, std::pair{R"({"trace":10,"port":""})", "port"},
        std::pair{R"({"look_up":{}})", "iid"}, std::pair{R"({"look_up":5})", "look_up"},
        std::pair{R"({"look_up":{"iid":4294967296,"mac":"02:00:00:00:00:01"}})", "iid"},
        std::pair{R"({"look_up":{"iid":1,"mac":"02:00"}})", "mac"},
        std::pair{R"({"look_up":{"iid":1,"mac":"02:00:00:00:00:01","vlan":1}})", "look_up"}));

TEST(Answers, AreJsonOnOneLine) {
  EXPECT_EQ(ok_line(), "{\"ok\":true}\n");
  EXPECT_EQ(ok_line({{"trace", 3}}), "{\"ok\":true,\"trace\":3}\n");
  EXPECT_EQ(refusal_line({"a\nb", "c"}), "{\"ok\":false,\"error\":\"a\\nb\",\"hint\":\"c\"}\n");
  EXPECT_EQ(done_line(9, 1), "{\"done\":true,\"sent\":9,\"lost\":1}\n");
}

TEST(PacketLine, IsReadBack) {
  const TracedPacket packet = testing::sample_packet();
  const std::string line = packet_line(packet);
  EXPECT_THAT(line, HasSubstr("\"bytes\":\"02000000000102000000000286dd\""));
  const auto read = packet_from_json(ordered_json::parse(line)["packet"]);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->time, packet.time);
  EXPECT_EQ(read->port, packet.port);
  EXPECT_EQ(read->bytes, packet.bytes);
  EXPECT_EQ(read->len, packet.len);
  EXPECT_EQ(read->outcome, packet.outcome);
  ASSERT_EQ(read->steps.size(), 1u);
  EXPECT_EQ(read->steps[0].clause, "RFC 3931 8.2");
}

TEST(PacketFromJson, RefusesWhatIsNotHex) {
  for (const char* bytes : {"0", "0g", "0G", " 0"}) {
    auto json = ordered_json::parse(packet_line(testing::sample_packet()))["packet"];
    json["bytes"] = bytes;
    EXPECT_FALSE(packet_from_json(json)) << bytes;
  }
}

TEST(StatusJson, IsReadBackWhole) {
  const Status status = testing::sample_status();
  const ordered_json json = to_json(status);
  EXPECT_EQ(json["ports"][0]["rx_missed"], 7);
  EXPECT_EQ(json["node"]["networks"]["251"]["rx_packets"], 999'967);
  const auto read = status_from_json(json);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json(*read), json);
  EXPECT_EQ(read->node, status.node);
  EXPECT_EQ(read->sessions[0].peer, "fd80:1::2");
}

TEST(StatusJson, SaysWhatIsWrongAndWhere) {
  ordered_json json = to_json(testing::sample_status());
  json["ports"][0]["mtu"] = 70'000;
  const auto read = status_from_json(json);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "/ports/0/mtu: expected an integer from 0 to 65535");
}

}  // namespace
}  // namespace lisper::hw::ctl
