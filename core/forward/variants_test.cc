// The other shapes of a LISPER: UDP, VLAN sub-interfaces, several IIDs; and what Tables::build refuses.

#include <gtest/gtest.h>

#include "core/forward/testing.h"
#include "core/wire/udp.h"

namespace lisper {
namespace {

using namespace testing;

// --- UDP.

/// L2TPv3 over UDP and IPv4 as a QEMU guest's backend sends it, RFC 3931 4.1.2.
class OverUdp : public ::testing::Test {
 protected:
  static LisperConfig config() {
    LisperConfig c = site04();
    c.exits.push_back({"e0v4", ip("10.5.0.1"), InterfaceId(0), {}, mac("00:00:00:00:00:04")});
    TunnelConfig t;
    t.ip = ip("10.5.0.2");
    t.exit = ExitId(1);
    t.transport = Transport::kUdp;
    t.session_id = t.remote_session_id = SessionId(7);
    t.cookie = t.remote_cookie = {0, 0};
    t.local_port = 1702;
    c.local_networks.push_back({Iid(1), {}, t});
    return c;
  }
  Verdict send(std::uint16_t checksum, std::uint16_t port = 1702) {
    Buffer inner = ethernet(kAll, kA, 0x88b5, Buffer(50));
    Buffer udp =
        raw(wire::Udp{Be16(1701), Be16(port), Be16(static_cast<std::uint16_t>(16 + inner.size())), Be16(checksum)});
    udp += hex("00030000 00000007");
    udp += inner;
    return bench.send(kExitPort, ethernet("00:00:00:00:01:04", "00:00:00:00:00:04", wire::kEtherTypeIpv4,
                                          ipv4("10.5.0.2", "10.5.0.1", wire::kProtocolUdp, udp)));
  }
  Bench bench{config()};
};

TEST_F(OverUdp, TakesNoChecksumARightOneAndOneLeftToANic) {
  EXPECT_EQ(send(0).action, Action::kReplicate);
  EXPECT_EQ(send(0x146e).action, Action::kReplicate) << "0x0a05 + 2 + 0x0a05 + 1 + 17 + 80, the pseudo-header alone";
  // All words: pseudo-header 0x146e, ports 0x06a5 + 0x06a6, length 0x0050, 3 + 7, the frame's 3 * 0xffff,
  // 0xaa01 and 0x88b5; complemented.
  EXPECT_EQ(send(0xab35).action, Action::kReplicate);
  EXPECT_EQ(send(0xab34).reason, Reason::kBadUdpChecksum);
}
TEST_F(OverUdp, RefusesAnotherPort) { EXPECT_EQ(send(0, 1703).reason, Reason::kUnknownSession); }

// --- VLANs, several IIDs.

class Vlans : public ::testing::Test {
 protected:
  static LisperConfig config() {
    LisperConfig c = site04();
    c.interfaces[1].vlan_id = 10;
    c.interfaces[2].vlan_id = 20;
    c.interfaces[2].port = PortId(1);
    c.local_networks[3].iid = Iid(2);
    return c;
  }
  static Buffer tagged(std::uint16_t vlan, const Buffer& frame) {
    Buffer out(frame.begin(), frame.begin() + 12);
    out += raw(Be16(wire::kEtherTypeVlan));
    out += raw(Be16(vlan));
    out.insert(out.end(), frame.begin() + 12, frame.end());
    return out;
  }
  Bench bench{config()};
};

TEST_F(Vlans, SubInterfacesAreSeparateNetworks) {
  bench.send(kLan03Port, tagged(10, ping(kAll, kA)));
  ASSERT_EQ(bench.events.size(), 1u);
  EXPECT_EQ(bench.events[0].network, NetworkId(1));
  EXPECT_EQ(bench.outputs.size(), 2u) << "the tunnels; the other VLAN is another IID";
  bench.send(kLan03Port, tagged(20, ping(kAll, kA)));
  EXPECT_EQ(bench.events.back().network, NetworkId(2));
  EXPECT_EQ(bench.send(kLan03Port, tagged(30, ping(kAll, kA))).reason, Reason::kUnknownVlan);
  EXPECT_EQ(bench.send(kLan03Port, ping(kAll, kA)).reason, Reason::kNoInterface);
}

TEST_F(Vlans, TagsAreTakenOffAndPutOn) {
  bench.send(kLan03Port, tagged(10, ping(kAll, kB)));
  bench.send(kExitPort, l2tp_ipv6("fd80:1::2", "fd80:4::2", 1, 0, ping(kB, kA)));
  ASSERT_EQ(bench.outputs.size(), 1u);
  EXPECT_EQ(bench.outputs[0].frame, tagged(10, ping(kB, kA)));
  bench.send(kLan03Port, tagged(10, ping(kA, kB)));
  ASSERT_EQ(bench.outputs.size(), 1u);
  const Buffer& sent = bench.outputs[0].frame;
  EXPECT_EQ(Buffer(sent.begin() + 66, sent.end()), ping(kA, kB));
}

// --- Configurations that are refused.

TEST(TablesBuild, RefusesSessionsThatCannotBeToldApart) {
  LisperConfig config = site04();
  config.local_networks.push_back(config.local_networks[0]);
  config.local_networks.back().tunnel->cookie = {5, 8};
  const auto tables = Tables::build(config);
  ASSERT_FALSE(tables);
  EXPECT_EQ(tables.error().message, "two sessions with ID 1 from fd80:1::2 cannot be told apart");
}
TEST(TablesBuild, RefusesSessionZero) {
  LisperConfig config = site04();
  config.local_networks[0].tunnel->session_id = SessionId(0);
  EXPECT_FALSE(Tables::build(config));
}
TEST(TablesBuild, RefusesAnInterfaceThatIsExitAndNetwork) {
  LisperConfig config = site04();
  config.local_networks[2].interface = InterfaceId(0);
  EXPECT_FALSE(Tables::build(config));
}
TEST(TablesBuild, RefusesPoliciesOfNoOrOfTwoNetworks) {
  LisperConfig config = site04();
  config.policies = {{Iid(1)}};
  EXPECT_TRUE(Tables::build(config));
  config.policies = {{Iid(2)}};
  EXPECT_FALSE(Tables::build(config));
  config.policies = {{Iid(1)}, {Iid(1)}};
  EXPECT_FALSE(Tables::build(config));
}

}  // namespace
}  // namespace lisper
