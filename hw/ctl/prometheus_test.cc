#include "hw/ctl/prometheus.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "hw/ctl/exposition.h"
#include "hw/ctl/testing.h"

namespace lisper::hw {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Exposition, WritesFamiliesAsTheFormatHasThem) {
  Exposition out(std::vector<Label>{{"node", "a"}});
  out.begin(Exposition::Type::kCounter, "x_total", "Counts\nx \\ \"y\"");
  out.sample({{"port", "e\"0\\\n"}}, std::uint64_t{18'446'744'073'709'551'615u});
  out.begin(Exposition::Type::kGauge, "y", "Measures y");
  out.sample({}, 1.5);
  EXPECT_EQ(out.take(),
            "# HELP x_total Counts\\nx \\\\ \"y\"\n"
            "# TYPE x_total counter\n"
            "x_total{node=\"a\",port=\"e\\\"0\\\\\\n\"} 18446744073709551615\n"
            "# HELP y Measures y\n"
            "# TYPE y gauge\n"
            "y{node=\"a\"} 1.5\n");
}

TEST(Exposition, LeavesBracesOutWhereThereAreNoLabels) {
  Exposition out(std::vector<Label>{});
  out.begin(Exposition::Type::kGauge, "y", "h");
  out.sample({}, std::uint64_t{1});
  EXPECT_THAT(out.take(), HasSubstr("\ny 1\n"));
}

TEST(Prometheus, HasWhatTheStatusHas) {
  const std::string text = to_prometheus(testing::sample_status());
  for (const char* sample : {
           R"(lisper_info{node="site04",scenario="scenarios/mesh.json",version="0.1.0"} 1)",
           R"(lisper_uptime_seconds{node="site04"} 3725.5)",
           R"(lisper_port_up{node="site04",port="e0"} 1)",
           R"(lisper_port_speed_bytes_per_second{node="site04",port="e0"} 1250000000)",
           R"(lisper_port_rx_packets_total{node="site04",port="e0"} 1000000)",
           R"(lisper_port_rx_missed_total{node="site04",port="e0"} 7)",
           R"(lisper_worker_packets_total{node="site04",worker="0",cpu="3"} 1000000)",
           R"(lisper_drops_total{node="site04",port="e0",reason="bad_cookie"} 33)",
           R"(lisper_drops_total{node="site04",port="e0",reason="unknown_peer"} 0)",
           R"(lisper_punts_total{node="site04",port="e0",reason="punt_new_host"} 2)",
           R"(lisper_network_drops_total{node="site04",iid="0",reason="bad_cookie"} 33)",
           R"(lisper_network_rx_packets_total{node="site04",iid="251"} 999967)",
           R"(lisper_control_malformed_total{node="site04"} 1)",
           R"(lisper_controller_connected{node="site04"} 1)",
           R"(lisper_sessions{node="site04",state="up"} 1)",
           R"(lisper_neighbour_reachable{node="site04",exit="x0"} 1)",
           R"(lisper_fib_entries{node="site04"} 2)",
           R"(lisper_map_cache_entries{node="site04"} 1)",
       })
    EXPECT_THAT(text, HasSubstr(std::string("\n") + sample + "\n"));
  EXPECT_THAT(text, Not(HasSubstr("02:00:00:00:00:01"))) << "rows of tables are too many";
}

/// By programs of Prometheus' own, of a status whose names need every escape.
class Judged : public ::testing::Test {
 protected:
  Judged() {
    char name[] = "/tmp/lisper-ctl-test-XXXXXX";
    folder_ = mkdtemp(name);
    Status status = testing::sample_status();
    status.scenario = "a\\b\"c\nd\xc3\xa9";
    std::ofstream(folder_ / "metrics") << to_prometheus(status);
  }
  ~Judged() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] int run(const std::string& command) const {
    return std::system((command + " < " + (folder_ / "metrics").string()).c_str());
  }

  std::filesystem::path folder_;
};

TEST_F(Judged, ByPromtool) {
  if (run("command -v promtool > /dev/null") != 0) GTEST_SKIP() << "no promtool (package prometheus)";
  EXPECT_EQ(run("promtool check metrics"), 0);
}

TEST_F(Judged, ByPythonsClient) {
  if (run("/usr/bin/python3 -c 'import prometheus_client' 2> /dev/null") != 0)
    GTEST_SKIP() << "no python3-prometheus-client";
  std::ofstream(folder_ / "judge.py") << R"(
import sys
from prometheus_client.parser import text_string_to_metric_families
families = {f.name: f for f in text_string_to_metric_families(sys.stdin.read())}
assert families["lisper_info"].samples[0].labels["scenario"] == "a\\b\"c\nd\u00e9", families["lisper_info"]
drops = families["lisper_drops"]
assert drops.type == "counter"
assert {s.labels["reason"]: s.value for s in drops.samples}["bad_cookie"] == 33
assert all(f.documentation and f.type in ("counter", "gauge") for f in families.values())
)";
  EXPECT_EQ(run("/usr/bin/python3 " + (folder_ / "judge.py").string()), 0);
}

}  // namespace
}  // namespace lisper::hw
