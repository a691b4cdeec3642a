#include "core/control/controller_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/control/control_message.h"
#include "core/control/testing.h"

namespace lisper {
namespace {

using testing::captured_messages;
using ::testing::ElementsAre;
using ::testing::FieldsAre;
using testing::ip;
using ::testing::IsEmpty;
using ::testing::Optional;
using testing::Site;

TEST(ControllerMemory, KeepsWhatWasCapturedToday) {
  Site site;
  for (const auto& text : captured_messages("messages-0.607.txt")) site.message(text);
  EXPECT_EQ(site.counters().malformed, 0u);
  const ControllerView view = site.control().controller_view();
  EXPECT_THAT(view.xtr_parameters, Optional(FieldsAre(true, false, false)));
  EXPECT_THAT(view.database_mappings, Optional(ElementsAre(FieldsAre(Iid(100), "10.1.0.0/16"))));
  EXPECT_THAT(view.interfaces, Optional(ElementsAre(FieldsAre("s1", Iid(251)), FieldsAre("s2", Iid(100)))));
  EXPECT_EQ(view.etr_nat_port, 52881);
  EXPECT_EQ(view.itr_crypto_port, 60835);
  EXPECT_THAT(view.decap_keys,
              ElementsAre(FieldsAre(ip("198.51.100.10"), Optional(60835), ElementsAre(KeySummary{1, 128, 128}))));

  const auto rows = site.control().map_cache();
  const auto whole = std::ranges::find(rows, std::uint8_t{0}, &ControlPlane::MapCacheRow::length);
  ASSERT_NE(whole, rows.end());
  EXPECT_THAT(whole->keys, ElementsAre(FieldsAre(ip("198.51.100.20"), KeySummary{1, 128, 128})));
}

TEST(ControllerMemory, KeepsWhatWasCapturedIn2017) {
  Site site;
  for (const auto& text : captured_messages("messages-0.427.txt")) site.message(text);
  EXPECT_EQ(site.counters().malformed, 0u);
  const ControllerView view = site.control().controller_view();
  EXPECT_FALSE(view.xtr_parameters);
  EXPECT_THAT(view.database_mappings, Optional(ElementsAre(FieldsAre(Iid(251), "0000-0000-0000/0"))));
  EXPECT_THAT(view.interfaces, Optional(ElementsAre(FieldsAre("s1", Iid(251)))));
  EXPECT_THAT(view.decap_keys,
              ElementsAre(FieldsAre(ip("198.51.100.10"), Optional(51163), ElementsAre(KeySummary{1, 128, 0}))));
}

TEST(ControllerMemory, TheNewestSetIsTheWholeSet) {
  Site site;
  EXPECT_FALSE(site.control().controller_view().interfaces);
  site.message(R"({"type":"interfaces","interfaces":[{"interface":"s1","instance-id":"251"}]})");
  site.message(R"({"type":"interfaces","interfaces":[{"interface":"s2","instance-id":"1"}]})");
  EXPECT_THAT(site.control().controller_view().interfaces, Optional(ElementsAre(FieldsAre("s2", Iid(1)))));
  site.message(R"({"type":"interfaces","interfaces":[]})");
  EXPECT_THAT(site.control().controller_view().interfaces, Optional(IsEmpty()));
  site.message(R"({"type":"database-mappings","database-mappings":[{"instance-id":1,"eid-prefix":"2001:db8::/32"}]})");
  site.message(R"({"type":"database-mappings","database-mappings":[]})");
  EXPECT_THAT(site.control().controller_view().database_mappings, Optional(IsEmpty()));
  site.message(R"({"type":"something-new","interfaces":7})");
  EXPECT_EQ(site.counters().ignored, 1u);
  EXPECT_EQ(site.counters().malformed, 0u);
}

TEST(ControllerMemory, ANewKeyReplacesThatOfTheSameSource) {
  Site site;
  const auto keys = [&](std::string_view source, std::string_view digits) {
    site.message(R"({"type":"decap-keys",)" + std::string(source) + R"(,"keys":[{"key-id":"1","decrypt-key":")" +
                 std::string(digits) + R"("}]})");
  };
  keys(R"("rloc":"10.0.0.1","port":"7")", "00112233");
  keys(R"("rloc":"10.0.0.1")", "0011");
  keys(R"("rloc":"2001:db8:c::a:38673")", "");  // of 2017: the last part cannot belong to the address
  keys(R"("rloc":"10.0.0.1","port":7)", "0011223344556677");
  EXPECT_THAT(site.control().controller_view().decap_keys,
              ElementsAre(FieldsAre(ip("10.0.0.1"), std::nullopt, ElementsAre(KeySummary{1, 16, 0})),
                          FieldsAre(ip("10.0.0.1"), Optional(7), ElementsAre(KeySummary{1, 64, 0})),
                          FieldsAre(ip("2001:db8:c::a"), Optional(38673), ElementsAre(KeySummary{1, 0, 0}))));
}

