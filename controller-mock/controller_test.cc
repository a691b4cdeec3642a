#include "controller-mock/controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lisper::controller {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::FieldsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint32_t kIid = 1;

/// A LISPER with a local Ethernet "lan", a tunnel through its exit's interface "up", and exits of these addresses.
model::Node lisper_node(std::vector<const char*> exits, std::vector<std::uint32_t> iids = {kIid}) {
  model::CoreNode core;
  core.control_sock = "/run/control";
  core.config.interfaces = {{"up", {}, PortId(0), {}}, {"lan", {}, PortId(1), {}}};
  for (const auto* ip : exits) core.config.exits.push_back({"", *parse_ip(ip), InterfaceId(0), {}, {}});
  for (auto iid : iids) core.config.local_networks.push_back({Iid(iid), InterfaceId(1), {}});
  core.config.local_networks.push_back({Iid(2), {}, TunnelConfig{}});
  model::Node node;
  node.role = core;
  return node;
}

/// Node 0 is a router; 1, 2 and 3 are LISPERs with IIDs 1 and 2, except for 3 with only IID 2.
model::Plan plan() {
  model::Plan p;
  p.nodes = {{}, lisper_node({"fd80:4::2"}), lisper_node({"fd80:8::2"}), lisper_node({"fd80:9::2"}, {})};
  p.nodes[0].role = model::Router{};
  p.controller.present = true;
  return p;
}

model::ControllerAction action(model::ControllerAction::Kind kind, TimeNs at, std::vector<std::size_t> to = {}) {
  model::ControllerAction a;
  a.at = at;
  a.kind = kind;
  a.to = std::move(to);
  return a;
}

model::ControllerAction set(TimeNs at, std::vector<std::size_t> to, const char* eid = "0000-0000-aa05") {
  auto a = action(model::ControllerAction::Kind::kSet, at, std::move(to));
  a.mapping.iid = Iid(kIid);
  a.mapping.eid = *parse_mac(eid);
  a.mapping.locators = {{*parse_ip("fd80:8::2")}};
  return a;
}

using Kind = model::ControllerAction::Kind;

constexpr auto kAa05 =
    R"({"instance-id":1,"eid-prefix":"000000-00aa05/48","rlocs":[{"rloc":"fd80:8::2","priority":1,"weight":50}]})";
constexpr auto kAa05Today =
    R"({"type": "map-cache", "opcode": "add", "eid-prefix": "0000-0000-aa05/48", "rlocs": [{"rloc": "fd80:8::2", "priority": "1", "weight": "50", "port": "4341"}], "instance-id": "1"})";

TEST(Controller, FollowsItsTimeline) {
  auto p = plan();
  p.controller.dialect = Dialect::k2016;
  auto raw = action(Kind::kRaw, seconds(3), {2});
  raw.raw = "{";
  auto erase = set(seconds(2), {});
  erase.kind = Kind::kDelete;
  p.controller.actions = {set({}, {1}), erase, raw};
  Controller c(p, 1);
  c.start({});
  EXPECT_THAT(c.take_deliveries(), ElementsAre(FieldsAre(TimeNs{}, 1, kAa05)));
  EXPECT_EQ(c.next_deadline(), seconds(2));
  c.tick(milliseconds(1999));
  EXPECT_THAT(c.take_deliveries(), IsEmpty());
  c.tick(seconds(3));
  constexpr auto kEmpty = R"({"instance-id":1,"eid-prefix":"000000-00aa05/48","rlocs":[]})";
  EXPECT_THAT(c.take_deliveries(), ElementsAre(FieldsAre(seconds(2), 1, kEmpty), FieldsAre(seconds(2), 2, kEmpty),
                                               FieldsAre(seconds(2), 3, kEmpty), FieldsAre(seconds(3), 2, "{")));
  EXPECT_EQ(c.next_deadline(), kNever);
}

