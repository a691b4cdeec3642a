#include "controller-mock/sockets.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace lisper::controller {
namespace {

std::optional<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return std::nullopt;
  path.copy(address.sun_path, path.size());
  return address;
}

int connect_to(int fd, const sockaddr_un& address) {
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

FileDescriptor make_socket() { return FileDescriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)); }

tl::unexpected<Error> fail_with(const std::string& path, int error) {
  return fail(fmt::format("cannot bind {}: {}", path, std::strerror(error)));
}

}  // namespace

Result<PuntSocket> PuntSocket::bind(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return fail_with(path, ENAMETOOLONG);
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) return fail_with(path, EEXIST);
    if (connect_to(make_socket().get(), *address) == 0) return fail_with(path, EADDRINUSE);
    ::unlink(path.c_str());
  }
  auto fd = make_socket();
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
    return fail_with(path, errno);
  return PuntSocket(std::move(fd), path);
}

PuntSocket::~PuntSocket() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

std::optional<std::string> PuntSocket::receive() {
  std::string datagram(64u << 10, '\0');
  const auto size = ::recv(fd_.get(), datagram.data(), datagram.size(), 0);
  if (size < 0) return std::nullopt;
  datagram.resize(static_cast<std::size_t>(size));
  return datagram;
}

bool ControlSocket::connect() {
  const auto address = address_of(path_);
  auto fd = make_socket();
  if (!address || connect_to(fd.get(), *address) != 0) return false;
  fd_ = std::move(fd);
  return true;
}

ControlSocket::Sent ControlSocket::send(std::string_view datagram) {
  if (::send(fd_.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL) >= 0) return Sent::kYes;
  switch (errno) {
    case EAGAIN:
    case ENOBUFS:
    case EINTR:
      return Sent::kFull;
    case ECONNREFUSED:
    case ECONNRESET:
    case ENOTCONN:
    case EBADF:
    case ENOENT:
      return Sent::kGone;
    default:
      return Sent::kRefused;
  }
}

}  // namespace lisper::controller
