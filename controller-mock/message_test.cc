#include "controller-mock/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lisper::controller {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

model::Mapping mapping(std::uint32_t iid, const char* eid, std::uint8_t length,
                       std::vector<model::MappingLocator> locators, bool replicate = false) {
  return {Iid(iid), *parse_mac(eid), length, replicate, std::move(locators)};
}

model::MappingLocator locator(const char* rloc, std::uint8_t priority = 1, std::uint8_t weight = 50) {
  return {*parse_ip(rloc), priority, weight};
}

// Lines of the original LISPER's .fib files.
TEST(Message2016, LooksLikeTheOriginalsFibFiles) {
  EXPECT_EQ(
      encode_add(Dialect::k2016, mapping(1, "00:00:00:00:aa:05", 48, {locator("fd80:8::2")})),
      R"({"instance-id":1,"eid-prefix":"000000-00aa05/48","rlocs":[{"rloc":"fd80:8::2","priority":1,"weight":50}]})");
  EXPECT_EQ(encode_add(Dialect::k2016, mapping(1, "ff:ff:ff:ff:ff:ff", 48, {locator("fd80:8::2")}, true)),
            R"({"instance-id":1,"eid-prefix":"ffffff-ffffff/48","rles":[{"rle":"fd80:8::2"}]})");
}

TEST(Message2016, DeletesWithAnEmptySet) {
  EXPECT_EQ(encode_delete(Dialect::k2016, mapping(1, "00:00:00:00:aa:05", 48, {locator("fd80:8::2")})),
            R"({"instance-id":1,"eid-prefix":"000000-00aa05/48","rlocs":[]})");
}

TEST(Message2016, GivesTheKeysOfBothDirectionsWithTheLocator) {
  auto keyed = locator("fd80:8::2");
  keyed.keys = {1, "000102030405060708090a0b0c0d0e0f", ""};
  EXPECT_EQ(
      encode_add(Dialect::k2016, mapping(1, "00:00:00:00:aa:05", 48, {keyed})),
      R"({"instance-id":1,"eid-prefix":"000000-00aa05/48","rlocs":[{"rloc":"fd80:8::2","priority":1,"weight":50,"key-id":"1","encap-key":"000102030405060708090a0b0c0d0e0f","decap-key":""}]})");
}

TEST(MessageToday, GivesKeysAsInTheCaptures) {
  auto keyed = locator("198.51.100.20");
  keyed.keys = {1, "83d214b52d1627d069cfe47beae46acf", "faf68e0e8a2a546ff1a66b67f201430b"};
  EXPECT_EQ(
      encode_add(Dialect::kToday, mapping(251, "ffff-ffff-ffff", 48, {keyed}, true)),
      R"({"type": "map-cache", "opcode": "add", "eid-prefix": "ffff-ffff-ffff/48", "rles": [{"rle": "198.51.100.20", "port": "4341", "keys": [{"key-id": "1", "encrypt-key": "83d214b52d1627d069cfe47beae46acf"}]}], "instance-id": "251"})");
  EXPECT_EQ(
      encode_decap_keys(*parse_ip("198.51.100.10"), *keyed.keys),
      R"({"type": "decap-keys", "rloc": "198.51.100.10", "keys": [{"key-id": "1", "decrypt-key": "faf68e0e8a2a546ff1a66b67f201430b"}]})");
}

