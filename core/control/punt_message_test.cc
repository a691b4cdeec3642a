#include "core/control/punt_message.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/base/json.h"
#include "core/control/testing.h"

namespace lisper {
namespace {

using testing::mac;

TEST(PuntMessage, SpellsWhatTheOriginalDid) {
  EXPECT_EQ(encode_punt(Dialect::k2016, {mac("00:00:00:00:aa:03"), mac("00:00:00:00:aa:07"), "e03", Iid(1)}),
            R"({"source-eid" : "0000-0000-aa03", "dest-eid" : "0000-0000-aa07", "interface" : "e03"})");
}

TEST(PuntMessage, SpellsWhatTodaysControllerReads) {
  EXPECT_EQ(
      encode_punt(Dialect::kToday, {mac("00:00:00:00:01:02"), mac("00:00:00:00:02:03"), "s1", Iid(251)}),
      R"({"type": "discovery", "source-eid": "0000-0000-0102", "dest-eid": "0000-0000-0203", "interface": "s1", "instance-id": "251"})");
}

TEST(PuntMessage, KeepsToWhatTheControllerReadsAtOnce) {
  ASSERT_TRUE(encode_punt(Dialect::kToday, {{}, {}, std::string(3'800, 'x'), Iid(1)}));
  for (std::size_t size = 3'800; size < 4'000; ++size) {
    const auto text = encode_punt(Dialect::k2016, {{}, {}, std::string(size, 'x'), Iid(1)});
    EXPECT_TRUE(!text || text->size() <= 4'000);
  }
  EXPECT_FALSE(encode_punt(Dialect::kToday, {{}, {}, std::string(4'000, 'x'), Iid(1)}));
  EXPECT_FALSE(encode_punt(Dialect::k2016, {{}, {}, std::string(1'000, '\n'), Iid(1)}));
}

RC_GTEST_PROP(PuntMessage, IsJsonWhateverTheInterfaceIsCalled, (bool today)) {
  const auto name = *rc::gen::container<std::string>(rc::gen::inRange<char>(0, 127));
  RC_PRE(name.size() < 600);
  const auto text =
      encode_punt(today ? Dialect::kToday : Dialect::k2016, {MacAddress::from_u64(1), kBroadcastMac, name, Iid(7)});
  RC_ASSERT(text.has_value());
  const auto document = json::Document::parse(*text);
  RC_ASSERT(document.has_value());
  RC_ASSERT(document->root().find("interface")->as_string() == name);
  RC_ASSERT(document->root().find("dest-eid")->as_string() == "ffff-ffff-ffff");
  RC_ASSERT(document->root().size() == (today ? 5u : 3u));
}

}  // namespace
}  // namespace lisper
