#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "core/base/result.h"
#include "model/source.h"
#include "program/exit_code.h"

namespace lisper::endpoint {

/// "e0=packet:veth1": a port of the node, and what it is here.
struct PortBinding {
  enum class Kind : std::uint8_t { kPacket, kTap } kind = Kind::kPacket;
  std::string port;
  std::string device;
};
[[nodiscard]] Result<PortBinding> parse_port_binding(std::string_view text);

struct CommandLine {
  std::filesystem::path scenario;
  std::vector<model::Override> overrides;
  std::string node;
  std::vector<PortBinding> ports;
  std::filesystem::path captures;  ///< folder; empty: none
  std::filesystem::path result;    ///< file; empty: none
};

/// The arguments understood; or, after help or an error was printed, the code to exit with.
[[nodiscard]] tl::expected<CommandLine, ExitCode> parse_command_line(int argc, char** argv);

}  // namespace lisper::endpoint
