#include "program/arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

namespace lisper {

tl::unexpected<ExitCode> refuse(std::string_view program, std::string_view what) {
  fmt::print(stderr, "{0}: {1}\nTry: {0} --help\n", program, what);
  return tl::unexpected(ExitCode::kBadInput);
}

tl::expected<void, ExitCode> parse(CLI::App& app, int argc, char** argv) {
  return parse(app, std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
}

tl::expected<void, ExitCode> parse(CLI::App& app, std::vector<std::string> arguments) {
  std::ranges::reverse(arguments);  // CLI11 takes the last first
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) return refuse(app.get_name(), error.what());
    app.exit(error, std::cout, std::cerr);
    return tl::unexpected(ExitCode::kOk);
  }
  return {};
}

void add_overrides(CLI::App& app, std::vector<model::Override>& overrides) {
  const auto take = [&overrides](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      auto parsed = model::parse_override(text);
      if (!parsed) throw CLI::ValidationError("--set " + text, parsed.error().message);
      overrides.push_back(std::move(*parsed));
    }
  };
  app.add_option_function<std::vector<std::string>>(
         "--set", take, "Use VALUE at PATH of the scenario, as links[0].delay=5ms; may be repeated")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
}

}  // namespace lisper
