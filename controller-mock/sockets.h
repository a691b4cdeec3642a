#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"
#include "program/file_descriptor.h"

namespace lisper::controller {

/// The end of a LISPER's punt socket that the controller binds: AF_UNIX datagrams, never blocking. The
/// file goes with the object.
class PuntSocket {
 public:
  /// Replaces a socket that nobody reads any more; refuses to replace anything else.
  [[nodiscard]] static Result<PuntSocket> bind(const std::string& path);
  PuntSocket(PuntSocket&& other) noexcept : fd_(std::move(other.fd_)), path_(std::exchange(other.path_, {})) {}
  PuntSocket& operator=(PuntSocket&&) = delete;
  ~PuntSocket();

  /// The next datagram, cut at 64 KiB; nullopt if none waits.
  [[nodiscard]] std::optional<std::string> receive();
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  PuntSocket(FileDescriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  FileDescriptor fd_;
  std::string path_;
};

/// Our end, unbound, of a control socket that a LISPER binds and that comes and goes with it.
class ControlSocket {
 public:
  explicit ControlSocket(std::string path) : path_(std::move(path)) {}

  /// Whether there is somebody to send to now.
  [[nodiscard]] bool connect();

  enum class Sent {
    kYes,
    kFull,     ///< it has not read the earlier ones: later
    kGone,     ///< nobody reads: connect() again
    kRefused,  ///< too large for the kernel, say: never
  };
  [[nodiscard]] Sent send(std::string_view datagram);
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
  FileDescriptor fd_;
};

}  // namespace lisper::controller
