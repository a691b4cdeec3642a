#include "hw/ctl/client/show.h"

#include <gmock/gmock.h>

#include "hw/ctl/client/drops.h"
#include "hw/ctl/client/explain.h"
#include "hw/ctl/testing.h"

namespace lisper::hw::ctl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::sample_status;

const ShowStyle kPlain;

TEST(Show, PortsAreALineEach) {
  EXPECT_EQ(show(View::kPorts, sample_status(), kPlain),
            "port  device        driver     MAC                link          MTU  received    bytes  missed  errors"
            "    sent   bytes  errors\n"
            "e0    0000:01:00.0  net_ixgbe  00:00:00:00:04:00  10.0 Gbit/s  1600   1000000  64.0 MB       7       0"
            "  999990  130 MB       0\n");
}

TEST(Show, APortThatIsDownIsRed) {
  Status status = sample_status();
  status.ports[0].up = false;
  EXPECT_THAT(show(View::kPorts, status, {{.colour = true, .rows = {}}, false}), HasSubstr("\x1b[31mdown\x1b[0m"));
  EXPECT_THAT(show(View::kPorts, status, kPlain), AllOf(HasSubstr("down"), Not(HasSubstr("\x1b"))));
}

TEST(Show, StatusSumsUp) {
  const std::string text = show(View::kStatus, sample_status(), kPlain);
  EXPECT_THAT(text, HasSubstr("up for      01:02:05\n"));
  EXPECT_THAT(text, HasSubstr("ports       1 of 1 up\n"));
  EXPECT_THAT(text, HasSubstr("controller  connected\n"));
  // 7 by the NIC, 1 by a worker, 33 by the core at e0; those of IIDs are the same packets again.
  EXPECT_THAT(text, HasSubstr("dropped     41\n"));
}

TEST(Show, DropsSayWhereAndWhy) {
  const std::string text = show(View::kDrops, sample_status(), kPlain);
  EXPECT_THAT(text, HasSubstr("bad_cookie  e0             33  cookie differs from the configured one"));
  EXPECT_THAT(text, HasSubstr("RFC 3931 8.2"));
  EXPECT_THAT(text, HasSubstr("rx_missed   e0              7"));
  EXPECT_THAT(text, HasSubstr("tx_refused  worker 0        1"));
  EXPECT_THAT(text, Not(HasSubstr("punt_new_host"))) << "is forwarded";
  EXPECT_EQ(show(View::kDrops, {}, kPlain), "no packet was dropped\n");
}

TEST(Show, ControlCountsWhatWasTold) {
  Status status;
  status.node.networks[1] = {{"punt_new_host", 2}, {"bad_cookie", 9}};
  status.node.networks[2] = {{"punt_new_host", 3}, {"punt_dropped", 1}};
  EXPECT_EQ(show(View::kControl, status, kPlain),
            "no controller is configured\n\ncounter        count\npunt_dropped       1\npunt_new_host      5\n");
}

TEST(Drops, OfANetworkAreThereToo) {
  Status status;
  status.node.networks[251] = {{"split_horizon", 5}};
  status.node.networks[0] = {{"split_horizon", 6}};
  const auto list = drops(status, false);
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].where, "IID 251");
  EXPECT_EQ(list[0].packets, 5u);
}

TEST(Drops, AllIncludeEachZeroOnce) {
  EXPECT_THAT(drops({}, false), ::testing::IsEmpty());
  const auto all = drops({}, true);
  EXPECT_EQ(std::ranges::count(all, "bad_cookie", &Drop::counter), 1);
  EXPECT_EQ(std::ranges::count(all, "rx_missed", &Drop::counter), 1);
  EXPECT_EQ(std::ranges::count(all, "none", &Drop::counter), 0);
}

