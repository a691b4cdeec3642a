#include "replay/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/random.h"
#include "replay/capture.h"
#include "replay/generate.h"
#include "replay/mutate.h"
#include "replay/testing.h"

namespace lisper::replay {
namespace {

using ::testing::Contains;

std::vector<Field> fields_of(const std::string& capture, std::size_t number, const std::string& node) {
  const auto file = read_capture("scenarios/captures/" + capture + ".pcap", {});
  const model::Plan plan = testing::plan_of("capture");
  return decode(file->frames.at(number - 1).bytes, testing::config_of(plan, node));
}

void expect_no_gap(Bytes frame, const std::vector<Field>& fields) {
  std::size_t offset = 0;
  for (const Field& field : fields) {
    EXPECT_EQ(field.offset, offset) << field.name;
    EXPECT_GT(field.length, 0u) << field.name;
    offset += field.length;
  }
  EXPECT_EQ(offset, frame.size());
}

// The values are Wireshark's.
TEST(Decode, KeyedIpv6TunnelWithCounter) {
  const auto fields = fields_of("qemu-v6-ctr", 20, "v6c-1");
  EXPECT_THAT(fields, Contains(Field{"outer Ethernet source", 6, 6, "c6:ea:55:0c:71:1f"}));
  EXPECT_THAT(fields, Contains(Field{"outer IPv6 version, traffic class, flow label", 14, 4, "6, 0x00, 0x70b3e"}));
  EXPECT_THAT(fields, Contains(Field{"outer IPv6 payload length", 18, 2, "58"}));
  EXPECT_THAT(fields, Contains(Field{"outer IPv6 hop limit", 21, 1, "64"}));
  EXPECT_THAT(fields, Contains(Field{"L2TPv3 session ID", 54, 4, "286331153"}));
  EXPECT_THAT(fields, Contains(Field{"L2TPv3 cookie", 58, 8, "1122334455667788"}));
  EXPECT_THAT(fields, Contains(Field{"L2TPv3 counter", 66, 4, "5"}));
  EXPECT_THAT(fields, Contains(Field{"inner Ethernet destination", 70, 6, "ff:ff:ff:ff:ff:ff"}));
  EXPECT_THAT(fields, Contains(Field{"inner ARP sender IP", 98, 4, "192.168.77.1"}));
  EXPECT_EQ(fields.back(), (Field{"inner ARP target IP", 108, 4, "192.168.77.2"}));
}

TEST(Decode, UdpTransport) {
  const auto fields = fields_of("qemu-v4-udp", 9, "udp-1");
  EXPECT_THAT(fields, Contains(Field{"outer IPv4 identification", 18, 2, "45350"}));
  EXPECT_THAT(fields, Contains(Field{"outer IPv4 checksum", 24, 2, "0x7534"}));
  EXPECT_THAT(fields, Contains(Field{"outer UDP source port", 34, 2, "1702"}));
  EXPECT_THAT(fields, Contains(Field{"outer UDP checksum", 40, 2, "0x1490"}));
  EXPECT_THAT(fields, Contains(Field{"L2TPv3 flags and version", 42, 2, "0x0003"}));
  EXPECT_THAT(fields, Contains(Field{"L2TPv3 session ID", 46, 4, "572662306"}));
}

TEST(Decode, AnyBytesWithoutGaps) {
  for (const auto& [scenario, node] : {std::pair("complex", "siteA"), {"capture", "udp-1"}, {"capture", "v6c-2"}}) {
    const model::Plan plan = testing::plan_of(scenario);
    auto frames = generate(plan, testing::node_of(plan, node), 1000, {}, Random(1));
    mutate(frames, 0.7, Random(2));
    for (const PortFrame& frame : frames)
      expect_no_gap(frame.bytes, decode(frame.bytes, testing::config_of(plan, node)));
  }
}

TEST(Decode, NothingOfNothing) { EXPECT_TRUE(decode({}, LisperConfig{}).empty()); }

}  // namespace
}  // namespace lisper::replay