TEST(Controller, DeletesWithTheLocatorsItHad) {
  auto p = plan();
  auto erase = set(seconds(1), {1});
  erase.kind = Kind::kDelete;
  erase.mapping.locators.clear();
  p.controller.actions = {set({}, {1}), erase};
  Controller c(p, 1);
  c.start(seconds(1));
  auto sent = c.take_deliveries();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(sent[0].datagram, kAa05Today);
  EXPECT_EQ(
      sent[1].datagram,
      R"({"type": "map-cache", "opcode": "delete", "eid-prefix": "0000-0000-aa05/48", "rlocs": [{"rloc": "fd80:8::2", "priority": "1", "weight": "50", "port": "4341"}], "instance-id": "1"})");
}

TEST(Controller, ResendsWhatIsCurrent) {
  auto p = plan();
  p.controller.dialect = Dialect::k2016;
  p.controller.resend = seconds(10);
  p.controller.actions = {set({}, {1}), set({}, {1}, "0000-0000-aa06"), set(seconds(15), {1}, "0000-0000-aa05")};
  p.controller.actions[2].kind = Kind::kDelete;
  Controller c(p, 1);
  c.start({});
  (void)c.take_deliveries();
  c.tick(seconds(10));
  EXPECT_THAT(c.take_deliveries(),
              ElementsAre(FieldsAre(seconds(10), 1, kAa05), FieldsAre(seconds(10), 1, HasSubstr("000000-00aa06/48"))));
  c.tick(seconds(20));
  EXPECT_THAT(c.take_deliveries(), ElementsAre(FieldsAre(seconds(15), 1, HasSubstr("[]")),
                                               FieldsAre(seconds(20), 1, HasSubstr("000000-00aa06/48"))));
  EXPECT_EQ(c.next_deadline(), seconds(30));
}

TEST(Controller, SaysNothingWhileStoppedAndEverythingAfterwards) {
  auto p = plan();
  p.controller.resend = seconds(10);
  p.controller.actions = {action(Kind::kStop, seconds(1)), set(seconds(2), {2}), action(Kind::kStart, seconds(25))};
  Controller c(p, 1);
  c.start({});
  c.tick(seconds(3));
  c.on_punt(1, R"({"type":"restart"})", seconds(4));
  EXPECT_THAT(c.take_deliveries(), IsEmpty());
  EXPECT_EQ(c.next_deadline(), seconds(25));
  EXPECT_EQ(c.counters().punts, 0u);
  c.tick(seconds(35));
  auto everything = R"({"type": "entire-map-cache", "entries": [)" + std::string(kAa05Today) + "]}";
  EXPECT_THAT(c.take_deliveries(),
              ElementsAre(FieldsAre(seconds(25), 2, everything), FieldsAre(seconds(35), 2, everything)));
}

TEST(Controller, AnswersRestartWithTheEntireMapCache) {
  auto p = plan();
  p.controller.actions = {set({}, {1})};
  Controller c(p, 1);
  c.start({});
  (void)c.take_deliveries();
  c.on_punt(1, R"({"type":"restart"})", seconds(1));
  c.on_punt(2, R"({"type":"restart"})", seconds(2));
  c.on_punt(0, R"({"type":"restart"})", seconds(3));
  EXPECT_THAT(c.take_deliveries(),
              ElementsAre(FieldsAre(seconds(1), 1,
                                    R"({"type": "entire-map-cache", "entries": [)" + std::string(kAa05Today) + "]}"),
                          FieldsAre(seconds(2), 2, R"({"type": "entire-map-cache", "entries": []})")));
}

