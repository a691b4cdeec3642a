#pragma once

#include <sys/types.h>

#include <filesystem>

#include "core/base/result.h"

namespace lisper::hw::ctl {

/// A listening unix stream socket, non-blocking, at a path of mode 0600, which goes with it.
class Listener {
 public:
  /// See Server::listen().
  [[nodiscard]] static Result<Listener> open(const std::filesystem::path& path);
  ~Listener();
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  Listener(int fd, std::filesystem::path path, dev_t device, ino_t inode);

  int fd_;
  std::filesystem::path path_;
  dev_t device_;  ///< of the socket file, so that only our own is removed
  ino_t inode_;
};

}  // namespace lisper::hw::ctl
