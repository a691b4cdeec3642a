#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "model/source.h"
#include "program/exit_code.h"

namespace lisper::sim {

struct CommandLine {
  enum class Command : std::uint8_t { kRun, kValidate, kGraph, kReport } command = Command::kRun;
  std::filesystem::path scenario;
  std::vector<model::Override> overrides;  ///< --set, and --seed
  std::filesystem::path out;               ///< empty: the default
  unsigned runs = 1;
  unsigned jobs = 1;
  bool captures = true;
  bool json = false;
  bool quiet = false;
  bool svg = false;              ///< graph
  std::filesystem::path folder;  ///< report
};

/// The arguments understood; or, after help or an error was printed, the code to exit with.
[[nodiscard]] tl::expected<CommandLine, ExitCode> parse_command_line(int argc, char** argv);

}  // namespace lisper::sim
