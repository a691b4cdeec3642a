#pragma once

#include "program/exit_code.h"

namespace lisper::hw::doctor {

/// `lisper-hw doctor [SCENARIO --node NAME]`; argv[0] is "doctor".
[[nodiscard]] ExitCode command(int argc, char** argv);

}  // namespace lisper::hw::doctor
