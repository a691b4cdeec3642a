#include "hw/controller_sockets.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace lisper::hw {

namespace {

// The kernel carries no larger datagram over AF_UNIX with its default send buffer of 212992 bytes; twice that leaves
// room for machines where it was raised.
constexpr std::size_t kLargestMessage = 512 * 1024;
constexpr std::size_t kMostWaiting = 1024;
constexpr TimeNs kLookInterval = milliseconds(250);

bool set_address(sockaddr_un& address, const std::string& path) {
  address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.data(), path.size());
  return true;
}

int datagram_socket() { return socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

std::string last_error() { return std::strerror(errno); }

}  // namespace

ControllerSockets::ControllerSockets(std::string control_path, std::string punt_path)
    : control_path_(std::move(control_path)), punt_path_(std::move(punt_path)) {
  if (!control_path_.empty()) buffer_.resize(kLargestMessage);
}

ControllerSockets::ControllerSockets(ControllerSockets&& other) noexcept
    : control_path_(std::move(other.control_path_)),
      punt_path_(std::move(other.punt_path_)),
      control_(std::exchange(other.control_, -1)),
      punt_(std::exchange(other.punt_, -1)),
      punt_file_(other.punt_file_),
      control_file_(std::exchange(other.control_file_, std::nullopt)),
      buffer_(std::move(other.buffer_)),
      waiting_(std::move(other.waiting_)),
      next_look_(other.next_look_),
      punts_lost_(other.punts_lost_),
      truncated_(other.truncated_) {}

ControllerSockets::~ControllerSockets() {
  // Somebody may have put another socket there meanwhile.
  if (control_file_ && file_id(control_path_) == control_file_) unlink(control_path_.c_str());
  if (control_ >= 0) close(control_);
  if (punt_ >= 0) close(punt_);
}

Result<ControllerSockets> ControllerSockets::open(std::string control_path, std::string punt_path) {
  ControllerSockets sockets(std::move(control_path), std::move(punt_path));
  if (!sockets.control_path_.empty())
    if (auto ok = sockets.bind_control(); !ok) return tl::unexpected(ok.error());
  if (sockaddr_un ignored{}; !set_address(ignored, sockets.punt_path_))
    return fail(fmt::format("{}: too long for a socket's name", sockets.punt_path_));
  return sockets;
}

Result<void> ControllerSockets::bind_control() {
  sockaddr_un address{};
  if (!set_address(address, control_path_)) return fail(fmt::format("{}: too long for a socket's name", control_path_));
  struct stat status {};
  if (lstat(control_path_.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) return fail(fmt::format("{} is there already, and is no socket", control_path_));
    const int probe = datagram_socket();
    const bool alive = probe >= 0 && connect(probe, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    if (probe >= 0) close(probe);
    if (alive) return fail(fmt::format("{} is read by another program", control_path_));
    unlink(control_path_.c_str());
  }
  control_ = datagram_socket();
  if (control_ < 0) return fail("no socket: " + last_error());
  if (bind(control_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return fail(fmt::format("{}: {}", control_path_, last_error()));
  control_file_ = file_id(control_path_);
  return {};
}

std::optional<ControllerSockets::FileId> ControllerSockets::file_id(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return FileId{status.st_dev, status.st_ino};
}

std::optional<std::string_view> ControllerSockets::receive() {
  while (control_ >= 0) {
    const ssize_t size = recv(control_, buffer_.data(), buffer_.size(), MSG_TRUNC);
    if (size < 0) {
      if (errno == EINTR) continue;
      return std::nullopt;
    }
    if (static_cast<std::size_t>(size) <= buffer_.size())
      return std::string_view(buffer_.data(), static_cast<std::size_t>(size));
    ++truncated_;
  }
  return std::nullopt;
}

void ControllerSockets::punt(std::string_view message) {
  if (punt_path_.empty() || punt_ < 0 || waiting_.size() == kMostWaiting) {
    ++punts_lost_;
    return;
  }
  waiting_.emplace_back(message);
  flush();
}

void ControllerSockets::flush() {
  while (punt_ >= 0 && !waiting_.empty()) {
    const std::string& message = waiting_.front();
    if (send(punt_, message.data(), message.size(), MSG_NOSIGNAL) < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return;
      return disconnect_punt();
    }
    waiting_.pop_front();
  }
}

void ControllerSockets::disconnect_punt() {
  close(std::exchange(punt_, -1));
  punts_lost_ += waiting_.size();
  waiting_.clear();
}

bool ControllerSockets::connect_punt() {
  sockaddr_un address{};
  const auto file = file_id(punt_path_);
  if (!file || !set_address(address, punt_path_)) return false;
  const int fd = datagram_socket();
  if (fd < 0) return false;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close(fd);
    return false;
  }
  punt_ = fd;
  punt_file_ = *file;
  return true;
}

bool ControllerSockets::look_for_controller(TimeNs now) {
  flush();
  if (punt_path_.empty() || now < next_look_) return false;
  next_look_ = now + kLookInterval;
  // A controller that restarts binds the same name anew, and says nothing of it.
  if (punt_ >= 0 && file_id(punt_path_) != punt_file_) disconnect_punt();
  return punt_ < 0 && connect_punt();
}

}  // namespace lisper::hw
