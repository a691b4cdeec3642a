#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "lab/hw_command.h"
#include "lab/layout.h"
#include "model/source.h"
#include "program/exit_code.h"

namespace lisper::lab {

struct CommandLine {
  enum class Command : std::uint8_t { kUp, kRun, kExec, kList, kDown, kCompare } command = Command::kRun;
  std::string scenario;                    ///< file; exec and down: or the name of a lab
  std::vector<model::Override> overrides;  ///< --set
  std::string name;                        ///< of the lab; empty: the scenario's
  Apps apps = Apps::kNamespaces;           ///< --apps
  Nic nic = Nic::kInterfaces;              ///< --nic
  std::filesystem::path out;               ///< run: empty: the default
  bool captures = false;
  bool json = false;
  bool quiet = false;
  bool all = false;                  ///< down
  std::string node;                  ///< exec
  std::vector<std::string> program;  ///< exec
  std::filesystem::path a, b;        ///< compare
};

/// The arguments understood; or, after help or an error was printed, the code to exit with.
[[nodiscard]] tl::expected<CommandLine, ExitCode> parse_command_line(int argc, char** argv);

}  // namespace lisper::lab
