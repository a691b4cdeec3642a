#pragma once

#include <filesystem>
#include <string_view>

namespace lisper::hw {

/// Where running nodes put their control sockets: /run/lisper for root, else $XDG_RUNTIME_DIR/lisper, else
/// /tmp/lisper-UID.
[[nodiscard]] std::filesystem::path socket_directory();

/// A node's control socket there: "site04.sock".
[[nodiscard]] std::filesystem::path socket_path(std::string_view node);

}  // namespace lisper::hw
