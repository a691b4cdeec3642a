#include "core/control/bindings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/control/testing.h"

namespace lisper {
namespace {

using namespace testing;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr NetworkId kNetwork{1};
constexpr auto kHost = "00:00:00:00:aa:03";
constexpr auto kOther = "00:00:00:00:aa:05";
constexpr std::uint32_t kLan{0}, kOtherLan{1};

LisperConfig suppressing() {
  LisperConfig config = two_exit_site();
  config.policies = {{Iid(251)}};
  config.policies[0].suppress_arp = true;
  return config;
}

class BindingsTest : public ::testing::Test {
 protected:
  explicit BindingsTest(LisperConfig config = suppressing()) : site(std::move(config)) { site.start(); }

  void host(const char* host_mac, std::uint32_t location = kLan) {
    site.event(Event::Kind::kLearn, host_mac, location);
  }
  void say(const char* address, const char* host_mac, std::optional<bool> router = {},
           std::optional<LocationId> from = {}, const char* announced = nullptr) {
    site.event(Event{.kind = Event::Kind::kBinding,
                     .network = kNetwork,
                     .location = from.value_or(LocationId(kLan)),
                     .source = mac(host_mac),
                     .destination = mac(announced == nullptr ? host_mac : announced),
                     .ip = ip(address),
                     .router = router});
  }
  /// The MAC in the table.
  std::string bound(const char* address) {
    const Binding* binding = site.tables().bindings().find({kNetwork, ip(address)});
    return binding == nullptr ? "" : to_string(binding->mac);
  }

