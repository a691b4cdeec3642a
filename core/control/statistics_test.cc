#include "core/control/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/base/json.h"
#include "core/base/random.h"
#include "core/control/statistics_message.h"
#include "core/control/testing.h"

namespace lisper {
namespace {

using ::testing::ElementsAre;
using testing::ip;
using ::testing::IsEmpty;
using testing::mac;
using testing::Site;

constexpr NetworkId kNetwork{1};  // IID 251

/// No exits to resolve, so that time passes without solicitations.
LisperConfig counting_config() {
  auto config = testing::two_exit_site();
  for (ExitConfig& exit : config.exits) exit.next_hop_mac = mac("00:00:00:00:00:04");
  config.statistics_interval = seconds(5);
  return config;
}

struct CountingSite : Site {
  CountingSite() : Site(counting_config()) { start(); }
};

/// What the rows of `statistics` messages say: packets by "IID prefix rloc port".
std::map<std::string, std::int64_t> packets_told(const std::vector<std::string>& messages) {
  std::map<std::string, std::int64_t> told;
  for (const std::string& text : messages) {
    EXPECT_LE(text.size(), 4000u);
    const auto document = json::Document::parse(text);
    if (!document) {
      ADD_FAILURE() << text;
      continue;
    }
    if (document->root().find("type")->as_string() != "statistics") continue;
    for (const auto& entry : document->root().find("entries")->elements())
      for (const auto& rloc : entry.find("rlocs")->elements())
        told[std::string(entry.find("instance-id")->as_string()) + " " +
             std::string(entry.find("eid-prefix")->as_string()) + " " + std::string(rloc.find("rloc")->as_string()) +
             " " + std::string(rloc.find("port")->as_string())] += *rloc.find("packet-count")->as_int();
  }
  return told;
}

// The example of the captured controller's own acceptance test, with blanks as Python writes them.
TEST(StatisticsMessage, SpellsWhatTheControllerReads) {
  const RlocUsage row{Iid(251), mac("00:00:00:00:02:03"), 48, ip("2001:db8:c::14"), 4341, 5, 500, milliseconds(500)};
  const StatisticsMessage message = encode_statistics(std::span(&row, 1));
  EXPECT_EQ(message.rows, 1u);
  EXPECT_EQ(
      message.text,
      R"({"type": "statistics", "entries": [{"instance-id": "251", "eid-prefix": "0000-0000-0203/48", "rlocs": [{"rloc": "2001:db8:c::14", "port": "4341", "packet-count": 5, "byte-count": 500, "seconds-last-packet": 0.500}]}]})");
  EXPECT_EQ(
      encode_decap_statistics(7, 700, seconds(1)),
      R"({"type": "decap-statistics", "good-packets": {"packet-count": 7, "byte-count": 700, "seconds-last-packet": 1.000}})");
}

RC_GTEST_PROP(StatisticsMessage, SplitsBelowWhatKillsThePeer, (std::uint64_t seed)) {
  Random random(seed);
  std::vector<RlocUsage> rows;
  for (std::uint64_t i = random.below(200) + 1; i > 0; --i) {
    // Few distinct entries, so that one has several RLOCs.
    RlocUsage row;
    row.iid = Iid(static_cast<std::uint32_t>(~(i / 40)));
    row.port = 65535;
    Ipv6Address address;
    for (auto& octet : address.octets) octet = static_cast<std::uint8_t>(random.next() | 0x80);
    row.rloc = address;
    row.packets = row.bytes = UINT64_MAX;
    row.idle = {INT64_MAX};
    rows.push_back(row);
  }
  std::size_t begin = 0;
  while (begin < rows.size()) {
    const StatisticsMessage message = encode_statistics(std::span(rows).subspan(begin));
    RC_ASSERT(message.rows > 0u);
    RC_ASSERT(message.text.size() <= 4000u);
    const auto document = json::Document::parse(message.text);
    RC_ASSERT(document.has_value());
    std::size_t said = 0;
    for (const auto& entry : document->root().find("entries")->elements()) {
      const auto rlocs = entry.find("rlocs")->elements();
      for (const auto& rloc : rlocs) {
        const RlocUsage& row = rows[begin + said++];
        RC_ASSERT(rloc.find("rloc")->as_string() == to_string(row.rloc));
        RC_ASSERT(entry.find("instance-id")->as_string() == std::to_string(row.iid.value));
      }
    }
    RC_ASSERT(said == message.rows);
    begin += message.rows;
  }
}

TEST(Statistics, TellsWhatWasSentSinceTheLastTime) {
  CountingSite site;
  const TimeNs begin = site.now;
  site.message(
      R"({"type":"map-cache","opcode":"add","eid-prefix":"0000-0000-0203/48","rlocs":[{"rloc":"2001:db8:c::14","port":"4500"}],"instance-id":"251"})");
  Usage usage = Usage::counting();
  const auto send = [&](std::uint32_t packets) {
    for (std::uint32_t i = 0; i < packets; ++i)
      usage.count_sent(kNetwork, mac("00:00:00:00:02:03"), 48, site.lisper("2001:db8:c::14"), 100, site.now);
    site.control().on_usage(usage, site.now);
    usage.clear();
  };
  send(3);
  site.now = begin + seconds(1);
  send(2);
  site.run_until(begin + milliseconds(4999));
  EXPECT_THAT(site.out().messages, IsEmpty());
  site.run_until(begin + seconds(5));
  ASSERT_EQ(site.out().messages.size(), 1u);
  EXPECT_THAT(site.out().messages[0],
              ::testing::AllOf(::testing::HasSubstr(R"("port": "4500", "packet-count": 5, "byte-count": 500)"),
                               ::testing::ContainsRegex(R"("seconds-last-packet": (4\.00[01]|3\.999)\})")));
  EXPECT_EQ(site.counters().statistics_sent, 1u);
  site.run_until(begin + seconds(10));
  EXPECT_THAT(site.out().messages, IsEmpty()) << "idle entries are left out";
  send(1);
  site.run_until(begin + seconds(15));
  EXPECT_THAT(packets_told(site.out().messages),
              ElementsAre(std::pair("251 0000-0000-0203/48 2001:db8:c::14 4500", 1)));
}

TEST(Statistics, TellsWhatCameIn) {
  CountingSite site;
  Usage usage = Usage::counting();
  usage.count_received(60, site.now);
  usage.count_received(40, site.now + seconds(2));
  site.control().on_usage(usage, site.now + seconds(2));
  site.run_until(site.now + seconds(20));
  EXPECT_THAT(
      site.out().messages,
      ElementsAre(
          R"({"type": "decap-statistics", "good-packets": {"packet-count": 2, "byte-count": 100, "seconds-last-packet": 3.000}})"));
}

TEST(Statistics, TellsAFullTableInTurn) {
  CountingSite site;
  Usage usage = Usage::counting();
  std::int64_t sent = 0;
  for (std::uint64_t i = 1; i <= 2'000; ++i, ++sent)
    usage.count_sent(kNetwork, MacAddress::from_u64(i * 2), 48, site.lisper("fd80:8::2"), 100, site.now);
  const TimeNs begin = site.now;
  site.control().on_usage(usage, site.now);
  site.run_until(begin + seconds(5));
  EXPECT_EQ(site.out().messages.size(), 2u) << "the controller's queue is short";
  std::int64_t told = 0;
  const auto note = [&] {
    for (const auto& [row, packets] : packets_told(site.out().messages)) told += packets;
  };
  note();
  site.control().on_usage(usage, site.now);  // the same again, meanwhile
  site.run_until(begin + seconds(30));
  note();
  EXPECT_EQ(told, 2 * (sent - static_cast<std::int64_t>(usage.lost())));
  EXPECT_EQ(site.counters().statistics_lost, 2 * usage.lost());
}

TEST(Statistics, HasABound) {
  CountingSite site;
  std::uint64_t sent = 0;
  for (std::uint64_t n = 0; n < 80; ++n) {
    Usage usage = Usage::counting();
    for (std::uint64_t i = 1; i <= 1'000; ++i, ++sent)
      usage.count_sent(kNetwork, MacAddress::from_u64((n * 1'000 + i) * 2), 48, site.lisper("fd80:8::2"), 100,
                       site.now);
    ASSERT_EQ(usage.lost(), 0u);
    site.control().on_usage(usage, site.now);
  }
  EXPECT_EQ(site.counters().statistics_lost, sent - Statistics::kMaxRows);
}

TEST(Statistics, SaysNothingUnlessAsked) {
  auto off = counting_config();
  off.statistics_interval = {};
  auto without_socket = counting_config();
  without_socket.punts = false;
  auto of_2016 = counting_config();
  of_2016.dialect = Dialect::k2016;
  for (const LisperConfig& config : {off, without_socket, of_2016}) {
    Site site(config);
    site.start();
    EXPECT_EQ(site.control().next_deadline(), kNever);
    Usage usage = Usage::counting();
    usage.count_sent(kNetwork, mac("00:00:00:00:02:03"), 48, site.lisper("fd80:8::2"), 100, site.now);
    site.control().on_usage(usage, site.now);
    site.run_until(site.now + seconds(60));
    EXPECT_EQ(site.counters().statistics_sent, 0u);
  }
}

}  // namespace
}  // namespace lisper
