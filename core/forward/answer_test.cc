#include "core/forward/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "core/forward/testing.h"
#include "core/wire/arp.h"
#include "core/wire/ndp.h"

namespace lisper {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr NetworkId kNetwork{1};

/// Lines of tests/data/arp/scapy.txt of one kind, without it.
std::vector<std::vector<std::string>> golden(std::string_view kind) {
  std::ifstream in("tests/data/arp/scapy.txt");
  std::vector<std::vector<std::string>> lines;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word != kind) continue;
    lines.emplace_back();
    while (words >> word) lines.back().push_back(word);
  }
  return lines;
}

Buffer question(std::string_view name) {
  for (const auto& line : golden("ask"))
    if (line[0] == name) return hex(line[1]);
  throw std::out_of_range(std::string(name));
}

LisperConfig suppressing() {
  LisperConfig config = site04();
  config.policies = {{Iid(1)}};
  config.policies[0].suppress_arp = true;
  return config;
}

/// Hosts aa:01 and aa:03 at interface e03 ask for aa:05, which is at site 08.
class Answer : public ::testing::Test {
 protected:
  explicit Answer(const LisperConfig& config = suppressing()) : bench(config) {
    bench.tables.apply(SetReplication{Tables::flood_list(kNetwork), {kTunnel1, kLan03, kLan13, kSite08}});
    for (const char* host : {"1", "3"}) {
      const std::string own = std::string("00:00:00:00:aa:0") + host;
      place(own, {FibKind::kLocal, kLan03.value});
      bind(std::string("10.0.0.") + host, own);
      bind(std::string("fd00::") + host, own);
    }
    place(kRemote, {FibKind::kMapped, kSite08.value});
    bind("10.0.0.5", kRemote);
    bind("fd00::5", kRemote, false);
    bind("fe80::5", kRemote, true);
  }

  void place(std::string_view host, FibValue value) {
    bench.tables.apply(SetEntry{kNetwork, mac(host), value, stamp_of(bench.now)});
  }
  void bind(std::string_view address, std::string_view host, std::optional<bool> router = {}) {
    bench.tables.apply(SetBinding{{kNetwork, ip(address)}, {mac(host), router, stamp_of(bench.now + seconds(15))}});
  }
  void unbind(std::string_view address) { bench.tables.apply(EraseBinding{{kNetwork, ip(address)}}); }

  void expect_answered(const Buffer& frame, PortId port = kLan03Port) {
    const Verdict verdict = bench.send(port, frame);
    EXPECT_EQ(verdict.action, Action::kForward);
    EXPECT_EQ(verdict.reason, Reason::kNone);
    EXPECT_EQ(bench.count(Reason::kAnsweredHere), 1u);
    ASSERT_EQ(bench.outputs.size(), 1u);
    EXPECT_EQ(bench.outputs[0].port, port);
  }
  void expect_flooded(const Buffer& frame, PortId port = kLan03Port) {
    const Verdict verdict = bench.send(port, frame);
    EXPECT_EQ(verdict.action, Action::kReplicate);
    EXPECT_EQ(bench.count(Reason::kAnsweredHere), 0u);
    // Bare, or in front of a tunnel's copy.
    for (const Bench::Output& output : bench.outputs)
      EXPECT_TRUE(std::equal(frame.rbegin(), frame.rend(), output.frame.rbegin()));
  }
  /// What was told of addresses.
  [[nodiscard]] std::vector<Event> told() const {
    std::vector<Event> result;
    std::ranges::copy_if(bench.events, std::back_inserter(result),
                         [](const Event& event) { return event.kind == Event::Kind::kBinding; });
    return result;
  }

  Bench bench;
};

struct NotSuppressing : Answer {
  NotSuppressing() : Answer(site04()) {}
};

TEST_F(Answer, IsTheOneThatTheTargetGives) {
  ASSERT_EQ(golden("ask").size(), 12u);
  for (const auto& line : golden("ask")) {
    SCOPED_TRACE(line[0]);
    EXPECT_EQ(bench.send(kLan03Port, hex(line[1])).action, Action::kForward);
    ASSERT_EQ(bench.outputs.size(), 1u);
    EXPECT_EQ(bench.outputs[0].port, kLan03Port);
    EXPECT_EQ(bench.outputs[0].frame, hex(line[2]));
  }
  EXPECT_EQ(bench.count(Reason::kAnsweredHere), 12u);
  EXPECT_THAT(told(), IsEmpty()) << "all of it is known";
}