// Messages of the running controller, release 0.607.
TEST(MessageToday, LooksLikeTheCaptures) {
  EXPECT_EQ(
      encode_add(Dialect::kToday, mapping(251, "0000-0000-0203", 48, {locator("2001:db8:c::14")})),
      R"({"type": "map-cache", "opcode": "add", "eid-prefix": "0000-0000-0203/48", "rlocs": [{"rloc": "2001:db8:c::14", "priority": "1", "weight": "50", "port": "4341"}], "instance-id": "251"})");
  EXPECT_EQ(
      encode_add(Dialect::kToday, mapping(251, "ffff-ffff-ffff", 48, {locator("2001:db8:c::14")}, true)),
      R"({"type": "map-cache", "opcode": "add", "eid-prefix": "ffff-ffff-ffff/48", "rles": [{"rle": "2001:db8:c::14", "port": "4341"}], "instance-id": "251"})");
  EXPECT_EQ(
      encode_add(Dialect::kToday, mapping(251, "0000-0000-9999", 48, {})),
      R"({"type": "map-cache", "opcode": "add", "eid-prefix": "0000-0000-9999/48", "rlocs": [], "instance-id": "251"})");
  EXPECT_EQ(
      encode_delete(Dialect::kToday, mapping(251, "0000-0000-0203", 48, {locator("2001:db8:c::14")})),
      R"({"type": "map-cache", "opcode": "delete", "eid-prefix": "0000-0000-0203/48", "rlocs": [{"rloc": "2001:db8:c::14", "priority": "1", "weight": "50", "port": "4341"}], "instance-id": "251"})");
}

TEST(MessageToday, SpellsIpv4LocatorsAndShortPrefixes) {
  EXPECT_EQ(
      encode_add(Dialect::kToday, mapping(7, "0000-0000-0000", 0, {locator("198.51.100.20", 254, 0)})),
      R"({"type": "map-cache", "opcode": "add", "eid-prefix": "0000-0000-0000/0", "rlocs": [{"rloc": "198.51.100.20", "priority": "254", "weight": "0", "port": "4341"}], "instance-id": "7"})");
}

// Which no controller says; see docs/control.md.
TEST(Messages, TellLevelsAndSources) {
  auto entry = mapping(7, "0100-5e00-0001", 48, {locator("fd80:8::2")}, true);
  entry.locators[0].level = 3;
  entry.source = *parse_mac("0000-0000-aa05");
  EXPECT_EQ(
      encode_add(Dialect::k2016, entry),
      R"({"instance-id":7,"eid-prefix":"01005e-000001/48","source-eid":"000000-00aa05/48","rles":[{"rle":"fd80:8::2","level":3}]})");
  EXPECT_EQ(
      encode_delete(Dialect::kToday, entry),
      R"({"type": "map-cache", "opcode": "delete", "eid-prefix": "0100-5e00-0001/48", "source-eid": "0000-0000-aa05/48", "rles": [{"rle": "fd80:8::2", "port": "4341", "level": "3"}], "instance-id": "7"})");
}

TEST(EntireMapCache, LooksLikeTheCaptures) {
  EXPECT_THAT(encode_entire_map_cache({}, 200), ElementsAre(R"({"type": "entire-map-cache", "entries": []})"));
  EXPECT_THAT(
      encode_entire_map_cache({mapping(251, "0000-0000-0203", 48, {locator("2001:db8:c::14")}),
                               mapping(251, "ffff-ffff-ffff", 48, {locator("2001:db8:c::14")}, true)},
                              1000),
      ElementsAre(
          R"({"type": "entire-map-cache", "entries": [{"type": "map-cache", "opcode": "add", "eid-prefix": "0000-0000-0203/48", "rlocs": [{"rloc": "2001:db8:c::14", "priority": "1", "weight": "50", "port": "4341"}], "instance-id": "251"}, {"type": "map-cache", "opcode": "add", "eid-prefix": "ffff-ffff-ffff/48", "rles": [{"rle": "2001:db8:c::14", "port": "4341"}], "instance-id": "251"}]})"));
}

TEST(EntireMapCache, SplitsAtTheLimit) {
  auto entry = mapping(251, "0000-0000-0203", 48, {locator("2001:db8:c::14")});
  auto two = encode_entire_map_cache({entry, entry}, 10'000);
  ASSERT_THAT(two, SizeIs(1));
  EXPECT_THAT(encode_entire_map_cache({entry, entry}, two[0].size()), SizeIs(1));
  auto split = encode_entire_map_cache({entry, entry}, two[0].size() - 1);
  EXPECT_THAT(split, SizeIs(2));
  EXPECT_EQ(split[0], split[1]);
  EXPECT_EQ(split[0], encode_entire_map_cache({entry}, 10'000)[0]);
}

}  // namespace
}  // namespace lisper::controller
