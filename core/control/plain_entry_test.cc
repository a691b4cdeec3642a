#include "core/control/plain_entry.h"

#include <gtest/gtest.h>

#include "core/base/random.h"
#include "core/control/control_message.h"
#include "core/control/testing.h"

namespace lisper {
namespace {

using testing::bytes_of;

/// By the general reader, which this text is put out of the plain one's reach for.
std::optional<MapCacheMessage> generally(std::string_view text) {
  const std::string longer(text.substr(0, text.find_last_of('}')));
  auto message = decode_control_message(bytes_of(longer + R"(,"another":null})"));
  if (!message || !std::holds_alternative<MapCacheMessage>(*message)) return std::nullopt;
  return std::get<MapCacheMessage>(*std::move(message));
}

/// True if the plain reader takes it.
bool expect_the_same(std::string_view text) {
  const auto plain = read_plain_entry(text);
  if (!plain) return false;
  const auto general = generally(text);
  EXPECT_TRUE(general) << text;
  if (!general || general->updates.size() != 1 || plain->updates.size() != 1) return false;
  const MapCacheUpdate& a = plain->updates[0];
  const MapCacheUpdate& b = general->updates[0];
  EXPECT_TRUE(a.dialect == b.dialect && a.iid == b.iid && a.eid == b.eid && a.length == b.length &&
              a.remove == b.remove && a.replicate == b.replicate && a.rlocs == b.rlocs)
      << text;
  EXPECT_EQ(plain->clear, general->clear);
  EXPECT_EQ(plain->ignored, general->ignored);
  return true;
}

constexpr std::string_view kEntry =
    R"({"type": "map-cache", "opcode": "add", "eid-prefix": "0000-0000-0203/48", "rlocs": [{"rloc": "2001:db8:c::14", "priority": "1", "weight": "50", "port": "4341"}, {"rloc": "198.51.100.20"}], "instance-id": "251"})";

TEST(PlainEntry, ReadsWhatTheGeneralReaderReads) {
  EXPECT_TRUE(expect_the_same(kEntry));
  EXPECT_TRUE(expect_the_same(
      R"({"opcode":"delete","instance-id":"1","rlocs":[],"eid-prefix":"0000-0000-0000/0","type":"map-cache"})"));
  std::size_t taken = 0;
  for (const char* file : {"messages-0.427.txt", "messages-0.607.txt"})
    for (const std::string& text : testing::captured_messages(file)) taken += expect_the_same(text) ? 1 : 0;
  EXPECT_GT(taken, 2u);
}

TEST(PlainEntry, LeavesTheRestToTheGeneralReader) {
  for (
      const std::string_view text : {
          R"({})",
          R"({"type":"map-cache","type":"map-cache","opcode":"add","eid-prefix":"0000-0000-0001","rlocs":[],"instance-id":"1"})",
          R"({"type":"map-cache","opcode":"add","eid-prefix":"0000-0000-0001","rlocs":[],"rlocs":[],"instance-id":"1"})",
          R"({"type":"map-cache","opcode":"add","eid-prefix":"0000-0000-0001","rlocs":[],"instance-id":1})",
          R"({"type":"map-cache","opcode":"add","eid-prefix":"0000-0000-0001","rles":[],"instance-id":"1"})",
          R"({"type":"map-cache","opcode":"add","eid-prefix":"10.0.0.0/8","rlocs":[],"instance-id":"1"})",
          R"({"type":"map-cache","opcode":"add","eid-prefix":"0000-0000-0001","rlocs":[{"rloc":"fd80::1","keys":[]}],"instance-id":"1"})",
          R"({"type":"map-cache","opcode":"add","eid-prefix":"0000-0000-0001","rlocs":[{}],"instance-id":"1"})",
          R"({"type":"map-cache","opcode":"add","eid-prefix":"0000-0000-0001","rlocs":[],"instance-id":"1"} {})",
      })
    EXPECT_FALSE(read_plain_entry(text)) << text;
}

TEST(PlainEntry, TakesNothingThatTheGeneralReaderRefuses) {
  constexpr std::string_view kCharacters = R"({}[]":,\ 0159af-/.)";
  Random random(5);
  int taken = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text(kEntry);
    for (std::uint64_t changes = 1 + random.below(3); changes != 0; --changes) {
      const std::size_t where = random.below(text.size());
      const char c =
          random.below(8) == 0 ? static_cast<char>(random.below(256)) : kCharacters[random.below(kCharacters.size())];
      switch (random.below(3)) {
        case 0:
          text[where] = c;
          break;
        case 1:
          text.insert(where, 1, c);
          break;
        default:
          text.erase(where, 1 + random.below(4));
      }
    }
    taken += expect_the_same(text) ? 1 : 0;
  }
  EXPECT_GT(taken, 1000);
}

}  // namespace
}  // namespace lisper