TEST_F(Answer, GoesBackThroughTheTunnelThatTheQuestionCameBy) {
  place(kB, {FibKind::kLocal, kTunnel1.value});
  expect_answered(l2tp_ipv6("fd80:1::2", "fd80:4::2", 1, 0, question("arp")), kExitPort);
  Buffer expected = l2tp_ipv6("fd80:4::2", "fd80:1::2", 1, 0, hex(golden("ask")[0][2]));
  Buffer& sent = bench.outputs[0].frame;
  at<Be32>(sent.data(), 14) = Be32(6u << 28);
  EXPECT_TRUE(std::equal(sent.begin() + 14, sent.end(), expected.begin() + 14, expected.end()));
}

TEST_F(NotSuppressing, IsNotGiven) {
  expect_flooded(question("arp"));
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Answer, IsNotGivenForUnknownAddresses) {
  unbind("10.0.0.5");
  expect_flooded(question("arp"));
  unbind("fd00::5");
  expect_flooded(question("nd"));
}

TEST_F(Answer, IsNotGivenBeforeAllHaveHeardOfWhoAsks) {
  unbind("10.0.0.3");
  expect_flooded(question("arp"));
  bind("10.0.0.3", "00:00:00:00:aa:09");
  expect_flooded(question("arp"));
  ASSERT_EQ(told().size(), 2u);
  bind("10.0.0.3", kB);
  expect_answered(question("arp"));
}

TEST_F(Answer, IsNotGivenToProbesAndAnnouncements) {
  Buffer frame = question("arp");
  auto& arp = at<wire::Arp>(frame.data(), sizeof(wire::Ethernet));
  arp.sender_ip = {};
  expect_flooded(frame);
  arp.sender_ip = arp.target_ip = ip("10.0.0.3").v4();
  expect_flooded(frame);
  bind("fd00::3", kRemote, false);
  for (const auto& line : golden("say"))
    if (line[0] == "dad" || line[0] == "arp-announcement") expect_flooded(hex(line[1]));
}

TEST_F(Answer, IsNotGivenWhenItsMacHasGone) {
  for (const FibValue gone :
       {FibValue{FibKind::kNoLocator, 0}, FibValue{FibKind::kLocal, kLan03.value}}) {  // or is where the question is
    place(kRemote, gone);
    expect_flooded(question("arp"));
    expect_flooded(question("nd"));
  }
  place(kRemote, {FibKind::kLocal, kLan13.value});
  bench.tables.apply(SetPortState{kLan13Port, false});
  expect_flooded(question("arp"));
  bench.tables.apply(EraseEntry{kNetwork, mac(kRemote)});
  expect_flooded(question("arp"));
  place(kRemote, {FibKind::kLocal, kTunnel2.value});
  expect_answered(question("arp"));
}

TEST_F(Answer, IsNotGivenWithoutTheRouterFlag) {
  bind("fd00::5", kRemote);
  expect_flooded(question("nd"));
}

TEST_F(Answer, IsNotGivenToWhoHasTheAddressOrSpeaksForAnother) {
  bind("10.0.0.5", kB);
  expect_flooded(question("arp"));
  bind("10.0.0.5", kRemote);
  Buffer frame = question("arp");
  at<wire::Ethernet>(frame.data()).source = mac(kA);
  expect_flooded(frame);
}

TEST_F(Answer, IsNotGivenToLispers) {
  Buffer frame = question("arp");
  place(kRemote, {FibKind::kLocal, kLan13.value});
  EXPECT_EQ(bench.send(kExitPort, l2tp_ipv6("fd80:8::2", "fd80:4::2", 1, 0, frame)).action, Action::kReplicate);
  EXPECT_EQ(bench.count(Reason::kAnsweredHere), 0u);
}

