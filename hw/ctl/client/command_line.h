#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "hw/ctl/client/show.h"
#include "hw/ctl/protocol.h"
#include "program/exit_code.h"

namespace lisper::hw::ctl {

struct CommandLine {
  enum class Command : std::uint8_t { kShow, kClear, kTrace, kLookUp } command = Command::kShow;
  std::filesystem::path socket;  ///< --socket; empty: by `node`
  std::string node;              ///< --node; empty: the only one that runs
  View view = View::kStatus;
  bool json = false;
  bool all = false;             ///< show drops
  std::size_t rows = 1000;      ///< of tables
  std::optional<double> watch;  ///< [s] between two looks
  Trace trace;
  LookUp look_up;
};

/// The arguments understood; or, after help or an error was printed, the code to exit with.
[[nodiscard]] tl::expected<CommandLine, ExitCode> parse_command_line(int argc, char** argv);

}  // namespace lisper::hw::ctl
