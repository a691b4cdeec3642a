#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller-mock/controller.h"

namespace lisper::controller {
namespace {

using testing::ElementsAre;
using testing::FieldsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// A LISPER with a local Ethernet "lan" in IID 1 and, if asked, a tunnel in IID 2 behind the interface "up".
model::Node lisper_node(std::vector<const char*> exits, std::vector<const char*> peers, bool second_iid = false) {
  model::CoreNode core;
  core.control_sock = "/run/control";
  core.config.interfaces = {{"up", {}, PortId(0), {}}, {"lan", {}, PortId(1), {}}};
  for (const auto* ip : exits) core.config.exits.push_back({"", *parse_ip(ip), InterfaceId(0), {}, {}});
  for (const auto* ip : peers) core.config.lispers.push_back({*parse_ip(ip), ExitId(0), {}});
  core.config.local_networks.push_back({Iid(1), InterfaceId(1), {}});
  if (second_iid) core.config.local_networks.push_back({Iid(2), {}, TunnelConfig{}});
  model::Node node;
  node.role = core;
  return node;
}

class FollowHosts : public testing::Test {
 protected:
  FollowHosts() {
    plan.nodes = {lisper_node({"fd80:4::2"}, {"fd80:8:b::2"}, true),
                  lisper_node({"fd80:8:a::2", "fd80:8:b::2"}, {}, true), lisper_node({"192.0.2.9"}, {})};
    plan.controller.present = true;
    plan.controller.follow_hosts = true;
  }

  /// Starts, and forgets the replication lists.
  Controller started() const {
    Controller c(plan, 1);
    c.start({});
    (void)c.take_deliveries();
    return c;
  }

  model::Plan plan;
};

std::string punt(const char* source, const char* destination, const char* interface = "lan") {
  return std::string(R"({"type":"discovery","source-eid":")") + source + R"(","dest-eid":")" + destination +
         R"(","interface":")" + interface + R"(","instance-id":"1"})";
}