TEST_F(Answer, IsNotGivenInsideVlans) {
  Buffer frame = question("arp");
  const Buffer tag = hex("81000005");
  frame.insert(frame.begin() + 12, tag.begin(), tag.end());
  expect_flooded(frame);
}

TEST_F(Answer, IsNotGivenToOneThatAsksTheHostItself) {
  for (const auto& line : golden("say")) {
    if (line[0] != "arp-request-to-one" && line[0] != "ns-to-one") continue;
    EXPECT_EQ(bench.send(kLan03Port, hex(line[1])).action, Action::kForward);
    EXPECT_EQ(bench.outputs[0].port, kExitPort);
  }
  EXPECT_EQ(bench.count(Reason::kAnsweredHere), 0u);
}

TEST_F(Answer, IsNotGivenToWhatIsCutOrDamaged) {
  for (const char* name : {"arp", "nd", "nd-nonce"}) {
    const Buffer whole = question(name);
    for (std::size_t size = sizeof(wire::Ethernet); size < whole.size(); ++size)
      expect_flooded(Buffer(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
  }
  const Buffer whole = question("nd");
  for (std::size_t i = 54; i < whole.size(); ++i) {  // the checksum sees it
    Buffer damaged = whole;
    damaged[i] ^= std::byte{0x10};
    expect_flooded(damaged);
  }
}

TEST_F(Answer, TellsWhatHostsSay) {
  for (const char* address : {"10.0.0.3", "fd00::3"}) unbind(address);
  std::size_t told_of = 0;
  for (const PortId port : {kLan03Port, kExitPort}) {
    for (const auto& line : golden("say")) {
      SCOPED_TRACE(line[0]);
      bench.events.clear();
      const Buffer frame = hex(line[1]);
      bench.send(port, port == kExitPort ? l2tp_ipv6("fd80:8::2", "fd80:4::2", 1, 0, frame) : frame);
      if (line[2] == "-") {
        EXPECT_THAT(told(), IsEmpty());
        continue;
      }
      ++told_of;
      EXPECT_THAT(told(), ElementsAre(Event{.kind = Event::Kind::kBinding,
                                            .network = kNetwork,
                                            .location = port == kExitPort ? kSite08 : kLan03,
                                            .source = mac(kB),
                                            .destination = mac(line[3]),
                                            .ip = ip(line[2]),
                                            .router = line[4] == "-" ? std::nullopt : std::optional(line[4] == "1")}));
    }
  }
  EXPECT_EQ(told_of, 24u);
}

TEST_F(Answer, TellsAgainWhatIsOldOrHasChanged) {
  bench.send(kLan03Port, question("arp"));
  EXPECT_THAT(told(), IsEmpty());
  bench.now = seconds(15) + bench.now;
  bench.send(kLan03Port, question("arp"));
  EXPECT_EQ(told().size(), 1u);
  EXPECT_EQ(bench.count(Reason::kAnsweredHere), 2u) << "it is still known";

  bench.events.clear();
  bind("fd00::3", kB, false);
  for (const auto& line : golden("say"))
    if (line[0] == "ns-to-one" || line[0] == "na") bench.send(kLan03Port, hex(line[1]));
  EXPECT_THAT(told(), IsEmpty());
  for (const auto& line : golden("say"))
    if (line[0] == "na-router") bench.send(kLan03Port, hex(line[1]));
  EXPECT_EQ(told().size(), 1u) << "it became a router";
}

TEST_F(Answer, LeavesIpv4InIpv6Alone) {
  Buffer frame = question("nd");
  auto& target = at<wire::NeighbourMessage>(frame.data(), 54).target;
  const Ipv6Address before = target;
  target = ip("10.0.0.5").v6();  // ::ffff:10.0.0.5
  auto& checksum = at<wire::NeighbourMessage>(frame.data(), 54).checksum;
  for (std::size_t i = 0; i < 16; i += 2)
    checksum = wire::update_checksum(checksum, at<Be16>(reinterpret_cast<const std::byte*>(&before), i).value(),
                                     at<Be16>(reinterpret_cast<const std::byte*>(&target), i).value());
  expect_flooded(frame);
}

}  // namespace
}  // namespace lisper
