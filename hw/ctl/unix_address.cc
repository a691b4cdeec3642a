#include "hw/ctl/unix_address.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace lisper::hw::ctl {

Result<sockaddr_un> unix_address(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& text = path.native();
  if (text.empty() || text.size() >= sizeof(address.sun_path))
    return fail(fmt::format("{}: a unix socket's path has 1 to {} bytes", text, sizeof(address.sun_path) - 1));
  std::ranges::copy(text, address.sun_path);
  return address;
}

bool is_stale(const sockaddr_un& address) {
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return false;
  const bool refused =
      connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno == ECONNREFUSED;
  close(probe);
  return refused;
}

Error system_error(const char* what, const std::filesystem::path& path) {
  return {fmt::format("cannot {} {}: {}", what, path.native(), std::strerror(errno))};
}

}  // namespace lisper::hw::ctl
