#include "core/forward/process.h"

#include <gtest/gtest.h>

#include "core/forward/testing.h"
#include "core/wire/icmp.h"

namespace lisper {
namespace {

using namespace testing;

class Site04 : public ::testing::Test {
 protected:
  void map(std::string_view eid, FibValue value) { bench.tables.apply(SetEntry{NetworkId(1), mac(eid), value, 0}); }
  Verdict from_vm1(const Buffer& frame) {
    return bench.send(kExitPort, l2tp_ipv6("fd80:1::2", "fd80:4::2", 1, 0, frame));
  }
  Verdict from_site08(const Buffer& frame) {
    return bench.send(kExitPort, l2tp_ipv6("fd80:8::2", "fd80:4::2", 1, 0, frame));
  }
  void expect_drop(const Verdict& verdict, Reason reason) {
    EXPECT_EQ(verdict.action, Action::kDrop);
    EXPECT_EQ(text(verdict.reason).name, text(reason).name);
    EXPECT_EQ(bench.count(reason), 1u);
    EXPECT_TRUE(bench.outputs.empty());
  }
  [[nodiscard]] std::vector<PortId> output_ports() const {
    std::vector<PortId> ports;
    for (const auto& output : bench.outputs) ports.push_back(output.port);
    return ports;
  }

