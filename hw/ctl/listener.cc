#include "hw/ctl/listener.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "hw/ctl/unix_address.h"

namespace lisper::hw::ctl {

namespace {

/// Makes way for a new socket: removes one that nobody listens on.
Result<void> clear_path(const std::filesystem::path& path, const sockaddr_un& address) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return tl::unexpected(system_error("look at", path));
  }
  if (!S_ISSOCK(status.st_mode)) return fail(fmt::format("{} exists and is not a socket", path.native()));
  if (!is_stale(address)) return fail(fmt::format("{} is in use: another node runs under this name", path.native()));
  if (unlink(path.c_str()) != 0) return tl::unexpected(system_error("remove the stale socket", path));
  return {};
}

}  // namespace

Result<Listener> Listener::open(const std::filesystem::path& path) {
  const auto address = unix_address(path);
  if (!address) return tl::unexpected(address.error());
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (auto cleared = clear_path(path, *address); !cleared) return tl::unexpected(cleared.error());

  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return tl::unexpected(system_error("make a socket for", path));
  struct stat status {};
  // On Linux the mode of the socket before bind() is the mode of the file after it: no moment of 0777.
  if (fchmod(fd, 0600) != 0 || bind(fd, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0 ||
      lstat(path.c_str(), &status) != 0 || ::listen(fd, 16) != 0) {
    auto failed = system_error("listen on", path);
    close(fd);
    return tl::unexpected(std::move(failed));
  }
  return Listener(fd, path, status.st_dev, status.st_ino);
}

Listener::Listener(int fd, std::filesystem::path path, dev_t device, ino_t inode)
    : fd_(fd), path_(std::move(path)), device_(device), inode_(inode) {}

Listener::Listener(Listener&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)), device_(other.device_), inode_(other.inode_) {}

Listener::~Listener() {
  if (fd_ < 0) return;
  struct stat status {};
  if (lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_) unlink(path_.c_str());
  close(fd_);
}

}  // namespace lisper::hw::ctl
