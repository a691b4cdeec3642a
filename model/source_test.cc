#include "model/source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/testing.h"

namespace lisper::model {
namespace {

using ::testing::HasSubstr;

const std::string kText = "{\"end\": \"1s\",\n \"links\": [{\"a\": 1}, {}],\n \"seed\": 2}";

std::string edited(const std::vector<std::string>& sets) {
  Problems problems;
  const Source source(kText, overrides(sets), problems);
  return problems.errors() > 0 ? problems.sorted().front().message : source.text();
}

TEST(Source, OverridesReplace) {
  EXPECT_EQ(edited({"end=5ms"}), "{\"end\": \"5ms\",\n \"links\": [{\"a\": 1}, {}],\n \"seed\": 2}");
  EXPECT_EQ(edited({"seed=77"}), "{\"end\": \"1s\",\n \"links\": [{\"a\": 1}, {}],\n \"seed\": 77}");
  EXPECT_EQ(edited({"links[0].a=[1, 2]", "links[0].a[1]=3"}),
            "{\"end\": \"1s\",\n \"links\": [{\"a\": [1, 3]}, {}],\n \"seed\": 2}");
}

TEST(Source, OverridesAddWhatIsMissing) {
  EXPECT_EQ(edited({"links[1].b=x"}), "{\"end\": \"1s\",\n \"links\": [{\"a\": 1}, {\"b\": \"x\"}],\n \"seed\": 2}");
  EXPECT_EQ(edited({"controller.delay=1s", "controller.resend=2s"}),
            "{\"end\": \"1s\",\n \"links\": [{\"a\": 1}, {}],\n \"seed\": 2, \"controller\": {\"delay\": \"1s\", "
            "\"resend\": \"2s\"}}");
}

TEST(Source, OverridesThatDoNotFit) {
  EXPECT_THAT(edited({"links[2].a=1"}), HasSubstr("the array has 2 elements"));
  EXPECT_THAT(edited({"seed[0]=1"}), HasSubstr("is of no array"));
  EXPECT_THAT(edited({"seed.x=1"}), HasSubstr("is of no object"));
  EXPECT_THAT(edited({"traffic[0].x=1"}), HasSubstr("there is no array \"traffic\""));
}

TEST(Source, OverridesAreWrittenPathEqualsValue) {
  EXPECT_EQ(parse_override("a.b[0]=x=y")->value, "x=y");
  for (const char* text : {"", "a", "=1", "a.=1", "a[=1", "a[x]=1", "a[0=1", "[0]=1", "a[0]b=1", "a..b=1"})
    EXPECT_FALSE(parse_override(text)) << text;
}

TEST(Source, PlacesAreTheFiles) {
  Problems problems;
  const Source source(kText, overrides({"end=\"a much longer text\"", "links[1].b=x", "links[0].a=12345"}), problems);
  const auto where = [&](const std::string& what) { return source.locate({source.text().find(what)}); };
  EXPECT_EQ(where("\"seed\"").line, 3u);
  EXPECT_EQ(where("\"seed\"").column, 2u);
  EXPECT_EQ(where("\"seed\"").overridden_by, "");
  EXPECT_EQ(where("2}").column, 10u);
  EXPECT_EQ(where("12345").line, 2u);
  EXPECT_EQ(where("12345").column, 18u);
  EXPECT_EQ(where("12345").path, "/links/0/a");
  EXPECT_EQ(where("12345").overridden_by, "--set links[0].a=12345");
  EXPECT_EQ(where("\"b\"").path, "/links/1/b");
  EXPECT_EQ(where("\"b\"").column, 23u);
}

TEST(Source, ALaterOverrideOfTheSameValueIsTheOneNamed) {
  Problems problems;
  const Source source(kText, overrides({"links[0]={\"a\": 5}", "links[0].a=66", "seed=3", "seed=44"}), problems);
  EXPECT_EQ(source.locate({source.text().find("66")}).overridden_by, "--set links[0].a=66");
  EXPECT_EQ(source.locate({source.text().find("44")}).overridden_by, "--set seed=44");
  EXPECT_EQ(source.locate({source.text().find("44")}).line, 3u);
  EXPECT_EQ(source.locate({source.text().find("44")}).column, 10u);
}

TEST(Source, DiagnosticsSayWhichOverride) {
  EXPECT_THAT(problems_of(small(), {"links[0].delay=5"}), HasSubstr("[/links/0/delay] (from --set links[0].delay=5)"));
}

}  // namespace
}  // namespace lisper::model
