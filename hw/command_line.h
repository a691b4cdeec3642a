#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "hw/node.h"
#include "hw/runner.h"
#include "model/source.h"
#include "program/exit_code.h"

namespace lisper::hw {

struct CommandLine {
  std::filesystem::path scenario;
  std::string node;
  std::vector<model::Override> overrides;
  std::map<std::string, std::string> devices;  ///< --bind: port -> devargs
  unsigned workers = 1;
  std::vector<unsigned> cpus;    ///< of the workers, in order; empty: chosen
  std::optional<Spread> spread;  ///< absent: by the number of workers
  Idle idle = Idle::kPoll;
  std::uint16_t descriptors = 1024;
  bool no_huge = false;
  std::filesystem::path ctl;  ///< empty: the default place
  std::string metrics;        ///< "ADDRESS:PORT"; empty: none
  bool json_log = false;
  bool verbose = false;
  std::vector<std::string> eal;
};

/// The arguments understood; or, after help or an error was printed, the code to exit with.
[[nodiscard]] tl::expected<CommandLine, ExitCode> parse_command_line(int argc, char** argv);

}  // namespace lisper::hw
