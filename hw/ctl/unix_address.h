#pragma once

#include <sys/un.h>

#include <filesystem>

#include "core/base/result.h"

namespace lisper::hw::ctl {

/// Fails if the path is too long for one (107 bytes).
[[nodiscard]] Result<sockaddr_un> unix_address(const std::filesystem::path& path);

/// A socket file that nobody listens on any more.
[[nodiscard]] bool is_stale(const sockaddr_un& address);

/// "cannot WHAT PATH: REASON", the reason from errno.
[[nodiscard]] Error system_error(const char* what, const std::filesystem::path& path);

}  // namespace lisper::hw::ctl
