#include "report/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "report/json.h"
#include "report/page.h"

namespace lisper::report {
namespace {

using testing::HasSubstr;
using testing::Not;

/// What stands in the page between the script tag with this id and its end, as a browser finds it.
std::string script(const std::string& page, const std::string& id) {
  const std::string tag = "id=\"" + id + "\">";
  const std::size_t begin = page.find(tag) + tag.size();
  return page.substr(begin, page.find("</script", begin) - begin);
}

TEST(Html, HostileNamesAreText) {
  RunResult result;
  result.scenario = "</title><script>alert(1)</script>";
  result.description = "<!-- {{data}} & \"more\"";
  result.topology = {{"</script><img src=x onerror=alert(1)>", "lisper\" onload=\"alert(1)", 0, 0}};
  FlowResult flow;
  flow.name = "</script><!--<script>";
  result.flows = {flow};
  const std::string page = html(result);
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("onload=\"")));
  EXPECT_THAT(page, HasSubstr("&lt;!-- {{data}} &amp; &quot;more&quot;"));
  const auto read = from_text(script(page, "data"));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, result);
}

TEST(Html, IsFilledCompletely) {
  RunResult result;
  result.seed = 18446744073709551615u;
  const std::string page = html(result);
  EXPECT_THAT(page, Not(HasSubstr("{{")));
  EXPECT_THAT(page, HasSubstr("<dd>18446744073709551615</dd>"));
  const auto reasons = nlohmann::json::parse(script(page, "reasons"));
  EXPECT_EQ(reasons["bad_cookie"],
            nlohmann::json::array({"cookie differs from the configured one", "RFC 3931 8.2", false}));
}

TEST(Html, NamesNothingOnANetwork) {
  const std::string page = html(RunResult{});
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  // The only URLs are the names of XML namespaces.
  const std::string_view allowed = "http://www.w3.org/2000/svg";
  for (std::size_t at = page.find("://"); at != std::string::npos; at = page.find("://", at + 1))
    EXPECT_EQ(page.substr(at - 4, allowed.size()), allowed);
  EXPECT_THAT(page, Not(HasSubstr("@import")));
  EXPECT_THAT(page, Not(HasSubstr(" src=")));
}

TEST(Page, ItsScriptCannotEndItsElement) {
  EXPECT_THAT(std::string(page::kScriptJs), Not(HasSubstr("</script")));
  EXPECT_THAT(std::string(page::kStyleCss), Not(HasSubstr("</style")));
}

}  // namespace
}  // namespace lisper::report
