#pragma once

#include <CLI/App.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "model/source.h"
#include "program/exit_code.h"

namespace lisper {

/// Says on stderr what is wrong with a program's arguments, and where its help is.
[[nodiscard]] tl::unexpected<ExitCode> refuse(std::string_view program, std::string_view what);

/// Fails after help or an error was printed, with the code to exit with.
[[nodiscard]] tl::expected<void, ExitCode> parse(CLI::App& app, int argc, char** argv);
/// The same for arguments that are not all the program's: in their order, without its name.
[[nodiscard]] tl::expected<void, ExitCode> parse(CLI::App& app, std::vector<std::string> arguments);

/// Adds --set PATH=VALUE, which every program that loads a scenario has.
void add_overrides(CLI::App& app, std::vector<model::Override>& overrides);

}  // namespace lisper
