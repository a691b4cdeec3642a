#include "core/base/json.h"

#include <gtest/gtest.h>

#include <chrono>

namespace lisper::json {
namespace {

Document parsed(std::string_view text) {
  auto document = Document::parse(text);
  EXPECT_TRUE(document) << text << ": " << document.error().message;
  return document ? *std::move(document) : *Document::parse("null");
}

SyntaxError refused(std::string_view text, Limits limits = {}) {
  const auto document = Document::parse(text, limits);
  EXPECT_FALSE(document) << text;
  return document ? SyntaxError{} : document.error();
}

TEST(Json, ReadsEveryType) {
  const auto document = parsed(R"( {"a": [1, -2.5e1, true, false, null], "b": {"c": "d"}, "e": [], "f": {}} )");
  const Value root = document.root();
  ASSERT_TRUE(root.is(Type::kObject));
  EXPECT_EQ(root.size(), 4u);
  const auto a = root.find("a")->elements();
  ASSERT_EQ(a.size(), 5u);
  EXPECT_EQ(a[0].as_int(), 1);
  EXPECT_EQ(a[1].as_double(), -25.0);
  EXPECT_EQ(a[1].as_int(), std::nullopt);
  EXPECT_EQ(a[1].number_text(), "-2.5e1");
  EXPECT_TRUE(a[2].as_bool());
  EXPECT_FALSE(a[3].as_bool());
  EXPECT_TRUE(a[4].is(Type::kNull));
  EXPECT_EQ(root.find("b")->find("c")->as_string(), "d");
  EXPECT_TRUE(root.find("e")->elements().empty());
  EXPECT_TRUE(root.find("f")->members().empty());
  EXPECT_FALSE(root.find("g"));
}

TEST(Json, RemembersPositions) {
  const auto document = parsed("{\n  \"key\" : [ 12 , \"x\" ]\n}");
  const auto members = document.root().members();
  ASSERT_EQ(members.size(), 1u);
  EXPECT_EQ(members[0].key_offset, 4u);
  EXPECT_EQ(members[0].value.offset(), 12u);
  EXPECT_EQ(members[0].value.end_offset(), 24u);
  EXPECT_EQ(members[0].value.elements()[1].offset(), 19u);
  EXPECT_EQ(members[0].value.elements()[1].end_offset(), 22u);
  EXPECT_EQ(document.root().end_offset(), 26u);
}

TEST(Json, KeepsDuplicateKeysAndFindsTheLast) {
  const auto document = parsed(R"({"a": 1, "b": 2, "a": 3})");
  EXPECT_EQ(document.root().members().size(), 3u);
  EXPECT_EQ(document.root().members()[0].value.as_int(), 1);
  EXPECT_EQ(document.root().find("a")->as_int(), 3);
}

TEST(Json, IntegersAreExact) {
  const auto int_of = [](std::string_view text) { return parsed(text).root().as_int(); };
  EXPECT_EQ(int_of("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(int_of("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(int_of("9007199254740993"), 9007199254740993);  // 2^53 + 1
  EXPECT_EQ(int_of("-0"), 0);
  EXPECT_EQ(int_of("9223372036854775808"), std::nullopt);
  EXPECT_EQ(int_of("1.0"), std::nullopt);
  EXPECT_EQ(int_of("1e2"), std::nullopt);
}

TEST(Json, ResolvesEscapes) {
  const auto text_of = [](std::string_view text) { return std::string(parsed(text).root().as_string()); };
  EXPECT_EQ(text_of(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(text_of(R"("\u0041\u00e9\u20AC")"), "A\xc3\xa9\xe2\x82\xac");
  EXPECT_EQ(text_of(R"("\uD834\uDD1E")"), "\xf0\x9d\x84\x9e");  // RFC 8259 7: the G clef
  EXPECT_EQ(text_of(R"("\uDBFF\uDFFF")"), "\xf4\x8f\xbf\xbf");
  EXPECT_EQ(text_of(R"("a\u0000b")"), std::string("a\0b", 3));
  EXPECT_EQ(text_of("\"\xc3\xa9\xf0\x9d\x84\x9e\x7f\""), "\xc3\xa9\xf0\x9d\x84\x9e\x7f");
}

TEST(Json, SaysWhatItExpectedAndWhere) {
  struct Case {
    std::string_view text;
    std::size_t offset;
    std::string_view message;
  };
  for (const Case& c : {
           Case{"", 0, "expected a value"},
           Case{" \n", 2, "expected a value"},
           Case{"{} {}", 3, "expected the end of the text"},
           Case{"[1,]", 3, "expected a value"},
           Case{"[1 2]", 3, "expected ',' or ']'"},
           Case{"[1", 2, "expected ',' or ']'"},
           Case{R"({"a":1,})", 7, "expected a name in double quotes"},
           Case{R"({"a" 1})", 5, "expected ':'"},
           Case{R"({"a":1 "b":2})", 7, "expected ',' or '}'"},
           Case{"{a:1}", 1, "expected a name in double quotes"},
           Case{"['a']", 1, "expected a value"},
           Case{"// x\n1", 0, "expected a value"},
           Case{"[/* */]", 1, "expected a value"},
           Case{"nul", 0, "expected a value"},
           Case{"NaN", 0, "expected a value"},
           Case{"+1", 0, "expected a value"},
           Case{"01", 1, "expected the end of the text"},
           Case{"-", 1, "expected a digit"},
           Case{"1.", 2, "expected a digit"},
           Case{".5", 0, "expected a value"},
           Case{"1e+", 3, "expected a digit"},
           Case{"[1e999]", 1, "expected a number within the range of a double"},
           Case{"\"abc", 4, "expected '\"' at the end of the string"},
           Case{"\"a\nb\"", 2, "expected a control character to be escaped"},
           Case{R"("\x")", 2, R"(expected one of "\/bfnrtu after '\')"},
           Case{R"("\)", 2, R"(expected one of "\/bfnrtu after '\')"},
           Case{R"("\u12g4")", 5, "expected four hex digits"},
           Case{R"("\u+123")", 3, "expected four hex digits"},
           Case{R"("\ud834")", 7, "expected a low surrogate"},
           Case{R"("\ud834\u0041")", 7, "expected a low surrogate"},
           Case{R"("x\udd1e")", 2, "expected a high surrogate first"},
           Case{"\xef\xbb\xbf{}", 0, "expected a value"},
       }) {
    const SyntaxError error = refused(c.text);
    EXPECT_EQ(error.offset, c.offset) << c.text;
    EXPECT_EQ(error.message, c.message) << c.text;
  }
}

TEST(Json, RefusesIllFormedUtf8) {
  // Tail without lead, overlong forms, a surrogate, past 10FFFF, truncated sequences.
  for (const std::string_view bad :
       {"\x80", "\xc0\xaf", "\xc1\x81", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9d\x84"}) {
    const SyntaxError error = refused("\"ab" + std::string(bad) + "\"");
    EXPECT_EQ(error.offset, 3u);
    EXPECT_EQ(error.message, "expected well-formed UTF-8");
  }
  EXPECT_EQ(refused("\"\xc3").offset, 1u);
}

TEST(Json, HoldsItsLimits) {
  EXPECT_TRUE(Document::parse("[[1]]", {.depth = 2}));
  const SyntaxError deep = refused("[[[1]]]", {.depth = 2});
  EXPECT_EQ(deep.offset, 2u);
  EXPECT_EQ(deep.message, "expected at most 2 levels of arrays and objects");
  refused(std::string(1'000'000, '['));
  EXPECT_TRUE(Document::parse("[1]", {.bytes = 3}));
  EXPECT_EQ(refused("[1] ", {.bytes = 3}).message, "expected a text of at most 3 bytes");
}

TEST(Json, EveryTruncationIsRefused) {
  const std::string_view text = R"({"a": [1, "\u00e9\ud834\udd1e", {"b": true}], "c": null})";
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_LE(refused(text.substr(0, size)).offset, size);
}

TEST(Json, TakesTimeInProportionToTheText) {
  const auto time_of = [](std::size_t elements) {
    std::string text = "[0";
    for (std::size_t i = 0; i < elements; ++i) text += R"(,{"key":"value\n"})";
    text += "]";
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(parsed(text).root().size(), elements + 1);
    return std::chrono::steady_clock::now() - begin;
  };
  time_of(10'000);
  EXPECT_LT(time_of(400'000), 400 * time_of(10'000));  // 40 if linear, 1600 if quadratic
}

}  // namespace
}  // namespace lisper::json
