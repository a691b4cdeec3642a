// What becomes of the controller's keys.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/control/keys.h"
#include "core/control/testing.h"
#include "crypto/ipsec_mb.h"

namespace lisper::crypto {
namespace {

using namespace lisper::testing;
using ::testing::ElementsAre;

constexpr auto kPeer = "fd80:8::2";
const std::string kK1(32, '1');
const std::string kK2(32, '2');
const std::string kK3(32, '3');

std::string entry(const std::string& id, const std::string& encap, const std::string& decap,
                  const std::string& rloc = kPeer) {
  return R"({"instance-id":251,"eid-prefix":"000000-00aa05/48","rlocs":[{"rloc":")" + rloc + R"(","key-id":")" + id +
         R"(","encap-key":")" + encap + R"(","decap-key":")" + decap + R"("}]})";
}
std::string decap_keys(const std::string& keys) {
  return R"({"type":"decap-keys","rloc":"fd80:8::2","port":"60835","keys":[)" + keys + "]}";
}
std::string decap_key(const std::string& id, const std::string& key) {
  return R"({"key-id":")" + id + R"(","decrypt-key":")" + key + R"(","icv-key":"00"})";
}

struct KeySite : Site {
  KeySite() : Site(two_exit_site(), &ipsec_mb()) {}

  [[nodiscard]] const PeerSecurity* security(const std::string& peer = kPeer) const {
    const auto& all = tables().sas().all();
    const auto found = std::ranges::find(all, ip(peer), &PeerSecurity::peer);
    return found == all.end() ? nullptr : &*found;
  }
  [[nodiscard]] std::shared_ptr<OutboundSa> out(const std::string& peer = kPeer) const { return security(peer)->out; }
  [[nodiscard]] std::vector<std::uint32_t> spis() const {
    std::vector<std::uint32_t> result;
    for (const auto& sa : security()->in) result.push_back(sa->sa.spi);
    return result;
  }
  [[nodiscard]] const Location& location(std::uint32_t iid = 251) const {
    return tables().location(lisper(kPeer, iid));
  }
};

TEST(Keys, OfTheOriginalsEntryAreForBothDirections) {
  KeySite site;
  EXPECT_EQ(site.security(), nullptr);
  site.message(entry("7", kK1, kK2));
  EXPECT_EQ(site.out()->sa.spi, 7u);
  EXPECT_THAT(site.spis(), ElementsAre(7));
  EXPECT_EQ(site.counters().keys_set, 2u);
  // Of all networks.
  EXPECT_TRUE(site.location(251).sealed);
  EXPECT_TRUE(site.location(1).sealed);
  EXPECT_EQ(site.location(1).sa, site.out().get());
}

TEST(Keys, OfTodaysMessagesAreForOneDirectionEach) {
  KeySite site;
  site.message(
      R"({"type":"map-cache","opcode":"add","instance-id":"251","eid-prefix":"0000-0000-aa05/48","rlocs":[{"rloc":"fd80:8::2","keys":[{"key-id":"1","encrypt-key":"83d214b52d1627d069cfe47beae46acf","icv-key":"e1946f256358a9351a35bdf870ef86f0"}]}]})");
  EXPECT_TRUE(site.security()->sends_sealed);
  EXPECT_FALSE(site.security()->receives_sealed);
  site.message(decap_keys(decap_key("1", kK2)));
  EXPECT_TRUE(site.security()->receives_sealed);
  EXPECT_THAT(site.spis(), ElementsAre(1));
}

TEST(Keys, RepeatedOrNotMentionedStayAsTheyAre) {
  KeySite site;
  site.message(entry("1", kK1, kK2));
  const auto out = site.out();
  const auto in = site.security()->in;
  site.message(entry("1", kK1, kK2));
  site.message(decap_keys(decap_key("1", kK2)));
  site.message(entry("1", "", ""));
  site.message(decap_keys(""));
  site.message(R"({"instance-id":251,"eid-prefix":"000000-00aa05/48","rlocs":[{"rloc":"fd80:8::2"}]})");
  site.message(R"({"type":"entire-map-cache","entries":[]})");
  site.run_until(site.now + Keys::kOverlap + Keys::kOverlap);
  EXPECT_EQ(site.out(), out);
  EXPECT_EQ(site.security()->in, in);
  EXPECT_EQ(site.counters().keys_set, 2u);
}