  Bench bench{site04()};
};

// The original LISPER on the wire: a VM's ping that site 04 sent on to site 08. Outer IPv6 with the
// session ID 1 (the IID) and eight zero bytes.
TEST_F(Site04, SendsToALisperWhatTheOriginalSent) {
  map(kRemote, {FibKind::kMapped, kSite08.value});
  const Buffer inner = ping(kRemote, kA);
  from_vm1(inner);
  ASSERT_EQ(bench.outputs.size(), 1u);
  EXPECT_EQ(bench.outputs[0].port, kExitPort);
  Buffer expected =
      hex("000000000004 000000000104 86dd 60000000 006e 73 40"
          "fd800004000000000000000000000002 fd800008000000000000000000000002 00000001 0000000000000000");
  expected += inner;
  ASSERT_EQ(inner.size(), 98u);
  Buffer& sent = bench.outputs[0].frame;
  EXPECT_NE(at<Be32>(sent.data(), 14).value() & 0xfffff, 0u) << "the flow label carries entropy";
  at<Be32>(sent.data(), 14) = Be32(6u << 28);  // ours to choose
  EXPECT_EQ(sent, expected);
}

TEST_F(Site04, LearnsLocalHostsAndTellsTheControlPlane) {
  from_vm1(ping(kAll, kA));
  ASSERT_EQ(bench.events.size(), 1u);
  EXPECT_EQ(bench.events[0].kind, Event::Kind::kLearn);
  EXPECT_EQ(bench.events[0].location, kTunnel1);
  EXPECT_EQ(bench.count(Reason::kPuntNewHost), 1u);

  bench.send(kLan03Port, ping(kA, kB));
  ASSERT_EQ(output_ports(), std::vector{kExitPort}) << "known now: to its tunnel only";

  bench.send(kLan13Port, ping(kAll, kA));
  EXPECT_EQ(bench.events.back().location, kLan13) << "a move is told again";
  bench.send(kLan03Port, ping(kA, kB));
  EXPECT_EQ(output_ports(), std::vector{kLan13Port});
}

TEST_F(Site04, TellsAgainOfAnActiveHostInEachStampInterval) {
  from_vm1(ping(kAll, kA));
  from_vm1(ping(kAll, kA));
  EXPECT_EQ(bench.events.size(), 1u);
  bench.now = bench.now + kStampUnit;
  from_vm1(ping(kAll, kA));
  from_vm1(ping(kAll, kA));
  ASSERT_EQ(bench.events.size(), 2u);
  EXPECT_EQ(bench.events[1].kind, Event::Kind::kSeen);
}

TEST_F(Site04, DoesNotLearnFromLispers) {
  from_site08(ping(kB, kRemote));
  EXPECT_TRUE(bench.events.empty());
}

TEST_F(Site04, FloodsBroadcastEverywhereButBack) {
  bench.tables.apply(SetReplication{Tables::flood_list(NetworkId(1)), {kTunnel1, kTunnel2, kLan03, kLan13, kSite08}});
  from_vm1(ping(kAll, kA));
  EXPECT_EQ(output_ports(), (std::vector{kExitPort, kLan03Port, kLan13Port, kExitPort}));
  EXPECT_EQ(at<Be32>(bench.outputs[0].frame.data(), 54).value(), 2u) << "tunnel 2";
  EXPECT_EQ(at<Be64>(bench.outputs[0].frame.data(), 58).value(), 0x1122334455667788u);
  EXPECT_EQ(at<Be32>(bench.outputs[3].frame.data(), 54).value(), 1u) << "site 08, by IID";
}

TEST_F(Site04, NeverSendsFromALisperToALisper) {
  bench.tables.apply(SetReplication{Tables::flood_list(NetworkId(1)), {kTunnel1, kLan03, kSite08}});
  from_site08(ping(kAll, kRemote));
  EXPECT_EQ(output_ports(), (std::vector{kExitPort, kLan03Port}));
  map("00:00:00:00:aa:06", {FibKind::kMapped, kSite08.value});
  expect_drop(from_site08(ping("00:00:00:00:aa:06", kRemote)), Reason::kSplitHorizon);
}

TEST_F(Site04, NeverSendsBackWhereItCameFrom) {
  from_vm1(ping(kAll, kA));
  expect_drop(from_vm1(ping(kA, kB)), Reason::kSameLocation);
}

TEST_F(Site04, FloodsAndReportsUnknownUnicast) {
  from_vm1(ping("00:00:00:00:aa:99", kA));
  EXPECT_EQ(bench.outputs.size(), 3u);
  ASSERT_EQ(bench.events.size(), 2u);
  EXPECT_EQ(bench.events[1].kind, Event::Kind::kUnknownDestination);
  EXPECT_EQ(bench.events[1].destination, mac("00:00:00:00:aa:99"));
  from_vm1(ping("00:00:00:00:aa:99", kA));
  EXPECT_EQ(bench.events.size(), 2u) << "once in a stamp interval";
}

TEST_F(Site04, FollowsPrefixesButNotForGroups) {
  bench.tables.apply(SetPrefixes{NetworkId(1),
                                 {{mac("00:00:00:00:00:00"), 0, {FibKind::kMapped, kSite08.value}},
                                  {mac("00:00:00:00:bb:00"), 40, {FibKind::kNoLocator, 0}}}});
  from_vm1(ping("00:00:00:00:cc:01", kA));
  EXPECT_EQ(bench.outputs.size(), 1u);
  from_vm1(ping("00:00:00:00:bb:01", kA));
  EXPECT_EQ(bench.count(Reason::kNoLocator), 1u) << "the longest match decides";
  from_vm1(ping("01:00:5e:00:00:01", kA));
  EXPECT_EQ(bench.outputs.size(), 3u) << "flooded";
}

TEST_F(Site04, AFlowKeepsItsLocator) {
  bench.tables.apply(SetLocators{LocatorSetId(0), {{kTunnel1, 1, 50}, {kSite08, 1, 50}}});
  map(kRemote, {FibKind::kSet, 0});
  std::size_t to_site08 = 0;
  for (int flow = 0; flow < 256; ++flow) {
    Buffer udp(20);
    udp[1] = static_cast<std::byte>(flow);
    const Buffer frame =
        ethernet(kRemote, kB, wire::kEtherTypeIpv4, ipv4("10.0.0.3", "10.0.0.5", wire::kProtocolUdp, udp));
    bench.send(kLan03Port, frame);
    ASSERT_EQ(bench.outputs.size(), 1u);
    const Buffer first = bench.outputs[0].frame;
    bench.send(kLan03Port, frame);
    ASSERT_EQ(bench.outputs[0].frame, first);
    to_site08 += at<std::array<std::uint8_t, 1>>(first.data(), 41)[0] == 8;  // fd80:8 or fd80:1
  }
  EXPECT_GT(to_site08, 80u);
  EXPECT_LT(to_site08, 176u);
}

TEST_F(Site04, SkipsALocatorWhosePortIsDown) {
  map(kRemote, {FibKind::kMapped, kSite08.value});
  bench.tables.apply(SetPortState{kExitPort, false});
  expect_drop(bench.send(kLan03Port, ping(kRemote, kB)), Reason::kPortDown);
}

TEST_F(Site04, LooksForAHostEverywhereWhenItsPortIsDown) {
  bench.send(kLan13Port, ping(kAll, kA));
  bench.tables.apply(SetPortState{kLan13Port, false});
  bench.send(kLan03Port, ping(kA, kB));
  EXPECT_EQ(output_ports(), (std::vector{kExitPort, kExitPort}));
}

TEST_F(Site04, HoldsWhileTheNextHopIsUnresolved) {
  bench.tables.apply(SetNextHop{ExitId(0), std::nullopt, true});
  map(kRemote, {FibKind::kMapped, kSite08.value});
  EXPECT_EQ(bench.send(kLan03Port, ping(kRemote, kB)).action, Action::kHold);
  bench.tables.apply(SetNextHop{ExitId(0), mac("00:00:00:00:00:77"), true});
  bench.send(kLan03Port, ping(kRemote, kB));
  ASSERT_EQ(bench.outputs.size(), 1u);
  EXPECT_EQ(at<wire::Ethernet>(bench.outputs[0].frame.data()).destination, mac("00:00:00:00:00:77"));
}

// --- What is refused, and why.

TEST_F(Site04, RefusesAStranger) {
  expect_drop(bench.send(kExitPort, l2tp_ipv6("fd80:66::2", "fd80:4::2", 1, 0, ping(kB, kA))), Reason::kUnknownPeer);
}
TEST_F(Site04, RefusesAnotherDestination) {
  expect_drop(bench.send(kExitPort, l2tp_ipv6("fd80:1::2", "fd80:4::3", 1, 0, ping(kB, kA))), Reason::kNotOurAddress);
}
TEST_F(Site04, RefusesAWrongSession) {
  expect_drop(bench.send(kExitPort, l2tp_ipv6("fd80:1::2", "fd80:4::2", 2, 0, ping(kB, kA))), Reason::kUnknownSession);
}
TEST_F(Site04, RefusesAnUnknownIidFromALisper) {
  expect_drop(bench.send(kExitPort, l2tp_ipv6("fd80:8::2", "fd80:4::2", 9, 0, ping(kB, kA))), Reason::kUnknownIid);
}
TEST_F(Site04, RefusesAWrongCookie) {
  expect_drop(bench.send(kExitPort, l2tp_ipv6("fd80:2::2", "fd80:4::2", 2, 0x1122334455667789, ping(kB, kA))),
              Reason::kBadCookie);
}
TEST_F(Site04, TakesAnyCookieFromALisperUnlessOneIsConfigured) {
  const Buffer packet = l2tp_ipv6("fd80:8::2", "fd80:4::2", 1, 77, ping(kB, kRemote));
  EXPECT_EQ(bench.send(kExitPort, packet).action, Action::kReplicate);
  LisperConfig strict = site04();
  strict.lispers[0].cookie = Cookie{78, 8};
  Bench other(strict);
  EXPECT_EQ(other.send(kExitPort, packet).reason, Reason::kBadCookie);
}
TEST_F(Site04, RefusesAGroupAsSource) { expect_drop(from_vm1(ping(kB, "01:00:00:00:00:01")), Reason::kGroupSource); }
TEST_F(Site04, RefusesCongestionThatTheInnerPacketCannotCarry) {
  expect_drop(bench.send(kExitPort, l2tp_ipv6("fd80:1::2", "fd80:4::2", 1, 0, ping(kB, kA), 3)),
              Reason::kEcnCongestion);
}

TEST_F(Site04, SurvivesTruncationAtEveryByte) {
  const Buffer whole = l2tp_ipv6("fd80:2::2", "fd80:4::2", 2, 0x1122334455667788, ping(kB, kA));
  for (std::size_t len = 0; len < whole.size(); ++len) {
    const Verdict verdict =
        bench.send(kExitPort, Buffer(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(len)));
    ASSERT_EQ(verdict.action, Action::kDrop) << len;
    ASSERT_NE(verdict.reason, Reason::kNone) << len;
  }
}

TEST_F(Site04, IgnoresEthernetPadding) {
  Buffer padded = l2tp_ipv6("fd80:1::2", "fd80:4::2", 1, 0, ping(kB, kA));
  padded.resize(padded.size() + 20);
  from_vm1(ping(kAll, kA));
  bench.send(kLan03Port, ping(kAll, kB));
  bench.send(kExitPort, padded);
  ASSERT_EQ(bench.outputs.size(), 1u);
  EXPECT_EQ(bench.outputs[0].frame, ping(kB, kA));
}

// --- Traffic class, RFC 2983 and RFC 6040.

TEST_F(Site04, CopiesTheTrafficClassOutAndBringsCongestionIn) {
  map(kRemote, {FibKind::kMapped, kSite08.value});
  bench.send(kLan03Port, ping(kRemote, kB, 64, 0xba));  // EF, ECT(0)
  ASSERT_EQ(bench.outputs.size(), 1u);
  EXPECT_EQ(at<wire::Ipv6>(bench.outputs[0].frame.data(), 14).traffic_class(), 0xba);

  bench.send(kExitPort, l2tp_ipv6("fd80:8::2", "fd80:4::2", 1, 0, ping(kB, kRemote, 64, 0x02), 0x2b));
  ASSERT_EQ(bench.outputs.size(), 1u);
  const auto& inner = at<wire::Ipv4>(bench.outputs[0].frame.data(), 14);
  EXPECT_EQ(inner.tos, 0x03) << "CE in, DSCP untouched";
  EXPECT_EQ(wire::ones_sum(Bytes(bench.outputs[0].frame.data() + 14, 20)), 0xffff);
}

// --- MTU.

TEST_F(Site04, AnswersWhatIsTooBigWithFragmentationNeeded) {
  map(kRemote, {FibKind::kMapped, kSite08.value});
  const Verdict fits = bench.send(kLan03Port, ping(kRemote, kB, 1500 - 40 - 12 - 14 - 20));
  EXPECT_EQ(fits.port, kExitPort);
  bench.send(kLan03Port, ping(kRemote, kB, 1500 - 40 - 12 - 14 - 20 + 1, 0, wire::kIpv4DontFragment));
  EXPECT_EQ(bench.count(Reason::kMtuExceeded), 1u);
  ASSERT_EQ(output_ports(), std::vector{kLan03Port}) << "back to the sender";
  const std::byte* answer = bench.outputs[0].frame.data();
  EXPECT_EQ(at<wire::Ethernet>(answer).destination, mac(kB));
  const auto& header = at<wire::Ipv4>(answer, 14);
  EXPECT_EQ(to_string(header.source), "10.0.0.5");
  EXPECT_EQ(to_string(header.destination), "10.0.0.1");
  EXPECT_EQ(wire::ones_sum(Bytes(answer + 14, 20)), 0xffff);
  const auto& icmp = at<wire::Icmp>(answer, 34);
  EXPECT_EQ(icmp.type, 3);
  EXPECT_EQ(icmp.code, 4);
  EXPECT_EQ(icmp.rest.value(), 1500u - 40 - 12 - 14);
  EXPECT_EQ(header.total_length.value(), 576);
  EXPECT_EQ(wire::ones_sum(Bytes(answer + 34, 556)), 0xffff);
}

TEST_F(Site04, AnswersWhatIsTooBigWithPacketTooBig) {
  map(kRemote, {FibKind::kMapped, kSite08.value});
  const Buffer frame =
      ethernet(kRemote, kB, wire::kEtherTypeIpv6, ipv6("fd00::3", "fd00::5", wire::kProtocolUdp, Buffer(1500)));
  bench.send(kLan03Port, frame);
  ASSERT_EQ(output_ports(), std::vector{kLan03Port});
  const std::byte* answer = bench.outputs[0].frame.data();
  const auto& header = at<wire::Ipv6>(answer, 14);
  EXPECT_EQ(to_string(header.source), "fd00::5");
  EXPECT_EQ(to_string(header.destination), "fd00::3");
  const auto& icmp = at<wire::Icmp>(answer, 54);
  EXPECT_EQ(icmp.type, 2);
  EXPECT_EQ(icmp.rest.value(), 1500u - 40 - 12 - 14);
  const std::uint16_t length = header.payload_length.value();
  EXPECT_EQ(bench.outputs[0].frame.size(), 14u + 1280u);
  EXPECT_EQ(wire::ones_sum(Bytes(answer + 54, length),
                           wire::pseudo_header_sum(header.source, header.destination, 58, length)),
            0xffff);
  EXPECT_TRUE(std::equal(frame.begin() + 14, frame.begin() + 14 + 1232, answer + 62)) << "quotes the packet";
}

TEST_F(Site04, DoesNotAnswerAnIcmpErrorOrAGroup) {
  map(kRemote, {FibKind::kMapped, kSite08.value});
  Buffer error = ping(kRemote, kB, 1480);
  error[34] = std::byte{3};
  expect_drop(bench.send(kLan03Port, error), Reason::kMtuExceeded);
  bench.tables.apply(SetReplication{Tables::flood_list(NetworkId(1)), {kLan03, kSite08}});
  bench.send(kLan03Port, ping(kAll, kB, 1480));
  EXPECT_TRUE(bench.outputs.empty());
}

TEST_F(Site04, APortWithoutSubInterfacesCarriesTagsTransparently) {
  Buffer frame = ping(kAll, kA);
  const Buffer tag = hex("8100 0005");
  frame.insert(frame.begin() + 12, tag.begin(), tag.end());
  bench.send(kLan03Port, frame);
  ASSERT_EQ(bench.outputs.size(), 3u);
  EXPECT_EQ(bench.outputs[2].frame, frame);
}

}  // namespace
}  // namespace lisper
