#include "hw/log/log.h"

#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>

namespace lisper::hw {
namespace {

using ::testing::MatchesRegex;

std::string logged(LogFormat format, auto&& write) {
  std::ostringstream out;
  Log log(format, std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
  write(log);
  return out.str();
}

void port_up(Log& log) { log.info("port_up", {{"port", "e0"}, {"speed_mbps", 10'000}, {"up", true}}); }

TEST(Log, TextIsForPeople) {
  EXPECT_THAT(logged(LogFormat::kText, port_up),
              MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z info "
                           "port_up port=e0 speed_mbps=10000 up=true\n"));
}

TEST(Log, JsonIsAnObjectALine) {
  const std::string line = logged(LogFormat::kJson, port_up);
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
  const auto json = nlohmann::ordered_json::parse(line);
  EXPECT_THAT(json["time"].get<std::string>(), MatchesRegex("[0-9T:.-]{23}Z"));
  EXPECT_EQ(json.items().begin().key(), "time");
  EXPECT_EQ(json["level"], "info");
  EXPECT_EQ(json["event"], "port_up");
  EXPECT_EQ(json["port"], "e0");
  EXPECT_EQ(json["speed_mbps"], 10'000);
  EXPECT_EQ(json["up"], true);
}

TEST(Log, LevelsHaveNames) {
  EXPECT_THAT(logged(LogFormat::kText, [](Log& log) { log.warning("w"); }), MatchesRegex(".* warning w\n"));
  EXPECT_THAT(logged(LogFormat::kText, [](Log& log) { log.error("e"); }), MatchesRegex(".* error e\n"));
}

TEST(Log, ValuesCannotBreakALine) {
  const auto write = [](Log& log) {
    log.info("e", {{"a", "two words"}, {"b", "x\ny\"z"}, {"c", ""}, {"d", "{}%v"}, {"f", "bad \xff utf-8"}});
  };
  EXPECT_THAT(logged(LogFormat::kText, write),
              ::testing::EndsWith("e a=\"two words\" b=\"x\\ny\\\"z\" c=\"\" d={}%v f=\"bad \xef\xbf\xbd utf-8\"\n"));
  const auto json = nlohmann::json::parse(logged(LogFormat::kJson, write));
  EXPECT_EQ(json["b"], "x\ny\"z");
  EXPECT_EQ(json["d"], "{}%v");
}

}  // namespace
}  // namespace lisper::hw
