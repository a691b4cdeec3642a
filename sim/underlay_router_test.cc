#include "sim/underlay_router.h"

#include <gmock/gmock.h>

#include <cstring>

#include "core/wire/arp.h"
#include "core/wire/checksum.h"
#include "core/wire/icmp.h"
#include "core/wire/ip_protocol.h"
#include "core/wire/ipv4.h"
#include "core/wire/ipv6.h"
#include "core/wire/ndp.h"
#include "core/wire/udp.h"
#include "sim/testing.h"

namespace lisper::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::size_t kIp = sizeof(wire::Ethernet);

IpAddress ip(const char* text) { return *parse_ip(text); }
MacAddress mac(const char* text) { return *parse_mac(text); }

/// r has p0..p3: fd80:N::1/64 and 10.0.N.1/24; station N answers for fd80:N::2 and 10.0.N.2 only if told to.
/// fd90::/16 is behind stations 1 and 2 alike, fd91::/16 behind 1, fda0::/16 has the small MTU of p3.
class UnderlayRouterTest : public ::testing::Test {
 protected:
  UnderlayRouterTest() {
    model::Node node;
    model::Router plan;
    for (std::size_t i = 0; i < 4; ++i) {
      const auto n = std::to_string(i);
      node.ports.push_back(
          {.name = "p" + n,
           .mac = mac(("02:00:00:00:00:0" + n).c_str()),
           .mtu = static_cast<std::uint16_t>(i == 3 ? 1300 : 1500),
           .addresses = {{ip(("fd80:" + n + "::1").c_str()), 64}, {ip(("10.0." + n + ".1").c_str()), 24}}});
    }
    plan.routes = {{ip("fd90::"), 16, {{1, ip("fd80:1::2")}, {2, ip("fd80:2::2")}}},
                   {ip("fd91::"), 16, {{1, ip("fd80:1::2")}}},
                   {ip("fda0::"), 16, {{3, ip("fd80:3::2")}}}};
    router = std::make_unique<UnderlayRouter>(node, plan, 0, pool);
    for (std::size_t i = 0; i < 4; ++i) {
      model::Link config;
      config.directions = {model::LinkDirection{.rate_bps = 0, .delay = {}},
                           model::LinkDirection{.rate_bps = 0, .delay = {}}};
      config.mtu = 9000;
      links.push_back(std::make_unique<Link>(config, Random(i), 1'000'000'000));
      links[i]->plug(0, router->port(i));
      links[i]->plug(1, stations[i].port);
    }
  }

  static MacAddress station_mac(std::size_t i) { return MacAddress::from_u64(0x0200'0000'0100 + i); }

  FramePtr udp6(const char* from, const char* to, std::size_t payload = 20, std::uint8_t hop_limit = 64,
                std::uint32_t flow_label = 0) {
    FramePtr frame = testing::frame_of(pool, static_cast<std::uint32_t>(kIp + 48 + payload), 0, wire::kEtherTypeIpv6);
    at<wire::Ethernet>(frame->data).destination = mac("02:00:00:00:00:00");
    at<wire::Ethernet>(frame->data).source = station_mac(0);
    at<wire::Ipv6>(frame->data, kIp) = {Be32(0x6000'0000 | flow_label),
                                        Be16(static_cast<std::uint16_t>(8 + payload)),
                                        wire::kProtocolUdp,
                                        hop_limit,
                                        ip(from).v6(),
                                        ip(to).v6()};
    return frame;
  }
  /// What station `i` would answer to a solicitation for its address.
  void advertise(std::size_t i) {
    const auto address = ip(("fd80:" + std::to_string(i) + "::2").c_str());
    FramePtr frame = make_advertisement(
        pool, {station_mac(i), address},
        {MacAddress::from_u64(0x0200'0000'0000 + i), ip(("fd80:" + std::to_string(i) + "::1").c_str())});
    stations[i].port.send(std::move(frame));
  }
  void send(FramePtr frame) { stations[0].port.send(std::move(frame)); }
  void step() { simulation.run(ns3::Simulator::Now().GetTimeStep() + 1000); }
  std::uint64_t counter(const char* port, const char* name) {
    const auto result = router->result();
    const auto found = result.ports.find(port);
    return found != result.ports.end() && found->second.contains(name) ? found->second.at(name) : 0;
  }
  /// Of the last arrival at a station.
  const std::vector<std::byte>& last(std::size_t i) { return stations[i].arrivals.back().bytes; }

  FramePool pool;
  testing::Station stations[4];
  std::unique_ptr<UnderlayRouter> router;
  std::vector<std::unique_ptr<Link>> links;
  testing::Simulation simulation;
};

TEST_F(UnderlayRouterTest, SolicitsThenForwardsWhatWaited) {
  send(udp6("fd80:0::2", "fd91::9"));
  step();
  ASSERT_EQ(stations[1].arrivals.size(), 1u);
  const auto& solicitation = last(1);
  // RFC 4861 7.2.2 and 4.3, RFC 2464 7: to the solicited-node group of fd80:1::2, hop limit 255.
  EXPECT_EQ(at<wire::Ethernet>(solicitation.data()).destination, mac("33:33:ff:00:00:02"));
  const auto& header = at<wire::Ipv6>(solicitation.data(), kIp);
  EXPECT_EQ(IpAddress(header.destination), ip("ff02::1:ff00:2"));
  EXPECT_EQ(IpAddress(header.source), ip("fd80:1::1"));
  EXPECT_EQ(header.hop_limit, 255);
  EXPECT_EQ(solicitation.size(), kIp + 40 + 32);
  EXPECT_EQ(IpAddress(at<wire::NeighbourMessage>(solicitation.data(), kIp + 40).target), ip("fd80:1::2"));
  EXPECT_EQ(wire::ones_sum(Bytes(solicitation).subspan(kIp + 40),
                           wire::pseudo_header_sum(header.source, header.destination, 58, 32)),
            0xffff);

  advertise(1);
  step();
  ASSERT_EQ(stations[1].arrivals.size(), 2u);
  const auto& forwarded = last(1);
  EXPECT_EQ(at<wire::Ethernet>(forwarded.data()).destination, station_mac(1));
  EXPECT_EQ(at<wire::Ethernet>(forwarded.data()).source, mac("02:00:00:00:00:01"));
  EXPECT_EQ(at<wire::Ipv6>(forwarded.data(), kIp).hop_limit, 63);
  EXPECT_EQ(counter("p1", "forwarded"), 1u);
}

TEST_F(UnderlayRouterTest, GivesUpAfterThreeSolicitations) {
  send(udp6("fd80:0::2", "fd91::9"));
  simulation.run(10'000'000'000);
  EXPECT_EQ(stations[1].arrivals.size(), 3u);
  EXPECT_EQ(counter("p1", "neighbour_unreachable"), 1u);
}

TEST_F(UnderlayRouterTest, BoundsWhatWaits) {
  for (int i = 0; i < 100; ++i) send(udp6("fd80:0::2", "fd91::9"));
  step();
  EXPECT_EQ(counter("p1", "neighbour_queue_full"), 36u);
  advertise(1);
  step();
  EXPECT_EQ(stations[1].arrivals.size(), 1u + 64);
}

TEST_F(UnderlayRouterTest, FollowsANewMac) {
  advertise(1);  // of nothing that was asked for: ignored
  send(udp6("fd80:0::2", "fd91::9"));
  step();
  EXPECT_EQ(at<wire::Ipv6>(last(1).data(), kIp).next_header, wire::kProtocolIcmpv6);
  advertise(1);
  step();
  FramePtr changed = make_advertisement(pool, {mac("02:00:00:00:09:09"), ip("fd80:1::2")},
                                        {mac("02:00:00:00:00:01"), ip("fd80:1::1")});
  stations[1].port.send(std::move(changed));
  step();
  send(udp6("fd80:0::2", "fd91::9"));
  step();
  EXPECT_EQ(at<wire::Ethernet>(last(1).data()).destination, mac("02:00:00:00:09:09"));
}

TEST_F(UnderlayRouterTest, AnswersSolicitationsForItsAddressOnly) {
  send(make_solicitation(pool, {station_mac(0), ip("fd80:0::2")}, ip("fd80:0::1")));
  step();
  ASSERT_EQ(stations[0].arrivals.size(), 1u);
  const auto& advertisement = last(0);
  EXPECT_EQ(at<wire::Ethernet>(advertisement.data()).destination, station_mac(0));
  const auto& message = at<wire::NeighbourMessage>(advertisement.data(), kIp + 40);
  EXPECT_EQ(message.type, 136);
  EXPECT_EQ(message.flags.value(), 0xe000'0000);  // router, solicited, override
  EXPECT_EQ(IpAddress(message.target), ip("fd80:0::1"));
  EXPECT_EQ(at<wire::LinkLayerOption>(advertisement.data(), kIp + 64).mac, mac("02:00:00:00:00:00"));

  send(make_solicitation(pool, {station_mac(0), ip("fd80:0::2")}, ip("fd80:1::1")));
  FramePtr far = make_solicitation(pool, {station_mac(0), ip("fd80:0::2")}, ip("fd80:0::1"));
  at<wire::Ipv6>(far->data, kIp).hop_limit = 254;  // RFC 4861 7.1.1: has crossed a router
  send(std::move(far));
  step();
  EXPECT_EQ(stations[0].arrivals.size(), 1u);
}

TEST_F(UnderlayRouterTest, AnswersArp) {
  send(make_solicitation(pool, {station_mac(0), ip("10.0.0.2")}, ip("10.0.0.1")));
  step();
  ASSERT_EQ(stations[0].arrivals.size(), 1u);
  const auto& arp = at<wire::Arp>(last(0).data(), kIp);
  EXPECT_EQ(arp.operation, Be16(wire::kArpReply));
  EXPECT_EQ(arp.sender_mac, mac("02:00:00:00:00:00"));
  EXPECT_EQ(IpAddress(arp.sender_ip), ip("10.0.0.1"));
  EXPECT_EQ(arp.target_mac, station_mac(0));
}

TEST_F(UnderlayRouterTest, HopLimitRunsOut) {
  send(make_solicitation(pool, {station_mac(0), ip("fd80:0::2")}, ip("fd80:0::1")));  // it knows us now
  send(udp6("fd80:0::2", "fd91::9", 20, 1));
  step();
  EXPECT_THAT(stations[1].arrivals, IsEmpty());
  ASSERT_EQ(stations[0].arrivals.size(), 2u);
  const auto& error = last(0);
  const auto& header = at<wire::Ipv6>(error.data(), kIp);
  EXPECT_EQ(IpAddress(header.source), ip("fd80:0::1"));
  EXPECT_EQ(IpAddress(header.destination), ip("fd80:0::2"));
  EXPECT_EQ(at<wire::Icmp>(error.data(), kIp + 40).type, wire::kIcmpv6TimeExceeded);
  EXPECT_EQ(error.size(), kIp + 40 + 8 + 40 + 8 + 20);  // the whole packet is quoted
}

TEST_F(UnderlayRouterTest, PacketTooBigTellsTheMtu) {
  send(make_solicitation(pool, {station_mac(0), ip("fd80:0::2")}, ip("fd80:0::1")));
  send(udp6("fd80:0::2", "fda0::9", 1300 - 48));
  send(udp6("fd80:0::2", "fda0::9", 1300 - 47));
  step();
  EXPECT_EQ(counter("p3", "too_big"), 1u);
  EXPECT_EQ(counter("p3", "forwarded"), 1u);
  const auto& icmp = at<wire::Icmp>(last(0).data(), kIp + 40);
  EXPECT_EQ(icmp.type, wire::kIcmpv6PacketTooBig);
  EXPECT_EQ(icmp.rest.value(), 1300u);
  EXPECT_EQ(last(0).size(), kIp + 1280);  // RFC 4443 3.2: as much as fits the minimum MTU
}

TEST_F(UnderlayRouterTest, NoRoute) {
  send(make_solicitation(pool, {station_mac(0), ip("fd80:0::2")}, ip("fd80:0::1")));
  send(udp6("fd80:0::2", "2001:db8::1"));
  step();
  EXPECT_EQ(counter("p0", "no_route"), 1u);
  EXPECT_EQ(at<wire::Icmp>(last(0).data(), kIp + 40).type, wire::kIcmpv6Unreachable);
}

TEST_F(UnderlayRouterTest, FlowsShareEqualCostPathsAndKeepTheirs) {
  const auto spread = [&] {
    for (auto& station : stations) station.arrivals.clear();
    for (std::uint32_t label = 0; label < 1000; ++label) send(udp6("fd80:0::2", "fd90::9", 20, 64, label));
    step();
    std::vector<std::vector<std::uint32_t>> labels(4);
    for (std::size_t i = 0; i < 4; ++i)
      for (const auto& arrival : stations[i].arrivals)
        if (at<wire::Ipv6>(arrival.bytes.data(), kIp).next_header == wire::kProtocolUdp)
          labels[i].push_back(at<wire::Ipv6>(arrival.bytes.data(), kIp).flow_label());
    return labels;
  };
  for (std::uint32_t label = 0; label < 64; ++label) send(udp6("fd80:0::2", "fd90::9", 20, 64, label));
  step();
  advertise(1);
  advertise(2);
  step();
  const auto before = spread();
  EXPECT_EQ(before[1].size() + before[2].size(), 1000u);
  EXPECT_NEAR(static_cast<double>(before[1].size()), 500, 63);  // four standard deviations
  EXPECT_EQ(spread(), before);

  links[1]->set_up(false);
  const auto during = spread();
  EXPECT_EQ(during[2].size(), 1000u);
}

TEST_F(UnderlayRouterTest, AllPathsDown) {
  links[1]->set_up(false);
  send(udp6("fd80:0::2", "fd91::9"));
  step();
  EXPECT_EQ(counter("p0", "no_carrier"), 1u);
}

TEST_F(UnderlayRouterTest, WhatIsNotForwarded) {
  FramePtr stranger = udp6("fd80:0::2", "fd91::9");
  at<wire::Ethernet>(stranger->data).destination = mac("02:00:00:00:00:77");
  send(std::move(stranger));
  send(udp6("fe80::2", "fd91::9"));
  FramePtr truncated = udp6("fd80:0::2", "fd91::9");
  truncated->len -= 1;
  send(std::move(truncated));
  send(testing::frame_of(pool, 10));
  FramePtr other = testing::frame_of(pool, 60);
  at<wire::Ethernet>(other->data).destination = kBroadcastMac;
  send(std::move(other));
  step();
  EXPECT_THAT(stations[1].arrivals, IsEmpty());
  for (const char* reason : {"not_for_us", "not_forwardable", "malformed", "runt_frame", "unknown_ether_type"})
    EXPECT_EQ(counter("p0", reason), 1u) << reason;
}

TEST_F(UnderlayRouterTest, Ipv4IsForwardedWithItsChecksumKept) {
  FramePtr frame = testing::frame_of(pool, kIp + 20, 0, wire::kEtherTypeIpv4);
  at<wire::Ethernet>(frame->data).destination = mac("02:00:00:00:00:00");
  const Ipv4Address from = ip("10.0.0.2").v4(), to = ip("10.0.1.2").v4();
  at<wire::Ipv4>(frame->data, kIp) = {0x45, 0, Be16(20), {}, {}, 64, 0xfd, {}, from, to};
  auto& header = at<wire::Ipv4>(frame->data, kIp);
  header.checksum = wire::checksum(Bytes(frame->data + kIp, 20));
  send(std::move(frame));
  step();
  ASSERT_EQ(stations[1].arrivals.size(), 1u);  // an ARP request
  EXPECT_EQ(at<wire::Arp>(last(1).data(), kIp).operation, Be16(wire::kArpRequest));
  stations[1].port.send(
      make_advertisement(pool, {station_mac(1), ip("10.0.1.2")}, {mac("02:00:00:00:00:01"), ip("10.0.1.1")}));
  step();
  ASSERT_EQ(stations[1].arrivals.size(), 2u);
  EXPECT_EQ(at<wire::Ipv4>(last(1).data(), kIp).ttl, 63);
  EXPECT_EQ(wire::ones_sum(Bytes(last(1)).subspan(kIp, 20)), 0xffff);
}

TEST_F(UnderlayRouterTest, AnswersPing) {
  send(make_solicitation(pool, {station_mac(0), ip("fd80:0::2")}, ip("fd80:0::1")));
  FramePtr frame = udp6("fd80:0::2", "fd80:1::1", 8);
  at<wire::Ipv6>(frame->data, kIp).next_header = wire::kProtocolIcmpv6;
  auto& icmp = at<wire::Icmp>(frame->data, kIp + 40);
  icmp = {wire::kIcmpv6EchoRequest, 0, {}, Be32(0x12340001)};
  const auto& header = at<wire::Ipv6>(frame->data, kIp);
  icmp.checksum = wire::checksum(frame->bytes().subspan(kIp + 40),
                                 wire::pseudo_header_sum(header.source, header.destination, 58, 16));
  send(std::move(frame));
  step();
  const auto& reply = last(0);
  EXPECT_EQ(at<wire::Icmp>(reply.data(), kIp + 40).type, wire::kIcmpv6EchoReply);
  EXPECT_EQ(at<wire::Icmp>(reply.data(), kIp + 40).rest.value(), 0x12340001u);
  EXPECT_EQ(IpAddress(at<wire::Ipv6>(reply.data(), kIp).source), ip("fd80:1::1"));
  EXPECT_EQ(wire::ones_sum(Bytes(reply).subspan(kIp + 40),
                           wire::pseudo_header_sum(ip("fd80:1::1").v6(), ip("fd80:0::2").v6(), 58, 16)),
            0xffff);
}

}  // namespace
}  // namespace lisper::sim
