#include "hw/ctl/socket_path.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

namespace lisper::hw {

std::filesystem::path socket_directory() {
  if (geteuid() == 0) return "/run/lisper";
  if (const char* folder = std::getenv("XDG_RUNTIME_DIR"); folder != nullptr && *folder == '/')
    return std::filesystem::path(folder) / "lisper";
  return "/tmp/lisper-" + std::to_string(geteuid());
}

std::filesystem::path socket_path(std::string_view node) { return socket_directory() / (std::string(node) + ".sock"); }

}  // namespace lisper::hw
