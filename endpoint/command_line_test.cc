#include "endpoint/command_line.h"

#include <gtest/gtest.h>

namespace lisper::endpoint {
namespace {

TEST(PortBinding, NamesAPortAndADevice) {
  const auto packet = parse_port_binding("e0=packet:veth1");
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->kind, PortBinding::Kind::kPacket);
  EXPECT_EQ(packet->port, "e0");
  EXPECT_EQ(packet->device, "veth1");
  const auto tap = parse_port_binding("vm=tap:t0");
  ASSERT_TRUE(tap);
  EXPECT_EQ(tap->kind, PortBinding::Kind::kTap);
}

// Linux takes names with a colon or an equals sign.
TEST(PortBinding, LeavesTheDevicesNameAlone) {
  const auto binding = parse_port_binding("e0=packet:a:b=c");
  ASSERT_TRUE(binding);
  EXPECT_EQ(binding->device, "a:b=c");
}

TEST(PortBinding, RefusesTheRest) {
  for (const char* text :
       {"", "e0", "e0=", "e0=packet", "e0=packet:", "=packet:veth1", "packet:veth1", "e0=dpdk:veth1"})
    EXPECT_FALSE(parse_port_binding(text)) << text;
}

}  // namespace
}  // namespace lisper::endpoint