  Site site;
};

struct SmallBindings : BindingsTest {
  static LisperConfig small() {
    LisperConfig config = suppressing();
    config.max_macs = 20;
    return config;
  }
  SmallBindings() : BindingsTest(small()) {}
};

TEST_F(BindingsTest, AreWhatLocalHostsAndLispersSay) {
  host(kHost);
  say("10.0.0.3", kHost);
  say("fd00::5", kOther, true, site.lisper("fd80:8::2"));
  EXPECT_EQ(bound("10.0.0.3"), kHost);
  EXPECT_EQ(bound("fd00::5"), kOther);
  EXPECT_EQ(site.tables().bindings().find({kNetwork, ip("fd00::5")})->router, true);
  EXPECT_EQ(site.counters().bindings_learned, 2u);
  ASSERT_THAT(site.control().bindings(), SizeIs(2));
  EXPECT_EQ(site.control().bindings()[0].ip, ip("10.0.0.3"));
  EXPECT_EQ(site.control().bindings()[1].mac, mac(kOther));
}

TEST_F(BindingsTest, AreNotLearnedFromWhoIsNoHostThere) {
  say("10.0.0.3", kHost);
  EXPECT_EQ(bound("10.0.0.3"), "");
  host(kHost, kOtherLan);
  say("10.0.0.3", kHost);
  EXPECT_EQ(bound("10.0.0.3"), "");
}

TEST_F(BindingsTest, AreForgottenAfterTheTimeoutUnlessSaidAgain) {
  host(kHost);
  say("10.0.0.3", kHost);
  site.run_until(site.now + seconds(40));
  say("10.0.0.3", kHost);
  site.run_until(site.now + seconds(59));
  EXPECT_EQ(bound("10.0.0.3"), kHost);
  site.run_until(site.now + seconds(1));
  EXPECT_EQ(bound("10.0.0.3"), "");
  EXPECT_THAT(site.control().bindings(), IsEmpty());
}

TEST_F(BindingsTest, WantToBeHeardOfAgainAfterAQuarterOfTheTimeout) {
  host(kHost);
  say("10.0.0.3", kHost);
  EXPECT_EQ(site.tables().bindings().find({kNetwork, ip("10.0.0.3")})->renew, stamp_of(site.now + seconds(15)));
}

TEST_F(BindingsTest, KeepTheRouterFlagUntilTheyMove) {
  host(kHost);
  host(kOther);
  const auto router = [&] { return site.tables().bindings().find({kNetwork, ip("fd00::3")})->router; };
  say("fd00::3", kHost, true);
  say("fd00::3", kHost);
  EXPECT_EQ(router(), true);
  say("fd00::3", kHost, false);
  EXPECT_EQ(router(), false);
  say("fd00::3", kOther);
  EXPECT_EQ(bound("fd00::3"), kOther);
  EXPECT_EQ(router(), std::nullopt);
}

TEST_F(BindingsTest, AreDoubtedWhenAHostSpeaksForAnother) {
  host(kHost);
  host(kOther);
  say("10.0.0.3", kHost);
  say("10.0.0.3", kOther, {}, {}, kHost);
  EXPECT_EQ(bound("10.0.0.3"), kHost) << "a proxy that says the same";
  say("10.0.0.3", kOther, {}, {}, "00:00:00:00:aa:09");
  EXPECT_EQ(bound("10.0.0.3"), "");
}

// RFC 9161 3.7.
TEST_F(BindingsTest, OfDuplicateAddressesAreNotUsed) {
  host(kHost);
  host(kOther);
  say("10.0.0.3", kHost);
  for (int move = 1; move <= 5; ++move) {
    EXPECT_NE(bound("10.0.0.3"), "") << move;
    say("10.0.0.3", move % 2 == 1 ? kOther : kHost);
  }
  EXPECT_EQ(bound("10.0.0.3"), "");
  EXPECT_EQ(site.counters().bindings_contested, 1u);
  ASSERT_THAT(site.control().bindings(), SizeIs(1));
  EXPECT_TRUE(site.control().bindings()[0].contested);

  site.run_until(site.now + seconds(100));
  host(kOther);
  say("10.0.0.3", kOther);
  EXPECT_EQ(bound("10.0.0.3"), "") << "not yet";
  site.run_until(site.now + seconds(80));
  host(kOther);
  say("10.0.0.3", kOther);
  EXPECT_EQ(bound("10.0.0.3"), kOther) << "nobody else has claimed it for three minutes";
}

TEST_F(BindingsTest, OfSlowMovesAreUsed) {
  for (int move = 0; move < 20; ++move) {
    const char* who = move % 2 == 0 ? kHost : kOther;
    host(who);
    say("10.0.0.3", who);
    EXPECT_EQ(bound("10.0.0.3"), who);
    site.run_until(site.now + seconds(46));  // four in three minutes
  }
}

TEST_F(BindingsTest, AreSixteenAHost) {
  host(kHost);
  host(kOther);
  say("10.0.1.0", kOther);
  for (int i = 0; i < 40; ++i) say(("10.0.0." + std::to_string(i + 1)).c_str(), kHost);
  EXPECT_EQ(bound("10.0.1.0"), kOther);
  EXPECT_EQ(bound("10.0.0.24"), "");
  EXPECT_EQ(bound("10.0.0.25"), kHost);
  EXPECT_EQ(site.tables().bindings().size(), 1 + Bindings::kMaxAddresses);
  EXPECT_THAT(site.control().bindings(), SizeIs(1 + Bindings::kMaxAddresses));
}

TEST_F(SmallBindings, AreAsManyAsMacsAndNobodyLosesTheirs) {
  host(kHost);
  host(kOther);
  for (int i = 0; i < 16; ++i) say(("10.0.0." + std::to_string(i + 1)).c_str(), kHost);
  for (int i = 0; i < 16; ++i) say(("10.0.1." + std::to_string(i + 1)).c_str(), kOther);
  EXPECT_EQ(site.tables().bindings().size(), 20u);
  EXPECT_EQ(site.counters().table_full, 12u);
  EXPECT_EQ(bound("10.0.0.1"), kHost);
  EXPECT_EQ(bound("10.0.1.4"), kOther);
  EXPECT_EQ(bound("10.0.1.5"), "");
}

}  // namespace
}  // namespace lisper