std::string entry(const char* opcode, const char* eid, const std::string& locators) {
  return std::string(R"({"type": "map-cache", "opcode": ")") + opcode + R"(", "eid-prefix": ")" + eid + R"(/48", )" +
         locators + R"(, "instance-id": "1"})";
}

constexpr auto kSite0 = R"("rlocs": [{"rloc": "fd80:4::2", "priority": "1", "weight": "50", "port": "4341"}])";
constexpr auto kSite1 =
    R"("rlocs": [{"rloc": "fd80:8:a::2", "priority": "1", "weight": "50", "port": "4341"}, {"rloc": "fd80:8:b::2", "priority": "1", "weight": "50", "port": "4341"}])";
constexpr auto kHost = "0000-0000-0102";

TEST_F(FollowHosts, BeginsWithReplicationLists) {
  Controller c(plan, 1);
  c.start({});
  auto all = c.take_deliveries();
  ASSERT_THAT(all, SizeIs(3));
  // The second exit of site 1 is the one that site 0 knows.
  EXPECT_EQ(
      all[0].datagram,
      R"({"type": "entire-map-cache", "entries": [{"type": "map-cache", "opcode": "add", "eid-prefix": "ffff-ffff-ffff/48", "rles": [{"rle": "fd80:8:b::2", "port": "4341"}, {"rle": "192.0.2.9", "port": "4341"}], "instance-id": "1"}, {"type": "map-cache", "opcode": "add", "eid-prefix": "ffff-ffff-ffff/48", "rles": [{"rle": "fd80:8:b::2", "port": "4341"}], "instance-id": "2"}]})");
  EXPECT_EQ(
      all[2].datagram,
      R"({"type": "entire-map-cache", "entries": [{"type": "map-cache", "opcode": "add", "eid-prefix": "ffff-ffff-ffff/48", "rles": [{"rle": "fd80:4::2", "port": "4341"}, {"rle": "fd80:8:a::2", "port": "4341"}], "instance-id": "1"}]})");
}

TEST_F(FollowHosts, RegistersOnceWithEveryExit) {
  auto c = started();
  c.on_punt(1, punt(kHost, "ffff-ffff-ffff"), seconds(1));
  EXPECT_THAT(c.take_deliveries(), ElementsAre(FieldsAre(seconds(1), 0, entry("add", kHost, kSite1)),
                                               FieldsAre(seconds(1), 2, entry("add", kHost, kSite1))));
  c.on_punt(1, punt(kHost, "ffff-ffff-ffff"), seconds(2));
  EXPECT_THAT(c.take_deliveries(), IsEmpty());
  EXPECT_EQ(c.counters().hosts_registered, 1u);
}

TEST_F(FollowHosts, TellsOnlyLispersWithTheIid) {
  auto c = started();
  c.on_punt(0, R"({"type":"discovery","source-eid":"0000-0000-0102","interface":"up","instance-id":"2"})", seconds(1));
  EXPECT_THAT(c.take_deliveries(), ElementsAre(FieldsAre(seconds(1), 1, testing::HasSubstr(R"("instance-id": "2")"))));
}

TEST_F(FollowHosts, TakesTheIidFromTheInterfaceInPuntsOf2016) {
  plan.controller.dialect = Dialect::k2016;
  auto c = started();
  c.on_punt(0, R"({"source-eid" : "0000-0000-aa03", "dest-eid" : "0000-0000-aa07", "interface" : "lan"})", seconds(1));
  c.on_punt(0, R"({"source-eid" : "0000-0000-aa01", "dest-eid" : "0000-0000-aa07", "interface" : "up"})", seconds(2));
  c.on_punt(0, R"({"source-eid" : "0000-0000-aa02", "dest-eid" : "0000-0000-aa07", "interface" : "e9"})", seconds(3));
  constexpr auto kTail = R"(,"rlocs":[{"rloc":"fd80:4::2","priority":1,"weight":50}]})";
  EXPECT_THAT(
      c.take_deliveries(),
      ElementsAre(
          FieldsAre(seconds(1), 1, R"({"instance-id":1,"eid-prefix":"000000-00aa03/48")" + std::string(kTail)),
          FieldsAre(seconds(1), 2, R"({"instance-id":1,"eid-prefix":"000000-00aa03/48")" + std::string(kTail)),
          FieldsAre(seconds(2), 1, R"({"instance-id":2,"eid-prefix":"000000-00aa01/48")" + std::string(kTail))));
  EXPECT_EQ(c.counters().punts_ignored, 1u);
}

TEST_F(FollowHosts, MovesTellEveryoneAndReleaseTheNewSite) {
  auto c = started();
  c.on_punt(1, punt(kHost, "ffff-ffff-ffff"), seconds(1));
  (void)c.take_deliveries();
  c.on_punt(0, punt(kHost, "ffff-ffff-ffff"), seconds(2));
  EXPECT_THAT(c.take_deliveries(), ElementsAre(FieldsAre(seconds(2), 1, entry("add", kHost, kSite0)),
                                               FieldsAre(seconds(2), 2, entry("add", kHost, kSite0)),
                                               FieldsAre(seconds(2), 0, entry("delete", kHost, kSite1))));
  EXPECT_EQ(c.counters().hosts_moved, 1u);
}

TEST_F(FollowHosts, WithdrawsSilentHosts) {
  auto c = started();
  c.on_punt(1, punt(kHost, "ffff-ffff-ffff"), seconds(1));
  c.on_punt(1, punt(kHost, "ffff-ffff-ffff"), seconds(10));
  (void)c.take_deliveries();
  EXPECT_EQ(c.next_deadline(), seconds(25));
  c.tick(seconds(25));
  EXPECT_THAT(c.take_deliveries(), ElementsAre(FieldsAre(seconds(25), 0, entry("delete", kHost, kSite1)),
                                               FieldsAre(seconds(25), 2, entry("delete", kHost, kSite1))));
  EXPECT_EQ(c.next_deadline(), kNever);
  EXPECT_EQ(c.counters().hosts_withdrawn, 1u);
}

TEST_F(FollowHosts, HostsSurviveItsDeathForOneTimeout) {
  model::ControllerAction stop, start;
  stop.kind = model::ControllerAction::Kind::kStop;
  stop.at = seconds(2);
  start.kind = model::ControllerAction::Kind::kStart;
  start.at = seconds(60);
  plan.controller.actions = {stop, start};
  auto c = started();
  c.on_punt(1, punt(kHost, "ffff-ffff-ffff"), seconds(1));
  c.tick(seconds(60));
  EXPECT_EQ(c.next_deadline(), seconds(75));
}

TEST_F(FollowHosts, AnswersForDestinationsAfterAFlush) {
  model::ControllerAction flush;
  flush.kind = model::ControllerAction::Kind::kFlush;
  flush.at = seconds(2);
  plan.controller.actions = {flush};
  auto c = started();
  c.on_punt(1, punt(kHost, "ffff-ffff-ffff"), seconds(1));
  c.tick(seconds(2));
  (void)c.take_deliveries();
  c.on_punt(2, punt("0000-0000-0999", kHost), seconds(3));
  c.on_punt(2, punt("0000-0000-0999", "ffff-ffff-ffff"), seconds(4));
  auto sent = c.take_deliveries();
  ASSERT_THAT(sent, SizeIs(4));  // the new host to 0 and 1, then the two answers
  EXPECT_THAT(sent[2], FieldsAre(seconds(3), 2, entry("add", kHost, kSite1)));
  EXPECT_THAT(
      sent[3],
      FieldsAre(seconds(4), 2,
                entry("add", "ffff-ffff-ffff",
                      R"("rles": [{"rle": "fd80:4::2", "port": "4341"}, {"rle": "fd80:8:a::2", "port": "4341"}])")));
}

TEST_F(FollowHosts, IgnoresWhatIsNoHostOfTheLisper) {
  auto c = started();
  c.on_punt(2, R"({"type":"discovery","source-eid":"0000-0000-0102","instance-id":"2"})", seconds(1));
  c.on_punt(0, punt("ffff-ffff-ffff", "0000-0000-0001"), seconds(1));
  c.on_punt(0, punt("0000-0000-0000", "0000-0000-0001"), seconds(1));
  c.on_punt(0, punt("0100-5e00-0001", "0000-0000-0001"), seconds(1));
  c.on_punt(0, "{", seconds(1));
  EXPECT_THAT(c.take_deliveries(), IsEmpty());
  EXPECT_EQ(c.counters().punts, 5u);
  EXPECT_EQ(c.counters().punts_ignored, 2u);
}

TEST_F(FollowHosts, SumsStatistics) {
  auto c = started();
  const auto say = [&](int packets) {
    c.on_punt(
        0,
        R"({"type": "statistics", "entries": [{"instance-id": "1", "eid-prefix": "0000-0000-aa05/48", "rlocs": [{"rloc": "fd80:8::2", "port": "4341", "packet-count": )" +
            std::to_string(packets) + R"(, "byte-count": 500, "seconds-last-packet": 0.500}]}]})",
        seconds(1));
  };
  say(5);
  say(6);
  c.on_punt(
      0,
      R"({"type": "decap-statistics", "good-packets": {"packet-count": 7, "byte-count": 700, "seconds-last-packet": 1.000}})",
      seconds(1));
  EXPECT_EQ(c.counters().statistics, 2u);
  EXPECT_EQ(c.counters().packets_sent, 11u);
  EXPECT_EQ(c.counters().bytes_sent, 1000u);
  EXPECT_EQ(c.counters().packets_received, 7u);
  EXPECT_EQ(c.counters().punts_ignored, 0u);
  EXPECT_THAT(c.take_deliveries(), IsEmpty());
}

}  // namespace
}  // namespace lisper::controller
