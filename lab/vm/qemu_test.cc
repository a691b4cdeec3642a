#include "lab/vm/qemu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "model/load.h"

namespace lisper::lab {
namespace {

using ::testing::HasSubstr;

TunnelConfig tunnel(const char* peer) {
  TunnelConfig config;
  config.ip = *parse_ip(peer);
  config.session_id = SessionId(1);
  config.remote_session_id = SessionId(0xffffffff);
  config.cookie = {.value = 0x3b1c0d5e94a7f260, .length = 8};
  config.remote_cookie = {.value = 2, .length = 8};
  return config;
}

// The names are those of NetdevL2TPv3Options in QEMU's qapi/net.json.
TEST(L2tpv3Netdev, KeyedIpv6Tunnel) {
  EXPECT_EQ(l2tpv3_netdev(*parse_ip("fd80:1::2"), tunnel("fd80:4::2")),
            "l2tpv3,id=net,src=fd80:1::2,dst=fd80:4::2,rxsession=1,txsession=4294967295,ipv6=on,"
            "rxcookie=4259294047457768032,txcookie=2,cookie64=on");
}

TEST(L2tpv3Netdev, UdpOverIpv4WithShortCookieAndCounter) {
  TunnelConfig config = tunnel("192.0.2.2");
  config.transport = Transport::kUdp;
  config.counter = true;
  config.cookie = config.remote_cookie = {.value = 7, .length = 4};
  config.local_port = 1702;
  EXPECT_EQ(l2tpv3_netdev(*parse_ip("192.0.2.1"), config),
            "l2tpv3,id=net,src=192.0.2.1,dst=192.0.2.2,rxsession=1,txsession=4294967295,rxcookie=7,txcookie=7,"
            "counter=on,udp=on,srcport=1702,dstport=1701");
}

TEST(L2tpv3Netdev, WithoutCookie) {
  TunnelConfig config = tunnel("192.0.2.2");
  config.cookie = config.remote_cookie = {.value = 0, .length = 0};
  EXPECT_EQ(l2tpv3_netdev(*parse_ip("192.0.2.1"), config),
            "l2tpv3,id=net,src=192.0.2.1,dst=192.0.2.2,rxsession=1,txsession=4294967295");
}

TEST(L2tpv3Netdev, RefusesWhatQemuCannotDo) {
  TunnelConfig config = tunnel("192.0.2.2");
  config.transport = Transport::kUdp;
  config.source_port = 4000;
  EXPECT_FALSE(l2tpv3_netdev(*parse_ip("192.0.2.1"), config));
  config = tunnel("192.0.2.2");
  config.remote_cookie.length = 4;
  EXPECT_FALSE(l2tpv3_netdev(*parse_ip("192.0.2.1"), config));
}

TEST(VmConfig, IsThatOfTheApp) {
  const auto loaded = model::load_scenario("scenarios/simple.json");
  ASSERT_TRUE(loaded);
  const auto& nodes = loaded->plan.nodes;
  const auto index = [&](const char* name) {
    return static_cast<std::size_t>(std::ranges::find(nodes, name, &model::Node::name) - nodes.begin());
  };
  const auto config = vm_config(loaded->plan, index("vm2"));
  ASSERT_TRUE(config);
  EXPECT_EQ(to_string(config->own), "fd80:2::2");
  EXPECT_EQ(to_string(config->tunnel.ip), "fd80:4::2");
  EXPECT_EQ(config->tunnel.cookie.value, 0x77e2409b1f8a6dc3u);
  EXPECT_EQ(to_string(config->port.mac), "00:00:00:00:aa:02");
  EXPECT_EQ(guest_network_script(config->port, config->routes),
            "ip link set eth0 name t0\n"
            "ip link set t0 mtu 1400 up\n"
            "ip addr add 10.0.0.2/24 dev t0\n"
            "ip addr add fd00::2/64 dev t0\n");
  EXPECT_FALSE(vm_config(loaded->plan, index("r2")));
  EXPECT_FALSE(vm_config(loaded->plan, index("vm2.l2tp")));
}

TEST(GuestNetworkScript, HasRoutesOfBothFamilies) {
  model::Port port;
  port.name = "t0";
  const std::vector<model::Route> routes{{IpAddress(Ipv4Address{}), 0, {{0, *parse_ip("10.0.0.254")}}},
                                         {IpAddress(Ipv6Address{}), 0, {{0, *parse_ip("fd00::fe")}}}};
  const auto script = guest_network_script(port, routes);
  EXPECT_THAT(script, HasSubstr("ip -4 route add 0.0.0.0/0 via 10.0.0.254 dev t0\n"));
  EXPECT_THAT(script, HasSubstr("ip -6 route add ::/0 via fd00::fe dev t0\n"));
}

TEST(QemuCommand, DoublesTheCommasOfPaths) {
  const auto argv = qemu_command("x", "/tmp/a,b", {"/k", "/i"});
  EXPECT_THAT(argv, ::testing::Contains("socket,id=command0,path=/tmp/a,,b/command0,server=on,wait=off"));
}

}  // namespace
}  // namespace lisper::lab
