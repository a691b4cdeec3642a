#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/control/testing.h"

namespace lisper {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Site;
using Kind = Event::Kind;

// Locations of two_exit_site().
constexpr std::uint32_t kE03 = 0, kE13 = 1, kTunnel = 2, kE23 = 3;
constexpr auto kHost = "0000-0000-aa03";
constexpr auto kPeer = "0000-0000-aa07";
constexpr auto kPunt =
    R"({"type": "discovery", "source-eid": "0000-0000-aa03", "dest-eid": "0000-0000-aa07", "interface": "e03", "instance-id": "251"})";
constexpr auto kMapToSite8 = R"({"instance-id":251,"eid-prefix":"0000-0000-aa03","rlocs":[{"rloc":"fd80:8::2"}]})";

FibValue local(std::uint32_t location) { return {FibKind::kLocal, location}; }

/// No exits to resolve, so that time passes without solicitations.
LisperConfig quiet_site() {
  auto config = testing::two_exit_site();
  for (ExitConfig& exit : config.exits) exit.next_hop_mac = testing::mac("00:00:00:00:00:04");
  return config;
}

/// Sees the host as the fast path would: refreshes its stamp.
void seen(Site& site, std::string_view host, std::uint32_t location) {
  const auto network = site.tables().location(LocationId(location)).network;
  auto* entry = site.tables().fib().find(FibKey(network, testing::mac(host)));
  ASSERT_NE(entry, nullptr);
  entry->value = Fib::Entry::pack(local(location), stamp_of(site.now));
  site.event(Kind::kSeen, host, location, kPeer);
}

TEST(Hosts, LearnsAndPuntsAtOnce) {
  Site site(quiet_site());
  EXPECT_EQ(site.control().next_deadline(), kNever);
  site.event(Kind::kLearn, kHost, kE03, kPeer);
  EXPECT_EQ(site.fib(251, kHost), local(kE03));
  EXPECT_THAT(site.out().messages, ElementsAre(kPunt));
  // The other frames of the batch said so too.
  site.event(Kind::kLearn, kHost, kE03, kPeer);
  EXPECT_THAT(site.out().messages, IsEmpty());
  EXPECT_EQ(site.counters().hosts_learned, 1u);
  // The same MAC elsewhere is another host.
  site.event(Kind::kLearn, kHost, kE23, kPeer);
  EXPECT_EQ(site.fib(1, kHost), local(kE23));
  EXPECT_THAT(site.out().messages, ElementsAre(HasSubstr(R"("interface": "e23", "instance-id": "1")")));
}

TEST(Hosts, NamesATunnelByItsExitsInterface) {
  Site site(quiet_site());
  site.event(Kind::kLearn, kHost, kTunnel);
  EXPECT_THAT(site.out().messages, ElementsAre(HasSubstr(R"("interface": "e0", "instance-id": "251")")));
}

TEST(Hosts, SpeaksTheConfiguredDialect) {
  auto config = quiet_site();
  config.dialect = Dialect::k2016;
  Site site(config);
  site.start();
  site.connected();
  EXPECT_TRUE(site.out().empty());  // it has no restart
  site.event(Kind::kLearn, kHost, kE03, kPeer);
  EXPECT_THAT(site.out().messages,
              ElementsAre(R"({"source-eid" : "0000-0000-aa03", "dest-eid" : "0000-0000-aa07", "interface" : "e03"})"));
}

TEST(Hosts, PuntsNothingWithoutAPuntSocket) {
  auto config = quiet_site();
  config.punts = false;
  Site site(config);
  site.start();
  EXPECT_TRUE(site.out().empty());
  site.event(Kind::kLearn, kHost, kE03, kPeer);
  site.event(Kind::kUnknownDestination, kHost, kE03, kPeer);
  site.connected();
  site.run_until(site.now + seconds(1));
  EXPECT_THAT(site.out().messages, IsEmpty());
  EXPECT_EQ(site.fib(251, kHost), local(kE03));
  EXPECT_EQ(site.counters().punts_sent, 0u);
}

TEST(Hosts, AMoveIsPuntedAtOnce) {
  Site site(quiet_site());
  site.event(Kind::kLearn, kHost, kE03);
  site.event(Kind::kLearn, kHost, kE13);
  EXPECT_EQ(site.fib(251, kHost), local(kE13));
  EXPECT_THAT(site.out().messages, ElementsAre(HasSubstr("\"e13\"")));
  EXPECT_EQ(site.counters().hosts_learned, 2u);
}

TEST(Hosts, AnActiveHostIsPuntedAgainAfterAThirdOfTheControllersTimer) {
  Site site(quiet_site());
  const TimeNs begin = site.now;
  site.event(Kind::kLearn, kHost, kE03);
  std::vector<std::int64_t> punted;
  for (int i = 1; i <= 10; ++i) {
    site.run_until(begin + kStampUnit * i);
    seen(site, kHost, kE03);
    if (!site.out().messages.empty()) punted.push_back(i);
  }
  EXPECT_THAT(punted, ElementsAre(3, 6, 9));  // 6.4 s is the first tick of stamps after 15 s / 3
}

TEST(Hosts, AsksForAnUnknownDestinationOnceASecond) {
  Site site(quiet_site());
  site.event(Kind::kUnknownDestination, kHost, kE03, kPeer);
  EXPECT_THAT(site.out().messages, ElementsAre(kPunt));
  site.now = site.now + milliseconds(999);
  site.event(Kind::kUnknownDestination, "0000-0000-aa04", kE13, kPeer);
  EXPECT_THAT(site.out().messages, IsEmpty());
  site.event(Kind::kUnknownDestination, kHost, kE03, "0000-0000-aa08");
  site.event(Kind::kUnknownDestination, kHost, kE23, kPeer);  // another network
  EXPECT_EQ(site.counters().punts_sent, 3u);
  EXPECT_EQ(site.counters().punts_suppressed, 1u);
  site.now = site.now + milliseconds(1);
  site.event(Kind::kUnknownDestination, kHost, kE03, kPeer);
  EXPECT_THAT(site.out().messages, ElementsAre(kPunt));
}

TEST(Hosts, AsksForFewUnknownDestinationsAtOnce) {
  Site site(quiet_site());
  std::uint64_t i = 0;
  const auto ask = [&](int count) {
    for (int n = 0; n < count; ++n)
      site.event(Kind::kUnknownDestination, kHost, kE03, to_string(MacAddress::from_u64(++i << 8)));
  };
  ask(10'000);
  EXPECT_EQ(site.counters().punts_sent, 4u);
  EXPECT_EQ(site.counters().punts_suppressed, 9'996u);
  for (int ms = 0; ms < 1000; ++ms) {
    site.now = site.now + milliseconds(1);
    ask(10);
  }
  EXPECT_EQ(site.counters().punts_sent, 204u);
  // They do not keep hosts from being told of.
  site.event(Kind::kLearn, kHost, kE03);
  EXPECT_EQ(site.counters().punts_sent, 205u);
}

std::vector<std::string> sources_of(const std::vector<std::string>& messages) {
  constexpr std::string_view kBefore = R"("source-eid": ")";
  std::vector<std::string> sources;
  for (const std::string& message : messages)
    sources.push_back(message.substr(message.find(kBefore) + kBefore.size(), std::string_view(kHost).size()));
  return sources;
}

TEST(Hosts, AFloodOfMacsMakesFewMessagesAndEveryHostIsToldOfInTheEnd) {
  Site site(quiet_site());
  constexpr std::uint64_t kFlood = 10'000;
  std::set<std::string> told;
  const auto note = [&] {
    for (std::string& source : sources_of(site.out().messages)) told.insert(std::move(source));
  };
  for (std::uint64_t i = 1; i <= kFlood; ++i) {
    site.event(Kind::kLearn, to_string(MacAddress::from_u64(i * 2)), kE03);
    note();
  }
  EXPECT_EQ(told.size(), 6u);
  EXPECT_EQ(site.counters().punts_suppressed, kFlood - 6);
  const TimeNs begin = site.now;
  site.run_until(begin + seconds(1));
  note();
  EXPECT_EQ(told.size(), 606u);
  site.run_until(begin + seconds(20));
  note();
  EXPECT_EQ(told.size(), kFlood);
  EXPECT_EQ(site.counters().punts_sent, kFlood) << "once each";
}

TEST(Hosts, AFloodKeepsNoOtherLocationWaiting) {
  Site site(quiet_site());
  for (std::uint64_t i = 1; i <= 10'000; ++i) site.event(Kind::kLearn, to_string(MacAddress::from_u64(i * 2)), kE13);
  site.event(Kind::kLearn, kHost, kE03);
  EXPECT_THAT(site.out().messages, IsEmpty());
  site.run_until(site.now + milliseconds(20));
  EXPECT_THAT(sources_of(site.out().messages), ::testing::Contains(kHost));
}

TEST(Hosts, ALateRefreshIsMadeUpFor) {
  Site site(quiet_site());
  site.event(Kind::kLearn, kHost, kE03);
  site.run_until(site.now + seconds(7));
  for (std::uint64_t i = 1; i <= 100; ++i) site.event(Kind::kLearn, to_string(MacAddress::from_u64(i * 2)), kE03);
  seen(site, kHost, kE03);
  EXPECT_THAT(site.out().messages, IsEmpty());
  seen(site, kHost, kE03);
  site.run_until(site.now + seconds(1));
  EXPECT_THAT(sources_of(site.out().messages), ::testing::Contains(kHost).Times(1));
  seen(site, kHost, kE03);
  EXPECT_THAT(site.out().messages, IsEmpty());
}

TEST(Hosts, AHostThatWaitsIsToldOfWhereItIsThen) {
  Site site(quiet_site());
  for (std::uint64_t i = 1; i <= 100; ++i) site.event(Kind::kLearn, to_string(MacAddress::from_u64(i * 2)), kE13);
  site.event(Kind::kLearn, kHost, kE13);
  site.event(Kind::kLearn, kHost, kE03);
  site.event(Kind::kLearn, "0000-0000-aa04", kE13);
  site.message(R"({"instance-id":251,"eid-prefix":"0000-0000-aa04","rlocs":[{"rloc":"fd80:8::2"}]})");
  site.run_until(site.now + seconds(1));
  EXPECT_THAT(site.out().messages,
              ::testing::Contains(::testing::AllOf(HasSubstr(kHost), HasSubstr("\"e03\""))).Times(1));
  EXPECT_THAT(sources_of(site.out().messages), ::testing::Not(::testing::Contains("0000-0000-aa04"))) << "not ours now";
  EXPECT_EQ(site.out().messages.size(), 95u);
}

TEST(Hosts, ForgetsASilentHost) {
  Site site(quiet_site());
  site.now = seconds(100);
  site.event(Kind::kLearn, kHost, kE03);
  site.run_until(seconds(160));
  EXPECT_EQ(site.fib(251, kHost), local(kE03));
  site.run_until(seconds(160) + kStampUnit * 3);
  EXPECT_EQ(site.fib(251, kHost), FibValue{});
  EXPECT_EQ(site.counters().hosts_aged, 1u);
  EXPECT_EQ(site.control().next_deadline(), kNever);
}

TEST(Hosts, AnActiveHostStays) {
  Site site(quiet_site());
  site.event(Kind::kLearn, kHost, kE03);
  for (int i = 0; i < 10; ++i) {
    site.run_until(site.now + seconds(50));
    seen(site, kHost, kE03);
  }
  EXPECT_EQ(site.counters().hosts_aged, 0u);
}

TEST(Hosts, AgesAcrossTheEndOfTheStamps) {
  Site site(quiet_site());
  const TimeNs wrap = kStampUnit * 65'536;
  site.now = wrap - seconds(30);
  site.event(Kind::kLearn, kHost, kE03);
  site.run_until(wrap + seconds(29));
  EXPECT_EQ(site.fib(251, kHost), local(kE03));
  site.run_until(wrap + seconds(40));
  EXPECT_EQ(site.fib(251, kHost), FibValue{});
}

TEST(Hosts, WhoSpokeLastIsRight) {
  Site site(quiet_site());
  const FibValue site8{FibKind::kMapped, site.lisper("fd80:8::2").value};
  site.message(kMapToSite8);
  EXPECT_EQ(site.fib(251, kHost), site8);
  site.event(Kind::kLearn, kHost, kE03);
  EXPECT_EQ(site.fib(251, kHost), local(kE03));
  site.message(kMapToSite8);
  EXPECT_EQ(site.fib(251, kHost), site8);
  site.run_until(site.now + seconds(180));            // that it has moved is forgotten, too
  EXPECT_EQ(site.control().next_deadline(), kNever);  // nobody is left to grow old
  site.event(Kind::kLearn, kHost, kE03);
  EXPECT_THAT(site.out().messages, ElementsAre(HasSubstr(kHost)));
  EXPECT_EQ(site.fib(251, kHost), local(kE03));
}

TEST(Hosts, TheControllersEntryComesBackWhenTheHostGoes) {
  Site site(quiet_site());
  site.message(kMapToSite8);
  site.event(Kind::kLearn, kHost, kE03);
  site.run_until(site.now + seconds(70));
  EXPECT_EQ(site.fib(251, kHost), (FibValue{FibKind::kMapped, site.lisper("fd80:8::2").value}));
  EXPECT_EQ(site.tables().fib().size(), 1u);
}

TEST(Hosts, WithdrawalLeavesALocalHost) {
  Site site(quiet_site());
  site.message(kMapToSite8);
  site.event(Kind::kLearn, kHost, kE03);
  site.message(R"({"type":"map-cache","opcode":"delete","instance-id":"251","eid-prefix":"0000-0000-aa03/48"})");
  EXPECT_EQ(site.fib(251, kHost), local(kE03));
  // The controller has learned from our punt that the host is here.
  site.message(
      R"({"type":"map-cache","opcode":"add","instance-id":"251","eid-prefix":"0000-0000-aa03/48","rlocs":[{"rloc":"fd80:4::2"}]})");
  EXPECT_EQ(site.fib(251, kHost), local(kE03));
  site.run_until(site.now + seconds(70));
  EXPECT_EQ(site.fib(251, kHost), FibValue{});
}

TEST(Hosts, AFullTableTakesNoNewHost) {
  auto config = quiet_site();
  config.max_macs = 2;
  Site site(config);
  site.event(Kind::kLearn, "0000-0000-0001", kE03);
  site.message(kMapToSite8);
  site.event(Kind::kLearn, "0000-0000-0002", kE03);
  EXPECT_TRUE(site.out().empty());
  EXPECT_EQ(site.counters().table_full, 1u);
  site.event(Kind::kLearn, kHost, kE03);  // has its place already
  EXPECT_EQ(site.fib(251, kHost), local(kE03));
  site.run_until(site.now + seconds(70));
  site.event(Kind::kLearn, "0000-0000-0002", kE03);
  EXPECT_EQ(site.fib(251, "0000-0000-0002"), local(kE03));
}

TEST(Hosts, AReconnectedControllerIsToldEverythingInTurn) {
  Site site(quiet_site());
  for (std::uint64_t i = 1; i <= 20; ++i) {
    site.event(Kind::kLearn, to_string(MacAddress::from_u64(i * 2)), i % 2 == 0 ? kE03 : kE23);
    site.now = site.now + milliseconds(10);
  }
  site.message(kMapToSite8);
  site.connected();
  EXPECT_THAT(site.out().messages, ElementsAre(R"({"type": "restart"})"));
  const TimeNs begin = site.now;
  site.run_until(begin);
  EXPECT_EQ(site.out().messages.size(), 6u);
  site.run_until(begin + milliseconds(10));
  EXPECT_EQ(site.out().messages.size(), 6u);
  site.run_until(begin + seconds(1));
  EXPECT_EQ(site.out().messages.size(), 8u);
  EXPECT_THAT(site.out().messages.back(), HasSubstr(R"("source-eid": "0000-0000-0026", "dest-eid": "ffff-ffff-ffff")"));
  EXPECT_EQ(site.counters().punts_sent, 40u);
}

TEST(Hosts, StartAsksForEverything) {
  Site site(quiet_site());
  site.start();
  EXPECT_THAT(site.out().messages, ElementsAre(R"({"type": "restart"})"));
}

}  // namespace
}  // namespace lisper