TEST(Controller, KeepsDatagramsBelowTheSocketsLimit) {
  auto p = plan();
  for (std::uint32_t i = 0; i < 3000; ++i) {
    auto a = set({}, {1});
    a.mapping.eid = MacAddress::from_u64(0x0200'0000'0000 + i);
    p.controller.actions.push_back(a);
  }
  Controller c(p, 1);
  c.start({});
  (void)c.take_deliveries();
  c.on_punt(1, R"({"type":"restart"})", seconds(1));
  auto sent = c.take_deliveries();
  EXPECT_THAT(sent, SizeIs(3));
  std::size_t entries = 0;
  for (const auto& delivery : sent) {
    EXPECT_LE(delivery.datagram.size(), 200'000u);
    for (auto at = delivery.datagram.find("eid-prefix"); at != std::string::npos;
         at = delivery.datagram.find("eid-prefix", at + 1))
      ++entries;
  }
  EXPECT_EQ(entries, 3000u);
}

TEST(Controller, FlushClearsWhatItResends) {
  auto p = plan();
  p.controller.actions = {set({}, {1}), action(Kind::kFlush, seconds(1), {1})};
  p.controller.resend = seconds(5);
  Controller c(p, 1);
  c.start({});
  (void)c.take_deliveries();
  c.tick(seconds(20));
  EXPECT_THAT(c.take_deliveries(),
              ElementsAre(FieldsAre(seconds(1), 1, R"({"type": "entire-map-cache", "entries": []})")));
}

TEST(Controller, DelaysOutOfBandButNotOverTheNetwork) {
  auto p = plan();
  p.controller.delay = milliseconds(7);
  p.controller.actions = {set(seconds(1), {1})};
  Controller out_of_band(p, 1);
  p.controller.node = 0;
  Controller networked(p, 1);
  for (auto* c : {&out_of_band, &networked}) c->start(seconds(1));
  EXPECT_EQ(out_of_band.take_deliveries().at(0).at, milliseconds(1007));
  EXPECT_EQ(networked.take_deliveries().at(0).at, milliseconds(1000));
}

TEST(Controller, PacesBursts) {
  auto p = plan();
  p.controller.burst = 2;
  p.controller.duplicate = true;
  p.controller.actions = {set({}, {}), action(Kind::kStop, milliseconds(2))};
  Controller c(p, 1);
  c.start({});
  EXPECT_EQ(c.next_deadline(), milliseconds(1));
  c.tick(seconds(1));
  // Six messages are due at 0, 0, 1, 1, 2 and 2 ms; the process dies before the last two.
  EXPECT_THAT(c.take_deliveries(),
              ElementsAre(FieldsAre(milliseconds(0), 1, kAa05Today), FieldsAre(milliseconds(0), 1, kAa05Today),
                          FieldsAre(milliseconds(1), 2, kAa05Today), FieldsAre(milliseconds(1), 2, kAa05Today)));
}

TEST(Controller, DamagesBySeed) {
  auto p = plan();
  p.controller.lose = p.controller.garble = p.controller.truncate = 0.3;
  for (int i = 0; i < 1000; ++i) p.controller.actions.push_back(set({}, {1}));
  auto run = [&](std::uint64_t seed) {
    Controller c(p, seed);
    c.start({});
    std::vector<std::string> texts;
    for (auto& delivery : c.take_deliveries()) texts.push_back(delivery.datagram);
    EXPECT_EQ(texts.size() + c.counters().lost, 1000u);
    EXPECT_NEAR(static_cast<double>(c.counters().lost), 300, 60);
    EXPECT_NEAR(static_cast<double>(c.counters().garbled), 210, 60);
    EXPECT_NEAR(static_cast<double>(c.counters().truncated), 210, 60);
    return texts;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

TEST(Controller, GarblesExactlyOneByte) {
  auto p = plan();
  p.controller.garble = 1;
  p.controller.actions = {set({}, {1})};
  Controller c(p, 1);
  c.start({});
  auto text = c.take_deliveries().at(0).datagram;
  const std::string original = kAa05Today;
  ASSERT_EQ(text.size(), original.size());
  int different = 0;
  for (std::size_t i = 0; i < text.size(); ++i) different += text[i] != original[i];
  EXPECT_EQ(different, 1);
}

}  // namespace
}  // namespace lisper::controller
