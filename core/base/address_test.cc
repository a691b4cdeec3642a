#include "core/base/address.h"

#include <gtest/gtest.h>

namespace lisper {
namespace {

TEST(MacText, TakesEverySpellingOfTheControllers) {
  const MacAddress expected{{0, 0, 0, 0, 0xaa, 0x05}};
  for (const char* text :
       {"00:00:00:00:aa:05", "0000-0000-aa05", "000000-00aa05", "00-00-00-00-AA-05", "0000 0000 aa05"})
    EXPECT_EQ(parse_mac(text), expected) << text;
  for (const char* text : {"", "00:00:00:00:aa", "00:00:00:00:aa:05:06", "00:00:00:00:aa:0g", "0.0"})
    EXPECT_EQ(parse_mac(text), std::nullopt) << text;
  EXPECT_EQ(to_string(expected), "00:00:00:00:aa:05");
  EXPECT_EQ(to_eid_string(expected), "0000-0000-aa05");
}

TEST(Ipv4Text, IsStrict) {
  EXPECT_EQ(parse_ipv4("10.0.0.5"), (Ipv4Address{{10, 0, 0, 5}}));
  for (const char* text : {"", "10.0.0", "10.0.0.256", "10.0.0.5 ", "10.0.0.05", "1.2.3.4.5", "10..0.5", "-1.0.0.0"})
    EXPECT_EQ(parse_ipv4(text), std::nullopt) << text;
}

// RFC 4291 2.2 and RFC 5952 4.
TEST(Ipv6Text, FollowsTheRfcs) {
  const std::pair<const char*, const char*> spellings[] = {
      {"2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"},
      {"FF01:0:0:0:0:0:0:101", "ff01::101"},
      {"0:0:0:0:0:0:0:1", "::1"},
      {"::", "::"},
      {"fd80:04::2", "fd80:4::2"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"::13.1.68.3", "::d01:4403"},
  };
  for (const auto& [text, canonical] : spellings) {
    const auto ip = parse_ipv6(text);
    ASSERT_TRUE(ip) << text;
    EXPECT_EQ(to_string(*ip), canonical);
  }
  for (const char* text : {"", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "::g",
                           "::1%eth0", "1:2:3:4:5:6:7:8::", "1:", ":1", "1.2.3.4::"})
    EXPECT_EQ(parse_ipv6(text), std::nullopt) << text;
}

TEST(IpText, KeepsTheFamily) {
  const auto v4 = parse_ip("198.51.100.20");
  ASSERT_TRUE(v4);
  EXPECT_TRUE(v4->is_v4());
  EXPECT_EQ(to_string(*v4), "198.51.100.20");
  const auto v6 = parse_ip("fd80:8::2");
  ASSERT_TRUE(v6);
  EXPECT_FALSE(v6->is_v4());
}

}  // namespace
}  // namespace lisper
