#include "controller-mock/punt.h"

#include <gtest/gtest.h>

#include <string>

namespace lisper::controller {
namespace {

Discovery discovery(std::string_view text) {
  auto punt = parse_punt(text);
  if (!punt || !std::holds_alternative<Discovery>(*punt)) {
    ADD_FAILURE() << "not a discovery: " << text;
    return {};
  }
  return std::get<Discovery>(*punt);
}

TEST(Punt, ReadsTheOriginals) {
  auto punt = discovery(R"({"source-eid" : "0000-0000-aa03", "dest-eid" : "0000-0000-aa07", "interface" : "e03"})");
  EXPECT_EQ(punt.source, parse_mac("00:00:00:00:aa:03"));
  EXPECT_EQ(punt.destination, parse_mac("00:00:00:00:aa:07"));
  EXPECT_EQ(punt.interface, "e03");
  EXPECT_EQ(punt.iid, std::nullopt);
}

TEST(Punt, ReadsTodays) {
  auto punt = discovery(
      R"({"type":"discovery","source-eid":"0000-0000-0102","dest-eid":"0000-0000-0203","interface":"s1","instance-id":"251"})");
  EXPECT_EQ(punt.source, parse_mac("00:00:00:00:01:02"));
  EXPECT_EQ(punt.destination, parse_mac("00:00:00:00:02:03"));
  EXPECT_EQ(punt.interface, "s1");
  EXPECT_EQ(punt.iid, Iid(251));
  EXPECT_TRUE(std::holds_alternative<Restart>(*parse_punt(R"({"type":"restart"})")));
}

TEST(Punt, NeedsOnlyOneEid) {
  EXPECT_EQ(discovery(R"({"type":"discovery","dest-eid":"0000-0000-0203","interface":""})").source, std::nullopt);
  EXPECT_EQ(discovery(R"({"type":"discovery","source-eid":"0000-0000-0203","interface":""})").destination,
            std::nullopt);
}

TEST(Punt, TakesAnIidOnlyWhole) {
  auto iid = [](std::string_view value) {
    return discovery(R"({"source-eid":"0000-0000-0102","instance-id":)" + std::string(value) + "}").iid;
  };
  EXPECT_EQ(iid("251"), Iid(251));
  EXPECT_EQ(iid(R"("4294967295")"), Iid(4294967295));
  EXPECT_EQ(iid("4294967296"), std::nullopt);
  EXPECT_EQ(iid(R"("4294967296")"), std::nullopt);
  EXPECT_EQ(iid("-1"), std::nullopt);
  EXPECT_EQ(iid("1.5"), std::nullopt);
  EXPECT_EQ(iid(R"("1x")"), std::nullopt);
  EXPECT_EQ(iid(R"("")"), std::nullopt);
  EXPECT_EQ(iid("[]"), std::nullopt);
}

// What the live controller was seen to accept.
TEST(Punt, SumsStatistics) {
  const auto sum = [](std::string_view text) {
    const auto punt = parse_punt(text);
    return punt && std::holds_alternative<Statistics>(*punt) ? std::get<Statistics>(*punt) : Statistics{};
  };
  const auto sent = sum(
      R"({"type":"statistics","entries":[{"instance-id":"251","eid-prefix":"0000-0000-0203/48","rlocs":[{"rloc":"2001:db8:c::14","port":"4341","packet-count":5,"byte-count":500,"seconds-last-packet":0.5},{"rloc":"no-address","port":"4341","packet-count":1,"byte-count":60,"seconds-last-packet":2}]}]})");
  EXPECT_EQ(sent.packets, 6u);
  EXPECT_EQ(sent.bytes, 560u);
  EXPECT_FALSE(sent.received);
  const auto received = sum(
      R"({"type":"decap-statistics","good-packets":{"packet-count":7,"byte-count":700,"seconds-last-packet":1.0}})");
  EXPECT_EQ(received.packets, 7u);
  EXPECT_TRUE(received.received);
  EXPECT_TRUE(parse_punt(R"({"type":"statistics","entries":[]})"));
}

TEST(Punt, RefusesEverythingElse) {
  for (
      std::string_view text :
      {"",
       "\n",
       "{",
       "[]",
       "null",
       "1",
       R"("restart")",
       "{}",
       R"({"type":1})",
       R"({"type":"statistics"})",
       R"({"type":"statistics","entries":{}})",
       R"({"type":"statistics","entries":[7]})",
       R"({"type":"statistics","entries":[{"instance-id":"1","eid-prefix":"0000-0000-0203/48"}]})",
       R"({"type":"statistics","entries":[{"instance-id":"1","eid-prefix":"0000-0000-0203/48","rlocs":[{"rloc":"10.0.0.1","port":"4341","packet-count":"5","byte-count":500,"seconds-last-packet":0.5}]}]})",
       R"({"type":"decap-statistics","good-packets":{"packet-count":-1,"byte-count":700,"seconds-last-packet":1.0}})",
       R"({"type":"discovery"})",
       R"({"type":"discovery","source-eid":"10.0.0.1","interface":"s1"})",
       R"({"source-eid":1,"dest-eid":[]})",
       "{\"type\":\"restart\xff\"}",
       R"({"type":"restart"}{"type":"restart"})"})
    EXPECT_EQ(parse_punt(text), std::nullopt) << text;
  EXPECT_EQ(parse_punt(std::string(3000, '[')), std::nullopt);
}

// The controller reads 4000 bytes of a datagram.
TEST(Punt, RefusesWhatTheControllerWouldCut) {
  std::string text = R"({"type":"restart"})";
  EXPECT_TRUE(parse_punt(text + std::string(4000 - text.size(), ' ')).has_value());
  EXPECT_FALSE(parse_punt(text + std::string(4001 - text.size(), ' ')).has_value());
}

}  // namespace
}  // namespace lisper::controller
