#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "core/base/result.h"
#include "program/exit_code.h"

namespace lisper::nic {

/// "tap:lan": what is plugged into the ports.
struct WireChoice {
  enum class Kind { kCross, kLoop, kTap, kPacket, kPcap, kProgram } kind = Kind::kCross;
  std::string argument = {};                 ///< prefix of TAPs, or folder of captures
  std::vector<std::string> interfaces = {};  ///< kPacket: by port
};
[[nodiscard]] Result<WireChoice> parse_wire(const std::string& text);

struct CommandLine {
  std::vector<std::string> pci;  ///< the ports' addresses
  WireChoice wire;
  std::optional<std::uint64_t> rate;  ///< [bit/s] of a line
  std::vector<std::string> program;   ///< and its arguments
};

/// The arguments understood; or, after help or an error was printed, the code to exit with.
[[nodiscard]] tl::expected<CommandLine, ExitCode> parse_command_line(int argc, char** argv);

}  // namespace lisper::nic
