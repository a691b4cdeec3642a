#pragma once

#include <spdlog/common.h>
#include <spdlog/logger.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace lisper::hw {

enum class LogFormat { kText, kJson };

/// The log of a running node, a line an event, time in UTC:
///   2026-01-31T12:00:00.123Z info port_up port=e0 speed_mbps=10000
///   {"time":"2026-01-31T12:00:00.123Z","level":"info","event":"port_up","port":"e0","speed_mbps":10000}
/// For the control plane; workers never log.
class Log {
 public:
  using Fields = std::initializer_list<std::pair<std::string_view, nlohmann::ordered_json>>;

  /// To stderr.
  explicit Log(LogFormat format);
  Log(LogFormat format, spdlog::sink_ptr sink);

  /// `event`: what happened, a word: "port_up", "controller_connected".
  void info(std::string_view event, Fields fields = {}) { write(spdlog::level::info, event, fields); }
  void warning(std::string_view event, Fields fields = {}) { write(spdlog::level::warn, event, fields); }
  void error(std::string_view event, Fields fields = {}) { write(spdlog::level::err, event, fields); }

 private:
  void write(spdlog::level::level_enum level, std::string_view event, Fields fields);

  LogFormat format_;
  spdlog::logger logger_;
};

}  // namespace lisper::hw
