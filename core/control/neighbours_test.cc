#include "core/control/neighbours.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/control/testing.h"
#include "core/wire/checksum.h"
#include "core/wire/ndp.h"

namespace lisper {
namespace {

using testing::Buffer;
using testing::hex;
using testing::ip;
using ::testing::IsEmpty;
using testing::mac;
using testing::Site;
using testing::operator+=;
using ::testing::SizeIs;

const auto kRouter = mac("00:00:00:00:00:04");
const auto kOtherRouter = mac("00:00:00:00:00:05");
const auto kOwn = mac("00:00:00:00:01:04");
constexpr std::uint16_t kPort = 0;  // of exit 0
constexpr ExitId kExit{0};

/// One exit, to be resolved by ND.
LisperConfig one_exit() {
  auto config = testing::two_exit_site();
  config.exits[1].next_hop_mac = mac("3a:59:f1:51:75:ae");
  return config;
}

/// Site 04 with its exit on ARP instead.
LisperConfig one_ipv4_exit() {
  auto config = testing::two_exit_site();
  config.exits[0].next_hop_mac = kRouter;
  return config;
}

struct Advert {
  std::uint32_t flags = wire::kNaSolicited | wire::kNaOverride;
  std::optional<MacAddress> mac = kRouter;
};

Buffer neighbour_frame(std::uint8_t type, std::string_view source, std::string_view destination,
                       std::string_view target, std::uint32_t flags, std::uint8_t option,
                       const std::optional<MacAddress>& link_layer) {
  Buffer icmp = testing::raw(wire::NeighbourMessage{type, 0, Be16(0), Be32(flags), *parse_ipv6(target)});
  if (link_layer) icmp += testing::raw(wire::LinkLayerOption{option, 1, *link_layer});
  at<wire::NeighbourMessage>(icmp.data()).checksum =
      wire::checksum(icmp, wire::pseudo_header_sum(*parse_ipv6(source), *parse_ipv6(destination), 58,
                                                   static_cast<std::uint32_t>(icmp.size())));
  Buffer packet = testing::ipv6(source, destination, 58, icmp);
  packet[7] = std::byte{255};
  return testing::ethernet("00:00:00:00:01:04", "00:00:00:00:00:04", 0x86dd, packet);
}

Buffer advertisement(const Advert& a = {}) {
  const bool solicited = (a.flags & wire::kNaSolicited) != 0;
  return neighbour_frame(136, "fd80:4::1", solicited ? "fd80:4::2" : "ff02::1", "fd80:4::1", a.flags, 2, a.mac);
}

Buffer solicitation(const std::optional<MacAddress>& source_link_layer) {
  return neighbour_frame(135, "fd80:4::1", "fd80:4::2", "fd80:4::2", 0, 1, source_link_layer);
}

MacAddress to(const Outbox::Frame& frame) { return at<MacAddress>(frame.bytes.data()); }

std::vector<MacAddress> sent_to(const Site& site) {
  std::vector<MacAddress> macs;
  for (const auto& frame : site.out().frames) macs.push_back(to(frame));
  return macs;
}

std::vector<SetNextHop> next_hops(const Site& site) {
  std::vector<SetNextHop> deltas;
  for (const TableDelta& delta : site.out().deltas)
    if (const auto* hop = std::get_if<SetNextHop>(&delta)) deltas.push_back(*hop);
  return deltas;
}

const auto kEveryone = mac("33:33:ff:00:00:01");

/// A site whose next hop has just answered.
void resolve(Site& site) {
  site.start();
  site.frame(kPort, advertisement());
}

TEST(Neighbours, SolicitsUntilAnswered) {
  Site site(one_exit());
  site.start();
  ASSERT_THAT(site.out().frames, SizeIs(1));
  EXPECT_EQ(site.out().frames[0].port, PortId(kPort));
  // RFC 4861 4.3, with source link-layer address, to the solicited-node group.
  EXPECT_EQ(site.out().frames[0].bytes,
            hex("3333ff000001 000000000104 86dd 60000000 0020 3a ff fd800004000000000000000000000002"
                "ff0200000000000000000001ff000001 8700 7d8d 00000000 fd800004000000000000000000000001"
                "0101 000000000104"));
  EXPECT_EQ(site.control().next_deadline(), site.now + seconds(1));
  site.run_until(site.now + seconds(100));
  EXPECT_EQ(sent_to(site), std::vector<MacAddress>(100, kEveryone));
  site.frame(kPort, advertisement());
  ASSERT_THAT(next_hops(site), SizeIs(1));
  EXPECT_EQ(next_hops(site)[0].mac, kRouter);
  EXPECT_TRUE(next_hops(site)[0].reachable);
  EXPECT_EQ(site.tables().exit(kExit).next_hop_mac, kRouter);
  EXPECT_EQ(site.control().next_deadline(), site.now + seconds(30));
  EXPECT_EQ(site.counters().solicitations_sent, 101u);
}

TEST(Neighbours, GivesUpAfterThreeSecondsAndComesBack) {
  Site site(one_exit());
  site.start();
  const Buffer frame(80, std::byte{7});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(site.control().hold(kExit, frame, site.now));
  const TimeNs begin = site.now;
  site.run_until(begin + seconds(3) - TimeNs{1});
  EXPECT_THAT(next_hops(site), IsEmpty());
  EXPECT_EQ(site.control().held_frames_lost(kExit), 0u);
  site.run_until(begin + seconds(3));
  ASSERT_THAT(next_hops(site), SizeIs(1));
  EXPECT_FALSE(next_hops(site)[0].reachable);
  EXPECT_EQ(site.control().held_frames_lost(kExit), 3u);
  EXPECT_FALSE(site.control().hold(kExit, frame, site.now));
  site.frame(kPort, advertisement());
  EXPECT_TRUE(site.tables().exit(kExit).reachable);
  EXPECT_THAT(site.out().frames, IsEmpty());
}

TEST(Neighbours, ReleasesHeldFramesInOrderWithTheMac) {
  Site site(one_exit());
  site.start();
  for (std::uint8_t i = 0; i < 70; ++i) EXPECT_TRUE(site.control().hold(kExit, Buffer(80, std::byte{i}), site.now));
  EXPECT_EQ(site.control().held_frames_lost(kExit), 6u);  // the newest replaced the oldest
  site.frame(kPort, advertisement());
  ASSERT_THAT(site.out().frames, SizeIs(64));
  for (std::size_t i = 0; i < 64; ++i) {
    const auto& bytes = site.out().frames[i].bytes;
    ASSERT_EQ(bytes.size(), 80u);
    EXPECT_EQ(to(site.out().frames[i]), kRouter);
    EXPECT_EQ(bytes[6], static_cast<std::byte>(i + 6));
  }
  EXPECT_EQ(site.control().held_frames_lost(kExit), 6u);
}

TEST(Neighbours, AFrameHeldTooLateGoesWithTheNextTick) {
  Site site(one_exit());
  resolve(site);
  EXPECT_TRUE(site.control().hold(kExit, Buffer(80, std::byte{7}), site.now));
  EXPECT_EQ(site.control().next_deadline(), site.now);
  site.run_until(site.now);
  EXPECT_EQ(sent_to(site), std::vector{kRouter});
  EXPECT_EQ(site.control().next_deadline(), site.now + seconds(30));
}

TEST(Neighbours, HoldsNothingForAnExitThatNeedsNoAnswer) {
  Site site(one_exit());
  EXPECT_FALSE(site.control().hold(ExitId(1), Buffer(80), site.now));
  EXPECT_FALSE(site.control().hold(kExit, Buffer(5), site.now));
}

TEST(Neighbours, ProbesAfterThirtySeconds) {
  Site site(one_exit());
  resolve(site);
  site.run_until(site.now + seconds(30));
  EXPECT_EQ(sent_to(site), std::vector{kRouter});
  // Reachability confirmed without naming the MAC, as Linux answers: site04-exit.pcap, frame 38.
  site.frame(kPort, advertisement({wire::kNaRouter | wire::kNaSolicited, std::nullopt}));
  EXPECT_THAT(site.out().deltas, IsEmpty());
  EXPECT_EQ(site.control().next_deadline(), site.now + seconds(30));
}

TEST(Neighbours, FallsBackToEveryoneAndThenGivesUp) {
  Site site(one_exit());
  resolve(site);
  const TimeNs resolved = site.now;
  site.run_until(resolved + seconds(32));
  EXPECT_EQ(sent_to(site), std::vector<MacAddress>(3, kRouter));
  EXPECT_THAT(next_hops(site), IsEmpty());
  site.run_until(resolved + seconds(33));
  EXPECT_EQ(sent_to(site), std::vector{kEveryone});
  ASSERT_THAT(next_hops(site), SizeIs(1));
  EXPECT_EQ(next_hops(site)[0].mac, std::nullopt);
  EXPECT_TRUE(next_hops(site)[0].reachable);
  EXPECT_TRUE(site.control().hold(kExit, Buffer(80), site.now));
  site.run_until(resolved + seconds(36));
  ASSERT_THAT(next_hops(site), SizeIs(1));
  EXPECT_FALSE(next_hops(site)[0].reachable);
  EXPECT_EQ(site.control().held_frames_lost(kExit), 1u);
  site.run_until(resolved + seconds(40));
  EXPECT_EQ(sent_to(site), std::vector<MacAddress>(4, kEveryone));
}

TEST(Neighbours, OverrideDecidesOverTheCachedMac) {  // RFC 4861 7.2.5
  Site site(one_exit());
  resolve(site);
  // Without Override another MAC is only a reason to ask the neighbour we know.
  site.frame(kPort, advertisement({wire::kNaSolicited, kOtherRouter}));
  EXPECT_THAT(next_hops(site), IsEmpty());
  EXPECT_EQ(sent_to(site), std::vector{kRouter});
  site.frame(kPort, advertisement({wire::kNaSolicited, kOtherRouter}));  // already probing: ignored
  EXPECT_TRUE(site.out().empty());
  // With it, it is taken; solicited, also as reachable.
  site.frame(kPort, advertisement({wire::kNaSolicited | wire::kNaOverride, kOtherRouter}));
  ASSERT_THAT(next_hops(site), SizeIs(1));
  EXPECT_EQ(next_hops(site)[0].mac, kOtherRouter);
  EXPECT_THAT(site.out().frames, IsEmpty());
  // Unsolicited, it is taken and checked.
  site.frame(kPort, advertisement({wire::kNaOverride, kRouter}));
  EXPECT_EQ(site.tables().exit(kExit).next_hop_mac, kRouter);
  EXPECT_EQ(sent_to(site), std::vector{kRouter});
  // Unsolicited with the MAC we have says nothing.
  site.frame(kPort, advertisement({wire::kNaOverride, kRouter}));
  EXPECT_TRUE(site.out().empty());
}

TEST(Neighbours, AnAdvertisementWithoutMacDoesNotResolve) {
  Site site(one_exit());
  site.start();
  site.frame(kPort, advertisement({wire::kNaSolicited | wire::kNaOverride, std::nullopt}));
  EXPECT_TRUE(site.out().empty());
}

TEST(Neighbours, LearnsFromTheNextHopsOwnQuestion) {  // RFC 4861 7.2.3
  Site site(one_exit());
  site.start();
  site.frame(kPort, solicitation(kRouter));
  EXPECT_EQ(site.tables().exit(kExit).next_hop_mac, kRouter);
  ASSERT_THAT(site.out().frames, SizeIs(2));  // our check, and the answer
  EXPECT_EQ(static_cast<std::uint8_t>(site.out().frames[0].bytes[54]), 135);
  EXPECT_EQ(static_cast<std::uint8_t>(site.out().frames[1].bytes[54]), 136);
  site.frame(kPort, solicitation(kOtherRouter));
  EXPECT_EQ(site.tables().exit(kExit).next_hop_mac, kOtherRouter);
  site.frame(kPort, solicitation(kOtherRouter));
  EXPECT_THAT(site.out().deltas, IsEmpty());
}

TEST(Neighbours, AnswersForItsOwnAddressOnly) {
  Site site(one_exit());
  resolve(site);
  site.frame(kPort, solicitation(std::nullopt));
  ASSERT_THAT(site.out().frames, SizeIs(1));
  EXPECT_EQ(site.out().frames[0].bytes,
            hex("000000000004 000000000104 86dd 60000000 0020 3a ff fd800004000000000000000000000002"
                "fd800004000000000000000000000001 8800 1c0c 60000000 fd800004000000000000000000000002"
                "0201 000000000104"));
  site.frame(kPort, neighbour_frame(135, "fd80:4::9", "fd80:4::2", "fd80:4::3", 0, 1, kRouter));
  EXPECT_TRUE(site.out().empty());
  site.frame(3, solicitation(kRouter));  // another port
  EXPECT_TRUE(site.out().empty());
}

TEST(Neighbours, IgnoresWhatIsMalformed) {
  Site site(one_exit());
  site.start();
  Buffer routed = advertisement();
  routed[21] = std::byte{64};  // hop limit: came through a router
  site.frame(kPort, routed);
  site.frame(kPort, Buffer(3));
  EXPECT_TRUE(site.out().empty());
  EXPECT_EQ(site.counters().neighbour_malformed, 1u);
}

TEST(Neighbours, ResolvesByArp) {
  // Frames 7, 8 and 62 of qemu-l2tpv3/v4-udp.pcap.
  Site site(one_ipv4_exit());
  site.start();
  ASSERT_THAT(site.out().frames, SizeIs(1));
  EXPECT_EQ(site.out().frames[0].port, PortId(3));
  EXPECT_EQ(site.out().frames[0].bytes,
            hex("ffffffffffff 8ec599e6c1c1 0806 0001 0800 06 04 0001 8ec599e6c1c1 0a050002 000000000000 0a050001"));
  site.frame(3, hex("8ec599e6c1c1 3a59f15175ae 0806 0001 0800 06 04 0002 3a59f15175ae 0a050001 8ec599e6c1c1 0a050002"));
  EXPECT_EQ(site.tables().exit(ExitId(1)).next_hop_mac, mac("3a:59:f1:51:75:ae"));
  EXPECT_EQ(site.control().next_deadline(), site.now + seconds(30));
  site.frame(3, hex("8ec599e6c1c1 3a59f15175ae 0806 0001 0800 06 04 0001 3a59f15175ae 0a050001 000000000000 0a050002"));
  ASSERT_THAT(site.out().frames, SizeIs(1));
  EXPECT_EQ(site.out().frames[0].bytes,
            hex("3a59f15175ae 8ec599e6c1c1 0806 0001 0800 06 04 0002 8ec599e6c1c1 0a050002 3a59f15175ae 0a050001"));
}

TEST(Neighbours, FollowsGratuitousArp) {
  Site site(one_ipv4_exit());
  site.start();
  site.frame(3, hex("8ec599e6c1c1 3a59f15175ae 0806 0001 0800 06 04 0002 3a59f15175ae 0a050001 8ec599e6c1c1 0a050002"));
  for (const char* operation : {"0001", "0002"}) {  // RFC 5944 4.6 allows both
    const std::string sender = operation[3] == '1' ? "020000000001" : "020000000002";
    site.frame(3, hex("ffffffffffff" + sender + "0806 0001 0800 06 04" + operation + sender + "0a050001" +
                      (operation[3] == '1' ? "000000000000" : sender) + "0a050001"));
    EXPECT_EQ(site.tables().exit(ExitId(1)).next_hop_mac, MacAddress::from_u64(0x020000000000u + (operation[3] - '0')));
    EXPECT_THAT(site.out().frames, SizeIs(1));  // is it really there?
  }
}

TEST(Neighbours, AsksAgainWhenThePortComesBack) {
  Site site(one_exit());
  resolve(site);
  site.port_state(kPort, false);
  EXPECT_FALSE(site.tables().port(PortId(kPort)).up);
  EXPECT_THAT(site.out().frames, IsEmpty());
  site.port_state(kPort, true);
  EXPECT_TRUE(site.tables().port(PortId(kPort)).up);
  EXPECT_EQ(sent_to(site), std::vector{kEveryone});
  EXPECT_EQ(site.tables().exit(kExit).next_hop_mac, kRouter);
  site.frame(kPort, advertisement({wire::kNaSolicited | wire::kNaOverride, kOtherRouter}));
  EXPECT_EQ(site.tables().exit(kExit).next_hop_mac, kOtherRouter);
  site.port_state(1, true);
  EXPECT_THAT(site.out().frames, IsEmpty());
}

TEST(Neighbours, KeepsSubInterfacesApart) {
  auto config = one_exit();
  config.interfaces[0].vlan_id = 5;
  Site site(config);
  site.start();
  const Buffer& sent = site.out().frames.at(0).bytes;
  EXPECT_EQ(Buffer(sent.begin() + 12, sent.begin() + 18), hex("8100 0005 86dd"));
  site.frame(kPort, advertisement());
  EXPECT_TRUE(site.out().empty());
  site.frame(kPort, solicitation(kRouter));
  EXPECT_TRUE(site.out().empty());
  Buffer tagged = advertisement();
  const Buffer tag = hex("8100 0005");
  tagged.insert(tagged.begin() + 12, tag.begin(), tag.end());
  site.frame(kPort, tagged);
  EXPECT_EQ(site.tables().exit(kExit).next_hop_mac, kRouter);
}

TEST(Neighbours, ServesExitsThatShareAnInterface) {
  auto config = one_exit();
  config.exits.push_back({"again", ip("fd80:4::3"), InterfaceId(0), ip("fd80:4::1"), std::nullopt});
  Site site(config);
  site.start();
  EXPECT_THAT(site.out().frames, SizeIs(2));
  site.frame(kPort, advertisement());
  EXPECT_EQ(site.tables().exit(ExitId(0)).next_hop_mac, kRouter);
  EXPECT_EQ(site.tables().exit(ExitId(2)).next_hop_mac, kRouter);
  site.frame(kPort, neighbour_frame(135, "fd80:4::1", "fd80:4::3", "fd80:4::3", 0, 1, kRouter));
  EXPECT_THAT(site.out().frames, SizeIs(1));
}

}  // namespace
}  // namespace lisper
