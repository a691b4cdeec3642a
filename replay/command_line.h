#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "core/base/time.h"
#include "model/source.h"
#include "program/exit_code.h"

namespace lisper::replay {

struct CommandLine {
  enum class Mode : std::uint8_t { kSim, kHw, kNic, kBoth, kAll } mode = Mode::kBoth;
  std::filesystem::path scenario;
  std::string node;
  std::vector<model::Override> overrides;                     ///< --set
  std::vector<std::pair<std::string, std::string>> captures;  ///< --in: port, file
  std::vector<std::pair<std::string, std::string>> filters;   ///< --filter: port, pcap-filter(7)
  std::size_t generate = 0;                                   ///< frames
  double mutate = 0;                                          ///< share of frames, 0..1
  std::uint64_t seed = 1;                                     ///< of both
  TimeNs start = seconds(1);                                  ///< of the first frame
  bool stand_in = true;
  unsigned workers = 1;
  std::vector<std::string> eal;  ///< further arguments of EAL
  std::filesystem::path expect;  ///< folder; empty: none
  std::filesystem::path out;     ///< empty: nothing is written
  bool json = false;
  bool quiet = false;
};

/// The arguments understood; or, after help or an error was printed, the code to exit with.
[[nodiscard]] tl::expected<CommandLine, ExitCode> parse_command_line(int argc, char** argv);

}  // namespace lisper::replay