TEST(Show, FibSaysHowMuchIsLeftOut) {
  Status status = sample_status();
  EXPECT_THAT(show(View::kFib, status, kPlain), Not(HasSubstr("shown")));
  status.node.tables["fib"] = 1'000'000;
  EXPECT_THAT(show(View::kFib, status, kPlain), HasSubstr("... 2 of 1000000 shown"));
}

TEST(Show, GroupsAreOfMembersAndOfRouters) {
  const std::string shown = show(View::kGroups, sample_status(), kPlain);
  EXPECT_THAT(shown, ::testing::ContainsRegex("239\\.1\\.1\\.1 +interface e1 +00:01:01 +00:03:20 +251"));
  EXPECT_THAT(shown, ::testing::ContainsRegex("all +lisper fd80:8::2 +- +00:04:10 +251"));
}

TEST(Show, BindingsSayWhatIsAnswered) {
  const std::string table = show(View::kBindings, sample_status(), kPlain);
  EXPECT_THAT(table, HasSubstr("10.0.0.5"));
  EXPECT_THAT(table, HasSubstr("answered"));
  EXPECT_THAT(table, HasSubstr("contested"));
  EXPECT_EQ(select(View::kBindings, sample_status(), false)[1]["kind"], "router");
}

TEST(Show, NamesCannotSteerTheTerminal) {
  Status status = sample_status();
  status.sessions[0].peer = "\x1b[2Jgone";
  EXPECT_THAT(show(View::kSessions, status, kPlain), AllOf(HasSubstr("?[2Jgone"), Not(HasSubstr("\x1b"))));
}

TEST(Show, EveryViewStandsAnEmptyStatus) {
  for (const View view : {View::kStatus, View::kPorts, View::kSessions, View::kNeighbours, View::kFib, View::kMapCache,
                          View::kGroups, View::kBindings, View::kDrops, View::kControl, View::kWorkers})
    EXPECT_NE(show(view, {}, kPlain), "");
}

TEST(Select, GivesThePart) {
  const Status status = sample_status();
  EXPECT_EQ(select(View::kPorts, status, false)[0]["name"], "e0");
  EXPECT_EQ(select(View::kFib, status, false).size(), 2u);
  EXPECT_EQ(select(View::kControl, status, false)["counters"]["malformed"], 1);
  EXPECT_EQ(select(View::kDrops, status, false).size(), 3u);
  EXPECT_GT(select(View::kDrops, status, true).size(), 30u);
}

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out += static_cast<char>(value);
  return out;
}

TEST(Summary, NamesAddressesAndProtocol) {
  // An L2TPv3 packet's outer headers, from RFC 8200 3 and RFC 3931 4.1.1 by hand.
  std::string frame = bytes({2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 4, 115, 64});
  frame += bytes({0xfd, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2});
  frame += bytes({0xfd, 0x80, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2});
  EXPECT_EQ(summary(std::as_bytes(std::span(frame))),
            "02:00:00:00:00:01 > 02:00:00:00:00:02, IPv6 fd80:1::2 > fd80:4::2, L2TPv3");
  for (std::size_t size = 0; size < frame.size(); ++size)
    EXPECT_NE(summary(std::as_bytes(std::span(frame).first(size))), "");
  const std::string arp = frame.substr(0, 12) + bytes({8, 6});
  EXPECT_EQ(summary(std::as_bytes(std::span(arp))), "02:00:00:00:00:01 > 02:00:00:00:00:02, ARP");
}

TEST(Explain, IsALineAPacketAndALineAStep) {
  EXPECT_EQ(explain(testing::sample_packet(), {1'000'000'000}, false),
            "+0.500000 s  e0  1000 bytes  02:00:00:00:00:02 > 02:00:00:00:00:01, EtherType 0x86dd: drop: bad_cookie"
            "  (worker 0)\n"
            "    decapsulate  session 7 of fd80:1::2, but the cookie differs [RFC 3931 8.2]\n");
}

}  // namespace
}  // namespace lisper::hw::ctl