TEST(ControllerMemory, KeepsABoundedNumberOfKeys) {
  Site site;
  for (std::uint32_t i = 0; i < ControllerMemory::kMaxDecapKeys + 10; ++i)
    site.message(R"({"type":"decap-keys","rloc":")" + to_string(Ipv4Address::from_u32(i)) + R"(","keys":[]})");
  EXPECT_EQ(site.control().controller_view().decap_keys.size(), ControllerMemory::kMaxDecapKeys);
  EXPECT_EQ(site.counters().table_full, 10u);
}

TEST(ControllerMemory, AppliesNothingOfWrongShape) {
  Site site;
  std::uint64_t malformed = 0;
  for (const std::string_view text : {
           R"({"type":"xtr-parameters"})",
           R"({"type":"xtr-parameters","control-plane-logging":1,"data-plane-logging":false,"rtr":false})",
           R"({"type":"xtr-parameters","control-plane-logging":true,"data-plane-logging":false,"rtr":"no"})",
           R"({"type":"interfaces"})",
           R"({"type":"interfaces","interfaces":{}})",
           R"({"type":"interfaces","interfaces":[{"interface":"s1","instance-id":"1"},7]})",
           R"({"type":"interfaces","interfaces":[{"interface":"s1","instance-id":"1"},{"interface":"s2"}]})",
           R"({"type":"interfaces","interfaces":[{"interface":1,"instance-id":"1"}]})",
           R"({"type":"database-mappings"})",
           R"({"type":"database-mappings","database-mappings":[{"instance-id":"1"}]})",
           R"({"type":"database-mappings","database-mappings":[{"instance-id":"1","eid-prefix":"10.0.0.0/33"}]})",
           R"({"type":"database-mappings","database-mappings":[{"instance-id":"-1","eid-prefix":"10.0.0.0/8"}]})",
           R"({"type":"etr-nat-port"})",
           R"({"type":"etr-nat-port","port":65536})",
           R"({"type":"itr-crypto-port","port":1.5})",
           R"({"type":"itr-crypto-port","port":null})",
           R"({"type":"decap-keys","rloc":"10.0.0.1"})",
           R"({"type":"decap-keys","rloc":"10.0.0.1","keys":{}})",
           R"({"type":"decap-keys","rloc":"10.0.0.1:","keys":[]})",
           R"({"type":"decap-keys","rloc":"2001","port":"db8","keys":[]})",
           R"({"type":"decap-keys","rloc":"10.0.0.1","port":"65536","keys":[]})",
           R"({"type":"decap-keys","rloc":"10.0.0.1","keys":[{"key-id":"1"}]})",
           R"({"type":"decap-keys","rloc":"10.0.0.1","keys":[{"key-id":"1","icv-key":"00"}]})",
           R"({"type":"decap-keys","rloc":"10.0.0.1","keys":[{"key-id":"1","decrypt-key":"0x"}]})",
           R"({"type":"decap-keys","rloc":"10.0.0.1","keys":[{"key-id":"1","decrypt-key":7}]})",
       }) {
    site.message(text);
    EXPECT_EQ(site.counters().malformed, ++malformed) << text;
  }
  const ControllerView view = site.control().controller_view();
  EXPECT_FALSE(view.xtr_parameters || view.interfaces || view.database_mappings);
  EXPECT_FALSE(view.etr_nat_port || view.itr_crypto_port);
  EXPECT_TRUE(view.decap_keys.empty());
}

// An error's text could be logged.
TEST(ControllerMemory, NeverSaysAKeyInAnError) {
  constexpr std::string_view kSecret = "00112233deadbeefX";
  const std::string text = R"({"type":"decap-keys","rloc":"10.0.0.1","keys":[{"key-id":"1","decrypt-key":")" +
                           std::string(kSecret) + R"("}]})";
  const auto message = decode_control_message(testing::bytes_of(text));
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().message.find("00112233"), std::string::npos);
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto cut = decode_control_message(testing::bytes_of(text).first(size));
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().message.find("0011"), std::string::npos) << cut.error().message;
  }
}

}  // namespace
}  // namespace lisper
