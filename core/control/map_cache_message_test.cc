#include "core/control/control_message.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <tuple>

#include "core/control/testing.h"

namespace lisper {
namespace {

using testing::bytes_of;
using testing::captured_messages;
using testing::ip;
using testing::mac;

MapCacheMessage decoded(std::string_view text) {
  auto message = decode_control_message(bytes_of(text));
  EXPECT_TRUE(message) << text << ": " << message.error().message;
  if (!message || !std::holds_alternative<MapCacheMessage>(*message)) return {};
  return std::get<MapCacheMessage>(*std::move(message));
}

MapCacheUpdate only_update(std::string_view text) {
  const auto message = decoded(text);
  EXPECT_EQ(message.updates.size(), 1u) << text;
  return message.updates.empty() ? MapCacheUpdate{} : message.updates.front();
}

void expect_malformed(std::string_view text) { EXPECT_FALSE(decode_control_message(bytes_of(text))) << text; }

/// Address, priority and weight of each.
std::vector<std::tuple<IpAddress, int, int>> rlocs(const MapCacheUpdate& update) {
  std::vector<std::tuple<IpAddress, int, int>> result;
  for (const RlocRecord& record : update.rlocs) result.emplace_back(record.rloc, record.priority, record.weight);
  return result;
}
using Rlocs = decltype(rlocs({}));

TEST(MapCacheMessage, ReadsEveryCapturedMessage) {
  std::size_t updates = 0;
  std::uint64_t ignored = 0;
  for (const char* file : {"messages-0.427.txt", "messages-0.607.txt"}) {
    const auto messages = captured_messages(file);
    EXPECT_GE(messages.size(), 7u);
    for (const auto& text : messages) {
      const auto message = decoded(text);
      updates += message.updates.size();
      ignored += message.ignored;
    }
  }
  EXPECT_EQ(updates, 10u);  // MAC EIDs: 3 of 0.427, 5 alone and 2 in the entire-map-cache of 0.607
  EXPECT_EQ(ignored, 7u);
}

TEST(MapCacheMessage, ReadsTodaysUnicast) {
  const auto update = only_update(
      R"({"type": "map-cache", "opcode": "add", "eid-prefix": "0000-0000-0203/48", "rlocs": [{"rloc": "2001:db8:c::14", "priority": "1", "weight": "50", "port": "4341"}], "instance-id": "251"})");
  EXPECT_EQ(update.dialect, Dialect::kToday);
  EXPECT_EQ(update.iid, Iid(251));
  EXPECT_EQ(update.eid, mac("00:00:00:00:02:03"));
  EXPECT_EQ(update.length, 48);
  EXPECT_FALSE(update.remove);
  EXPECT_FALSE(update.replicate);
  EXPECT_EQ(rlocs(update), (Rlocs{{ip("2001:db8:c::14"), 1, 50}}));
}

TEST(MapCacheMessage, ReadsPortAndKeys) {
  const auto update = only_update(
      R"({"type": "map-cache", "opcode": "add", "eid-prefix": "ffff-ffff-ffff/48", "rles": [{"rle": "198.51.100.20", "port": "45027", "keys": [{"key-id": "1", "encrypt-key": "83d214b52d1627d069cfe47beae46acf", "icv-key": "e1946f256358a9351a35bdf870ef86f0"}]}, {"rle": "198.51.100.21"}], "instance-id": "251"})");
  ASSERT_EQ(update.rlocs.size(), 2u);
  EXPECT_EQ(update.rlocs[0].port, 45027);
  ASSERT_EQ(update.rlocs[0].keys.size(), 1u);
  EXPECT_EQ(update.rlocs[0].keys[0].cipher, "83d214b52d1627d069cfe47beae46acf");
  EXPECT_EQ(update.rlocs[0].keys[0].icv, "e1946f256358a9351a35bdf870ef86f0");
  EXPECT_EQ(update.rlocs[0].keys[0].summary(), (KeySummary{1, 128, 128}));
  EXPECT_EQ(update.rlocs[1].port, 4341);
  EXPECT_TRUE(update.rlocs[1].keys.empty());
}

TEST(MapCacheMessage, ReadsThe2016Dialect) {
  const auto update = only_update(
      R"({"instance-id":1,"eid-prefix":"000000-00aa05/48","rlocs":[{"rloc":"fd80:8::2","priority":1,"weight":50,"key-id":"1","encap-key":"00112233445566778899aabbccddeeff","decap-key":""}]})");
  EXPECT_EQ(update.dialect, Dialect::k2016);
  EXPECT_EQ(update.iid, Iid(1));
  EXPECT_EQ(update.eid, mac("00:00:00:00:aa:05"));
  EXPECT_EQ(rlocs(update), (Rlocs{{ip("fd80:8::2"), 1, 50}}));

  const auto flood =
      only_update("{\"instance-id\":\"1\",\"eid-prefix\":\"ffffff-ffffff\",\"rles\":[{\"rle\":\"fd80:8::2\"}]}\n");
  EXPECT_TRUE(flood.replicate);
  EXPECT_EQ(flood.eid, kBroadcastMac);
  EXPECT_EQ(flood.length, 48);

  // `rlocs` wins, and an element may use either key.
  const auto both = only_update(
      R"({"instance-id":1,"eid-prefix":"00:00:00:00:aa:05","rles":[{"rle":"fd80:9::2"}],"rlocs":[{"rle":"fd80:8::2"}]})");
  EXPECT_FALSE(both.replicate);
  EXPECT_EQ(rlocs(both), (Rlocs{{ip("fd80:8::2"), 1, 1}}));

  EXPECT_TRUE(only_update(R"({"instance-id":1,"eid-prefix":"000000-00aa05"})").rlocs.empty());
}

TEST(MapCacheMessage, ReadsPrefixes) {
  const auto update =
      only_update(R"({"instance-id":1,"eid-prefix":"0000-0000-aaff/44","rlocs":[{"rloc":"fd80:8::2"}]})");
  EXPECT_EQ(update.length, 44);
  EXPECT_EQ(update.eid, mac("00:00:00:00:aa:f0"));
  EXPECT_EQ(only_update(R"({"instance-id":1,"eid-prefix":"0102-0304-0506/0","rlocs":[]})").eid, MacAddress{});
}

TEST(MapCacheMessage, PassesOverWhatIsNotForLayer2) {
  for (const std::string_view text : {
           R"({"type":"map-cache","opcode":"add","eid-prefix":"10.0.0.0/8","rlocs":[],"instance-id":"1"})",
           R"({"type":"map-cache","opcode":"add","eid-prefix":"::1234:5678:9abc/128","rlocs":[],"instance-id":"1"})",
           R"({"type":"map-cache","opcode":"add","eid-prefix":"ff00::/8","rles":[],"instance-id":"1"})",
       }) {
    const auto message = decoded(text);
    EXPECT_TRUE(message.updates.empty()) << text;
    EXPECT_EQ(message.ignored, 1u) << text;
    EXPECT_FALSE(message.clear);
  }
  EXPECT_TRUE(decoded(R"({"type": "entire-map-cache", "entries": []})").clear);
}

TEST(MapCacheMessage, RefusesWhatKilledTheOriginal) {
  for (const std::string_view text : {
           "\n",
           "not json",
           R"({"instance-id":1)",
           R"({"eid-prefix":"000000-00aa05/48","rlocs":[]})",
           R"({"instance-id":1,"rlocs":[]})",
           R"({"instance-id":1,"eid-prefix":"000000-00aa05/48","rlocs":[{"rloc":"fd80::8::2"}]})",
           R"({"instance-id":1,"eid-prefix":"000000-00aa05/48","rlocs":[{"priority":1}]})",
           R"({"instance-id":1,"eid-prefix":"000000-00aa/48","rlocs":[]})",
       })
    expect_malformed(text);
}

TEST(MapCacheMessage, RefusesWrongShapes) {
  for (
      const std::string_view text : {
          "[]",
          "1",
          "{} {}",
          R"({"instance-id":1,"eid-prefix":"000000-00aa05","rlocs":[]}{"instance-id":1})",
          R"({"instance-id":-1,"eid-prefix":"000000-00aa05","rlocs":[]})",
          R"({"instance-id":1.5,"eid-prefix":"000000-00aa05","rlocs":[]})",
          R"({"instance-id":4294967296,"eid-prefix":"000000-00aa05","rlocs":[]})",
          R"({"instance-id":"","eid-prefix":"000000-00aa05","rlocs":[]})",
          R"({"instance-id":[1],"eid-prefix":"000000-00aa05","rlocs":[]})",
          R"({"instance-id":1,"eid-prefix":5,"rlocs":[]})",
          R"({"instance-id":1,"eid-prefix":"000000-00aa05/49","rlocs":[]})",
          R"({"instance-id":1,"eid-prefix":"000000-00aa05/","rlocs":[]})",
          R"({"instance-id":1,"eid-prefix":"000000-00aa05/-1","rlocs":[]})",
          R"({"instance-id":1,"eid-prefix":"10.0.0.0/33","rlocs":[]})",
          R"({"instance-id":1,"eid-prefix":"000000-00aa05","rlocs":{}})",
          R"({"instance-id":1,"eid-prefix":"000000-00aa05","rlocs":null})",
          R"({"instance-id":1,"eid-prefix":"000000-00aa05","rlocs":["fd80:8::2"]})",
          R"({"instance-id":1,"eid-prefix":"000000-00aa05","rlocs":[{"rloc":"fd80:8::2","priority":256}]})",
          R"({"instance-id":1,"eid-prefix":"000000-00aa05","rlocs":[{"rloc":"fd80:8::2","weight":"x"}]})",
          R"({"type":7,"instance-id":1,"eid-prefix":"000000-00aa05","rlocs":[]})",
          R"({"type":"map-cache","opcode":"add","instance-id":"1","eid-prefix":"0000-0000-aa05/48"})",
          R"({"type":"map-cache","opcode":"drop","instance-id":"1","eid-prefix":"0000-0000-aa05/48","rlocs":[]})",
          R"({"instance-id":1,"eid-prefix":"000000-00aa05","rlocs":[{"rloc":"fd80:8::2","port":"65536"}]})",
          R"({"instance-id":1,"eid-prefix":"000000-00aa05","rlocs":[{"rloc":"fd80:8::2","port":null}]})",
          R"({"instance-id":1,"eid-prefix":"000000-00aa05","rlocs":[{"rloc":"fd80:8::2","keys":{}}]})",
          R"({"instance-id":1,"eid-prefix":"000000-00aa05","rlocs":[{"rloc":"fd80:8::2","keys":["00"]}]})",
          R"({"instance-id":1,"eid-prefix":"000000-00aa05","rlocs":[{"rloc":"fd80:8::2","keys":[{"key-id":"1"}]}]})",
          R"({"instance-id":1,"eid-prefix":"000000-00aa05","rlocs":[{"rloc":"fd80:8::2","keys":[{"key":"00"}]}]})",
          R"({"instance-id":1,"eid-prefix":"000000-00aa05","rlocs":[{"rloc":"fd80:8::2","keys":[{"key-id":1,"key":"0g"}]}]})",
          R"({"instance-id":1,"eid-prefix":"ffffff-ffffff","rles":[{"rle":"fd80:8::2","level":256}]})",
          R"({"instance-id":1,"eid-prefix":"ffffff-ffffff","rles":[{"rle":"fd80:8::2","level":-1}]})",
          R"({"instance-id":1,"eid-prefix":"ffffff-ffffff","source-eid":7,"rles":[]})",
          R"({"instance-id":1,"eid-prefix":"ffffff-ffffff","source-eid":"","rles":[]})",
          R"({"instance-id":1,"eid-prefix":"ffffff-ffffff","source-eid":"000000-00aa05/47","rles":[]})",
          R"({"instance-id":1,"eid-prefix":"ffffff-ffffff","source-eid":"000000-000000/48","rles":[]})",
          R"({"instance-id":1,"eid-prefix":"ffffff-ffffff","source-eid":"010000-00aa05/48","rles":[]})",
          R"({"instance-id":1,"eid-prefix":"ffffff-ffffff","source-eid":"10.0.0.1/32","rles":[]})",
          R"({"type":"entire-map-cache"})",
          R"({"type":"entire-map-cache","entries":{}})",
          R"({"type":"entire-map-cache","entries":[1]})",
      })
    expect_malformed(text);
}

TEST(MapCacheMessage, ReadsLevels) {
  const auto update = only_update(
      R"({"type":"map-cache","eid-prefix":"ffff-ffff-ffff/48","instance-id":"1","rles":[{"rle":"fd80:8::2"},{"rle":"fd80:9::2","level":"0"},{"rle":"fd80:7::2","level":255}]})");
  ASSERT_EQ(update.rlocs.size(), 3u);
  EXPECT_EQ(update.rlocs[0].level, 128);
  EXPECT_EQ(update.rlocs[1].level, 0);
  EXPECT_EQ(update.rlocs[2].level, 255);
}

TEST(MapCacheMessage, ReadsSources) {
  const auto source = [](std::string_view eid, std::string_view text) {
    return decoded(R"({"type":"map-cache","eid-prefix":")" + std::string(eid) + R"(","source-eid":")" +
                   std::string(text) + R"(","instance-id":"1","rles":[]})");
  };
  EXPECT_EQ(source("0100-5e00-0001/48", "0000-0000-aa05/48").updates.at(0).source, mac("00:00:00:00:aa:05"));
  EXPECT_EQ(source("ffff-ffff-ffff", "0000-0000-aa05").updates.at(0).source, mac("00:00:00:00:aa:05"));
  EXPECT_EQ(source("0100-5e00-0001/48", "0000-0000-0000/0").updates.at(0).source, MacAddress{});
  EXPECT_EQ(source("0000-0000-aa07/48", "0000-0000-0000/0").updates.at(0).source, MacAddress{});
  for (const char* eid : {"0000-0000-aa07/48", "0100-5e00-0000/24", "224.1.1.7/32"}) {
    EXPECT_TRUE(source(eid, "0000-0000-aa05/48").updates.empty()) << eid;
    EXPECT_EQ(source(eid, "0000-0000-aa05/48").ignored, 1u) << eid;
  }
}

