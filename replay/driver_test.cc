#include "replay/driver.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/control/neighbour_message.h"
#include "replay/generate.h"
#include "replay/hw_body.h"
#include "replay/sim_body.h"
#include "replay/stand_in.h"
#include "replay/testing.h"

namespace lisper::replay {
namespace {

using ::testing::ElementsAre;

/// Writes down what is done to it.
struct ScriptedBody final : Body {
  void note(std::string what, TimeNs now) { calls.push_back(fmt::format("{} {}", now.ns, what)); }

  void start(TimeNs now) override {
    note("start", now);
    sent = first_sent;
  }
  void set_carrier(PortId port, bool up, TimeNs now) override {
    note(fmt::format("carrier {} {}", port.value, up), now);
  }
  void receive(PortId port, Bytes frame, TimeNs now) override {
    note(fmt::format("frame {} {}", port.value, frame.size()), now);
  }
  void on_control(std::string_view, TimeNs now) override { note("control", now); }
  void on_controller_connected(TimeNs now) override { note("connected", now); }
  void advance_to(TimeNs now) override {
    if (deadline > now) return;
    note("deadline", now);
    deadline = kNever;
  }
  [[nodiscard]] TimeNs next_deadline() const override { return deadline; }
  [[nodiscard]] std::vector<PortFrame> take_sent() override { return std::exchange(sent, {}); }
  [[nodiscard]] std::vector<std::string> take_punts() override { return {}; }
  [[nodiscard]] report::NodeResult result() override { return {}; }

