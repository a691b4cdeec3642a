#include "model/units.h"

#include <gtest/gtest.h>

namespace lisper::model {
namespace {

TEST(Units, DurationsAreExact) {
  EXPECT_EQ(parse_duration("10us")->ns, 10'000);
  EXPECT_EQ(parse_duration("1.5s")->ns, 1'500'000'000);
  EXPECT_EQ(parse_duration("2ms")->ns, 2'000'000);
  EXPECT_EQ(parse_duration("250ns")->ns, 250);
  EXPECT_EQ(parse_duration("5min")->ns, 300'000'000'000);
  EXPECT_EQ(parse_duration("0")->ns, 0);
  EXPECT_EQ(parse_duration("0.000000001s")->ns, 1);
}

TEST(Units, DurationsThatAreNone) {
  for (const char* text : {"", "s", "10", "-1s", "+1s", "1 s", "1e3s", "1.s", ".5s", "1.2.3s", "1.5ns", "0.0000000001s",
                           "nans", "inf", "1S", "366000000s", "99999999999999999999s", "9223372036854775808ns"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Units, DurationsAsText) {
  for (const char* text : {"10us", "1500ms", "2ms", "250ns", "0s", "7s"})
    EXPECT_EQ(to_string(*parse_duration(text)), text);
}

TEST(Units, BitRates) {
  EXPECT_EQ(*parse_bit_rate("10Gbps"), 10'000'000'000u);
  EXPECT_EQ(*parse_bit_rate("1.5kbps"), 1'500u);
  EXPECT_EQ(*parse_bit_rate("0"), 0u);
  for (const char* text : {"10", "10gbps", "10 Gbps", "-1bps", "0.5bps", "99999999Tbps", "10GB"})
    EXPECT_FALSE(parse_bit_rate(text)) << text;
}

TEST(Units, Rates) {
  EXPECT_EQ(parse_rate("1000pps")->pps, 1000);
  EXPECT_EQ(parse_rate("0.5pps")->pps, 0.5);
  EXPECT_EQ(parse_rate("8Mbps")->bps, 8'000'000u);
  for (const char* text : {"0pps", "0", "pps", "1.2.3pps", "1000", "1e99pps"}) EXPECT_FALSE(parse_rate(text)) << text;
}

TEST(Units, InterfaceAddresses) {
  EXPECT_EQ(parse_interface_address("10.0.0.1/24")->length, 24);
  EXPECT_EQ(to_string(parse_interface_address("fd00::1/128")->ip), "fd00::1");
  for (const char* text : {"10.0.0.1", "10.0.0.1/33", "fd00::1/129", "10.0.0.1/", "/24", "10.0.0.1/24x", "10.0.0.1/-1"})
    EXPECT_FALSE(parse_interface_address(text)) << text;
}

TEST(Units, CookiesArePaddedOnTheLeft) {
  EXPECT_EQ(*parse_cookie("1122334455667788"), 0x1122334455667788u);
  EXPECT_EQ(*parse_cookie("1234"), 0x1234u);
  EXPECT_EQ(*parse_cookie(""), 0u);
  for (const char* text : {"zz", "0x12", "11223344556677889", "-1"}) EXPECT_FALSE(parse_cookie(text)) << text;
}

TEST(Units, Eids) {
  EXPECT_EQ(parse_eid("0000-0000-aa05/48")->mac, MacAddress::from_u64(0xaa05));
  EXPECT_EQ(parse_eid("00:00:00:00:aa:05")->length, 48);
  EXPECT_EQ(parse_eid("000000-00aa05/0")->length, 0);
  for (const char* text : {"00:00:00:00:aa", "00:00:00:00:aa:05/49", "00:00:00:00:aa:05/", "10.0.0.0/8"})
    EXPECT_FALSE(parse_eid(text)) << text;
}

TEST(Units, OnLinkComparesThePrefixOnly) {
  const auto v4 = *parse_interface_address("10.0.1.1/23");
  EXPECT_TRUE(on_link(v4, *parse_ip("10.0.0.9")));
  EXPECT_FALSE(on_link(v4, *parse_ip("10.0.2.1")));
  EXPECT_FALSE(on_link(v4, *parse_ip("fd00::1")));
  EXPECT_TRUE(on_link(*parse_interface_address("fd80:4::2/56"), *parse_ip("fd80:4::ffff")));
  EXPECT_FALSE(on_link(*parse_interface_address("fd80:4::2/56"), *parse_ip("fd80:5::2")));
}

}  // namespace
}  // namespace lisper::model