TEST(MapCacheMessage, RefusesEveryTruncation) {
  for (const char* file : {"messages-0.427.txt", "messages-0.607.txt"})
    for (const auto& text : captured_messages(file))
      for (std::size_t size = 0; size < text.size(); ++size) expect_malformed(std::string_view(text).substr(0, size));
}

RC_GTEST_PROP(MapCacheMessage, ReadsWhatIsWritten,
              (std::uint32_t iid, std::uint64_t eid, bool replicate, bool remove)) {
  const auto locators = *rc::gen::container<std::vector<std::tuple<std::uint32_t, std::uint8_t, std::uint8_t>>>(
      rc::gen::arbitrary<std::tuple<std::uint32_t, std::uint8_t, std::uint8_t>>());
  const auto length = *rc::gen::inRange<int>(0, 49);
  const auto host = MacAddress::from_u64(eid);
  std::string text = R"({"type":"map-cache","opcode":")" + std::string(remove ? "delete" : "add") +
                     R"(","instance-id":")" + std::to_string(iid) + R"(","eid-prefix":")" + to_eid_string(host) + "/" +
                     std::to_string(length) + (replicate ? R"(","rles":[)" : R"(","rlocs":[)");
  Rlocs records;
  for (const auto& [address, priority, weight] : locators) {
    records.emplace_back(Ipv4Address::from_u32(address), priority, weight);
    text += (records.size() > 1 ? "," : "") + std::string(replicate ? R"({"rle":")" : R"({"rloc":")") +
            to_string(std::get<0>(records.back())) + R"(","priority":")" + std::to_string(priority) +
            R"(","weight":")" + std::to_string(weight) + R"("})";
  }
  const auto message = decode_control_message(bytes_of(text + "]}"));
  RC_ASSERT(message.has_value());
  const auto& update = std::get<MapCacheMessage>(*message).updates.at(0);
  RC_ASSERT(update.iid == Iid(iid));
  RC_ASSERT(int{update.length} == length);
  RC_ASSERT(update.eid.to_u64() >> (48 - length) == host.to_u64() >> (48 - length));
  RC_ASSERT((update.eid.to_u64() & ((std::uint64_t{1} << (48 - length)) - 1)) == 0u);
  RC_ASSERT(update.replicate == replicate);
  RC_ASSERT(update.remove == remove);
  RC_ASSERT(rlocs(update) == records);
}

}  // namespace
}  // namespace lisper