  std::vector<std::string> calls;
  std::vector<PortFrame> first_sent, sent;
  TimeNs deadline = kNever;
};

/// One LISPER with one port and a next hop.
model::Plan plan() {
  model::Plan plan;
  model::CoreNode core;
  core.config.ports = {{"e0"}};
  core.config.interfaces = {{.name = "e0", .mac = testing::mac("02:00:00:00:00:01"), .port = PortId(0), .vlan_id = {}}};
  core.config.exits = {{.name = "e0",
                        .ip = testing::ip("fd00::2"),
                        .interface = InterfaceId(0),
                        .next_hop = testing::ip("fd00::1"),
                        .next_hop_mac = {}}};
  plan.nodes.resize(2);
  plan.nodes[0].ports.resize(1);
  plan.nodes[0].role = core;
  plan.nodes[1].ports.resize(1);
  model::Link link;
  link.ends = {model::PortRef{0, 0}, model::PortRef{1, 0}};
  plan.links = {link};
  return plan;
}

PortFrame question() {
  const NeighbourSelf self{testing::mac("02:00:00:00:00:01"), testing::ip("fd00::2"), std::nullopt};
  return {PortId(0), {}, encode_solicitation(self, testing::ip("fd00::1"), std::nullopt)};
}

TEST(Driver, OneTimeOneOrder) {
  model::Plan plan = replay::plan();
  plan.events = {{.kind = model::Event::Kind::kLinkDown, .at = {100}, .link = 0, .to = {}, .text = {}},
                 {.kind = model::Event::Kind::kLinkUp, .at = {200}, .link = 0, .to = {}, .text = {}}};
  const std::vector<PortFrame> frames{
      {PortId(0), {100}, FrameBytes(60)}, {PortId(0), {200}, FrameBytes(61)}, {PortId(0), {200}, FrameBytes(62)}};
  ScriptedBody body;
  body.deadline = {200};
  const auto recording = run({.plan = plan, .node = 0, .frames = frames, .stand_in = true, .progress = {}}, body);
  EXPECT_THAT(body.calls, ElementsAre("0 start", "100 carrier 0 false", "200 deadline", "200 carrier 0 true",
                                      "200 frame 0 61", "200 frame 0 62"));
  EXPECT_EQ(recording->lost, 1u);
}

TEST(Driver, AnswersForTheNextHop) {
  const model::Plan plan = replay::plan();
  for (const bool stand_in : {true, false}) {
    ScriptedBody body;
    body.first_sent = {question()};
    const auto recording = run({.plan = plan, .node = 0, .frames = {}, .stand_in = stand_in, .progress = {}}, body);
    EXPECT_EQ(recording->sent, body.first_sent);
    EXPECT_EQ(body.calls.size(), stand_in ? 2u : 1u);
  }
}

TEST(Driver, StopsWhenToldTo) {
  const model::Plan plan = replay::plan();
  const std::vector<PortFrame> frames{{PortId(0), {100}, FrameBytes(60)}};
  ScriptedBody body;
  EXPECT_FALSE(run(
      {.plan = plan, .node = 0, .frames = frames, .stand_in = true, .progress = [](double) { return false; }}, body));
}

TEST(StandIn, AnswersWithTheCapturesMac) {
  const model::Plan plan = replay::plan();
  const auto& config = std::get<model::CoreNode>(plan.nodes[0].role).config;
  const NeighbourSelf router{testing::mac("02:00:00:00:00:09"), testing::ip("fd00::1"), std::nullopt};
  const auto asked = decode_neighbour_message(question().bytes);
  const std::vector<PortFrame> captured{{PortId(0), seconds(5), encode_advertisement(router, *asked)}};
  for (const bool seen : {true, false}) {
    const StandIn stand_in(config, seen ? std::span(captured) : std::span<const PortFrame>());
    const auto answer = stand_in.answer(question());
    ASSERT_TRUE(answer);
    const auto message = decode_neighbour_message(answer->bytes);
    EXPECT_EQ(message->kind, NeighbourMessage::Kind::kAdvertisement);
    EXPECT_EQ(message->target, testing::ip("fd00::1"));
    EXPECT_TRUE(message->solicited);
    EXPECT_EQ(*message->mac == router.mac, seen);
  }
}

TEST(StandIn, IsNobodyElse) {
  const model::Plan plan = replay::plan();
  const StandIn stand_in(std::get<model::CoreNode>(plan.nodes[0].role).config, {});
  const NeighbourSelf self{testing::mac("02:00:00:00:00:01"), testing::ip("fd00::2"), std::nullopt};
  EXPECT_FALSE(stand_in.answer({PortId(0), {}, encode_solicitation(self, testing::ip("fd00::7"), std::nullopt)}));
  EXPECT_FALSE(stand_in.answer({PortId(0), {}, FrameBytes(60)}));
}

/// What made-up frames must make the core do, or the comparison of both bodies says little.
TEST(Generate, ReachesWhatTheCoreHas) {
  const model::Plan plan = testing::plan_of("complex");
  const std::size_t node = testing::node_of(plan, "siteA");
  const auto& core = std::get<model::CoreNode>(plan.nodes[node].role);
  const auto frames = generate(plan, node, 5000, seconds(1), Random(3));
  auto body = make_sim_body(core).value();
  const auto recording = run({.plan = plan, .node = node, .frames = frames, .stand_in = true, .progress = {}}, *body);
  ASSERT_TRUE(recording);
  const report::Counters& counters = recording->result.ports.at("e0");
  for (const char* reason : {"fragment_held", "fragment_timeout"}) EXPECT_TRUE(counters.contains(reason)) << reason;
  EXPECT_TRUE(recording->result.ports.at("v10").contains("punt_unknown_destination"));
  const report::Counters& control = recording->result.control;
  for (const char* counter : {"hosts_learned", "hosts_aged", "entries_set", "solicitations_sent"})
    EXPECT_TRUE(control.contains(counter)) << counter;
  EXPECT_FALSE(counters.contains("outer_malformed"));
  EXPECT_FALSE(counters.contains("bad_cookie"));
}

TEST(Bodies, MakeTheSameCallsOfTheSameReplay) {
  const model::Plan plan = testing::plan_of("mobility");
  const std::size_t node = testing::node_of(plan, "site2");
  const auto& core = std::get<model::CoreNode>(plan.nodes[node].role);
  const auto frames = generate(plan, node, 2000, seconds(1), Random(4));
  const Replay replay{.plan = plan, .node = node, .frames = frames, .stand_in = true, .progress = {}};
  auto sim = make_sim_body(core).value();
  const auto a = run(replay, *sim);
  for (int again = 0; again < 2; ++again) {
    auto hw = make_hw_body(core, 1, {}).value();
    const auto b = run(replay, *hw);
    EXPECT_TRUE(a->sent == b->sent);
    EXPECT_TRUE(a->punts == b->punts);
    EXPECT_EQ(a->lost, b->lost);
    EXPECT_EQ(a->result.networks, b->result.networks);
  }
}

}  // namespace
}  // namespace lisper::replay
