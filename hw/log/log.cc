#include "hw/log/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <memory>
#include <string>

namespace lisper::hw {

namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// Bare if it is one word, else as JSON has it.
std::string for_people(const Json& value) {
  const std::string quoted = dump(value);
  if (!value.is_string()) return quoted;
  const std::string bare = quoted.substr(1, quoted.size() - 2);
  const bool plain = !bare.empty() && bare.find_first_of(" \"\\=") == std::string::npos;
  return plain ? bare : quoted;
}

/// What the pattern puts the time and level in front of.
std::string body(LogFormat format, std::string_view event, Log::Fields fields) {
  if (format == LogFormat::kText) {
    std::string text(event);
    for (const auto& [name, value] : fields) text.append(" ").append(name).append("=").append(for_people(value));
    return text;
  }
  Json json{{"event", event}};
  for (const auto& [name, value] : fields) json[std::string(name)] = value;
  return dump(json).substr(1);
}

}  // namespace

Log::Log(LogFormat format) : Log(format, std::make_shared<spdlog::sinks::stderr_sink_mt>()) {}

Log::Log(LogFormat format, spdlog::sink_ptr sink) : format_(format), logger_("lisper-hw", std::move(sink)) {
  const char* pattern =
      format == LogFormat::kJson ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v)" : "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
  logger_.set_formatter(
      std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc, std::string("\n")));
  logger_.flush_on(spdlog::level::trace);
}

void Log::write(spdlog::level::level_enum level, std::string_view event, Fields fields) {
  logger_.log(level, "{}", body(format_, event, fields));
}

}  // namespace lisper::hw
