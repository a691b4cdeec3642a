#include "hw/ctl/client/conversation.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <fstream>

#include "hw/ctl/listener.h"

namespace lisper::hw::ctl {
namespace {

using ::testing::HasSubstr;

class FindSocket : public ::testing::Test {
 protected:
  FindSocket() {
    char name[] = "/tmp/lisper-ctl-test-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~FindSocket() override { std::filesystem::remove_all(folder_); }

  Listener listen(const char* node) { return std::move(*Listener::open(folder_ / (std::string(node) + ".sock"))); }

  std::filesystem::path folder_;
};

TEST_F(FindSocket, FindsTheOnlyOneWithoutAName) {
  std::ofstream(folder_ / "notes.txt");
  std::ofstream(folder_ / "file.sock");
  ASSERT_FALSE(find_socket(folder_, ""));
  EXPECT_EQ(find_socket(folder_, "").error().code, ExitCode::kEnvironment);
  const auto site04 = listen("site04");
  EXPECT_EQ(find_socket(folder_, "").value(), folder_ / "site04.sock");
}

TEST_F(FindSocket, WantsANameWhenThereAreTwo) {
  const auto site04 = listen("site04"), site08 = listen("site08");
  const auto found = find_socket(folder_, "");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ExitCode::kBadInput);
  EXPECT_THAT(found.error().message, HasSubstr("site04, site08"));
  EXPECT_EQ(find_socket(folder_, "site08").value(), folder_ / "site08.sock");
  EXPECT_THAT(find_socket(folder_, "site05").error().hint, HasSubstr("site04, site08"));
}

TEST_F(FindSocket, PassesOverThoseOfTheDead) {
  const auto site04 = listen("site04");
  {
    const auto dying = listen("site08");
    std::filesystem::create_hard_link(folder_ / "site08.sock", folder_ / "dead.sock");
  }
  EXPECT_TRUE(std::filesystem::exists(folder_ / "dead.sock"));
  EXPECT_EQ(find_socket(folder_, "").value(), folder_ / "site04.sock");
}

TEST_F(FindSocket, StandsAMissingFolder) { EXPECT_FALSE(find_socket(folder_ / "none", "")); }

}  // namespace
}  // namespace lisper::hw::ctl
