#include "report/run_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <iterator>
#include <set>

#include "report/csv.h"

namespace lisper::report {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RunFolderTest : public testing::Test {
 protected:
  RunFolderTest() {
    std::string pattern = (fs::temp_directory_path() / "run_folder_test.XXXXXX").string();
    base = mkdtemp(pattern.data());
    result.scenario = "tiny";
    result.seed = 7;
    result.versions = {{"lisper", "0.1.0"}};
    result.events = {{5, "one"}, {6, "two"}};
  }
  ~RunFolderTest() override { fs::remove_all(base); }

  static std::set<std::string> names(const fs::path& folder) {
    std::set<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder)) out.insert(entry.path().filename());
    return out;
  }
  static std::string read(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void write(const fs::path& file, std::string_view text) { std::ofstream(file) << text; }

  void commit_one() {
    auto folder = RunFolder::begin(base / "run");
    ASSERT_TRUE(folder) << folder.error().message;
    write(folder->pcaps() / "a.pcap", "capture");
    const auto committed = folder->commit(result, "{}\n");
    ASSERT_TRUE(committed) << committed.error().message;
  }

  fs::path base;
  RunResult result;
};

TEST_F(RunFolderTest, AppearsWithAllItsFiles) {
  commit_one();
  EXPECT_THAT(names(base), ElementsAre("run"));
  EXPECT_THAT(names(base / "run"), ElementsAre("events.jsonl", "flows.csv", "links.csv", "pcap", "report.html",
                                               "result.json", "run.json", "scenario.json"));
  EXPECT_EQ(read(base / "run/pcap/a.pcap"), "capture");
  EXPECT_EQ(read(base / "run/scenario.json"), "{}\n");
  EXPECT_EQ(read(base / "run/events.jsonl"), "{\"at_ns\":5,\"text\":\"one\"}\n{\"at_ns\":6,\"text\":\"two\"}\n");
  EXPECT_EQ(read(base / "run/run.json"),
            "{\"scenario\":\"tiny\",\n\"body\":\"\",\n\"seed\":7,\n\"versions\":{\"lisper\":\"0.1.0\"}}\n");
  EXPECT_EQ(load(base / "run").value(), result);
}

TEST_F(RunFolderTest, NothingIsThereBeforeCommitOrAfterDiscard) {
  {
    auto folder = RunFolder::begin(base / "run");
    ASSERT_TRUE(folder);
    EXPECT_FALSE(fs::exists(base / "run"));
    EXPECT_TRUE(fs::is_directory(folder->pcaps()));
    const RunFolder moved = std::move(*folder);
    EXPECT_TRUE(fs::is_directory(moved.pcaps()));
  }
  EXPECT_THAT(names(base), IsEmpty());
}

TEST_F(RunFolderTest, ReplacesAnEarlierRunWhole) {
  commit_one();
  write(base / "run/pcap/old.pcap", "");
  result.seed = 8;
  commit_one();
  EXPECT_THAT(names(base), ElementsAre("run"));
  EXPECT_FALSE(fs::exists(base / "run/pcap/old.pcap"));
  EXPECT_EQ(load(base / "run")->seed, 8u);
}

TEST_F(RunFolderTest, AnAbandonedRunLeavesTheEarlierOneAlone) {
  commit_one();
  { ASSERT_TRUE(RunFolder::begin(base / "run")); }
  EXPECT_EQ(load(base / "run")->seed, 7u);
  EXPECT_THAT(names(base), ElementsAre("run"));
}

TEST_F(RunFolderTest, RefusesWhatIsNoRun) {
  fs::create_directory(base / "home");
  write(base / "home/thesis.txt", "precious");
  for (const bool with_foreign_result : {false, true}) {
    if (with_foreign_result) write(base / "home/result.json", "{\"score\":1}");
    const auto folder = RunFolder::begin(base / "home");
    ASSERT_FALSE(folder);
    EXPECT_THAT(folder.error().message, HasSubstr("no result.json of an earlier run"));
  }
  const auto file = RunFolder::begin(base / "home/thesis.txt");
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, HasSubstr("is not a folder"));
  EXPECT_EQ(read(base / "home/thesis.txt"), "precious");
}

TEST_F(RunFolderTest, RefusesAtCommitWhatCameMeanwhile) {
  auto folder = RunFolder::begin(base / "run");
  ASSERT_TRUE(folder);
  fs::create_directory(base / "run");
  write(base / "run/thesis.txt", "precious");
  EXPECT_FALSE(folder->commit(result, ""));
  EXPECT_EQ(read(base / "run/thesis.txt"), "precious");
}

TEST_F(RunFolderTest, TakesAnEmptyFolderParentsAndATrailingSlash) {
  fs::create_directory(base / "run");
  commit_one();
  EXPECT_TRUE(RunFolder::begin(base / "x/y/z/").has_value());
  EXPECT_THAT(names(base / "x/y"), IsEmpty());
}

TEST_F(RunFolderTest, FollowsALinkToAnEarlierRun) {
  commit_one();
  fs::create_directory_symlink(base / "run", base / "latest");
  result.seed = 9;
  auto folder = RunFolder::begin(base / "latest");
  ASSERT_TRUE(folder);
  ASSERT_TRUE(folder->commit(result, ""));
  EXPECT_TRUE(fs::is_symlink(base / "latest"));
  EXPECT_EQ(load(base / "run")->seed, 9u);
}

TEST_F(RunFolderTest, RebuildsTheReport) {
  commit_one();
  const std::string before = read(base / "run/report.html");
  write(base / "run/report.html", "broken");
  ASSERT_TRUE(rebuild_report(base / "run"));
  EXPECT_EQ(read(base / "run/report.html"), before);
  write(base / "run/result.json", "{}");
  EXPECT_THAT(rebuild_report(base / "run").error().message, HasSubstr("result.json: not a result of this program"));
  EXPECT_THAT(load(base / "nowhere").error().message, HasSubstr("cannot read"));
}

TEST(Csv, QuotesAsRfc4180Has) {
  RunResult result;
  FlowResult flow;
  flow.name = "a \"b\", c";
  flow.kind = "ping";
  flow.from = "x";
  flow.to = "y";
  flow.sent = 4;
  flow.received = 3;
  result.flows = {flow};
  flow.name = "p";
  flow.latency = Latency{1, 2, 3, 4};
  flow.completed = true;
  result.flows.push_back(flow);
  EXPECT_EQ(flows_csv(result),
            "name,kind,from,to,sent,received,loss,latency_min_ns,latency_median_ns,latency_p99_ns,latency_max_ns,"
            "throughput_bps,out_of_order,completed,probe\n"
            "\"a \"\"b\"\", c\",ping,x,y,4,3,0.25,,,,,0,0,,false\n"
            "p,ping,x,y,4,3,0.25,1,2,3,4,0,0,true,false\n");
}

TEST(Csv, OneLineADirection) {
  RunResult result;
  LinkResult link;
  link.name = "a:e0 - b:e0";
  link.from = "a";
  link.to = "b";
  link.directions[1].drops["loss"] = 5;
  link.directions[1].packets = 1;
  result.links = {link};
  EXPECT_EQ(links_csv(result),
            "link,from,to,up,rate_bps,packets,bytes,queue_peak,queue_full,loss,down,too_big\n"
            "a:e0 - b:e0,a,b,true,0,0,0,0,0,0,0,0\n"
            "a:e0 - b:e0,b,a,true,0,1,0,0,0,5,0,0\n");
}

}  // namespace
}  // namespace lisper::report
