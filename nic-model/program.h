#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "nic-model/tree.h"

namespace lisper::nic {

/// Starts a program on the modelled ports. It does not outlive this process.
[[nodiscard]] Result<pid_t> start_program(const std::vector<std::string>& command, const Tree& tree,
                                          const std::filesystem::path& shim);

}  // namespace lisper::nic