TEST(Keys, AreChangedWithoutABreak) {
  KeySite site;
  site.message(entry("1", kK1, kK2));
  const auto old_out = site.out();
  const auto old_in = site.security()->in.front();
  site.message(entry("2", kK3, std::string(64, '4')));
  EXPECT_THAT(site.spis(), ElementsAre(2, 1));
  EXPECT_EQ(site.out(), old_out);
  const TimeNs told = site.now;
  site.run_until(told + Keys::kSwitchDelay - TimeNs{1});
  EXPECT_EQ(site.out(), old_out);
  site.run_until(told + Keys::kSwitchDelay);
  EXPECT_EQ(site.out()->sa.spi, 2u);
  EXPECT_EQ(site.location().sa, site.out().get());
  site.run_until(told + Keys::kOverlap - TimeNs{1});
  EXPECT_EQ(site.security()->in.back(), old_in);
  site.run_until(told + Keys::kOverlap);
  EXPECT_THAT(site.spis(), ElementsAre(2));
}

TEST(Keys, MayComeBackAndGoOnWhereTheyWere) {
  KeySite site;
  site.message(entry("1", kK1, ""));
  const auto first = site.out();
  first->packets = 99;
  site.message(entry("1", kK2, ""));
  site.run_until(site.now + Keys::kSwitchDelay);
  EXPECT_NE(site.out(), first);
  site.message(entry("1", kK1, ""));
  site.run_until(site.now + Keys::kSwitchDelay);
  EXPECT_EQ(site.out(), first);
  // Another LISPER with the same key must not get the same numbers either.
  site.message(entry("1", kK1, "", "fd80:9::2"));
  EXPECT_EQ(site.out("fd80:9::2"), first);
}

TEST(Keys, ThatCannotBeUsedLeadToNoClearText) {
  for (const std::string& bad : {std::string(30, '1'), std::string(33, '1'), std::string(48, '1')}) {
    KeySite site;
    site.message(entry("1", bad, bad));
    EXPECT_TRUE(site.location().sealed);
    EXPECT_EQ(site.out(), nullptr);
    EXPECT_TRUE(site.security()->receives_sealed);
    EXPECT_TRUE(site.security()->in.empty());
    EXPECT_EQ(site.counters().keys_refused, 2u);
    site.message(entry("1", kK1, kK2));
    EXPECT_NE(site.out(), nullptr);
    site.message(entry("1", bad, bad));
    EXPECT_NE(site.out(), nullptr);
    EXPECT_EQ(site.security()->in.size(), 1u);
  }
  KeySite zero;
  zero.message(entry("0", kK1, kK2));  // RFC 4303 2.1
  EXPECT_EQ(zero.counters().keys_refused, 2u);
}

TEST(Keys, AreForOneDirectionAndOneSpi) {
  KeySite site;
  site.message(entry("1", kK1, kK1));
  EXPECT_EQ(site.counters().keys_refused, 1u);
  site.message(entry("2", kK1, ""));
  EXPECT_EQ(site.counters().keys_refused, 2u);
}

TEST(Keys, OfOneMessageAreAllAcceptedAndOnlySoManyAreKept) {
  KeySite site;
  site.message(decap_keys(decap_key("1", kK1) + "," + decap_key("2", kK2)));
  EXPECT_THAT(site.spis(), ElementsAre(1, 2));
  site.message(decap_keys(decap_key("2", kK2) + "," + decap_key("3", kK3)));
  EXPECT_THAT(site.spis(), ElementsAre(2, 3, 1));
  site.message(decap_keys(decap_key("4", std::string(32, '4')) + "," + decap_key("5", std::string(32, '5'))));
  EXPECT_THAT(site.spis(), ElementsAre(4, 5, 2, 3));
  site.run_until(site.now + Keys::kOverlap);
  EXPECT_THAT(site.spis(), ElementsAre(4, 5));
}

TEST(Keys, OfStrangersAreIgnored) {
  KeySite site;
  site.message(entry("1", kK1, kK2, "fd80:77::2"));
  EXPECT_TRUE(site.tables().sas().all().empty());
}

TEST(Keys, WithWrongDigitsMakeTheMessageMalformed) {
  KeySite site;
  for (const std::string& text :
       {entry("1", "0x", ""), entry("1", "", "zz"), entry("x", kK1, ""), entry("1", std::string(258, '0'), "")})
    site.message(text);
  EXPECT_EQ(site.counters().malformed, 4u);
  site.message(entry("1", "00112233445566778899AABBCCDDEEFF", ""));
  EXPECT_EQ(site.counters().keys_set, 1u);
}

}  // namespace
}  // namespace lisper::crypto
