#include "hw/ctl/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "hw/ctl/protocol.h"

namespace lisper::hw::ctl {

namespace {

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

Connection::~Connection() { close(fd_); }

void Connection::receive() {
  std::array<char, kMaxRequest> buffer;
  const auto got = recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got > 0) {
    in_.append(buffer.data(), static_cast<std::size_t>(got));
    last_progress_ = Clock::now();
  } else if (got == 0) {
    at_end_ = true;
  } else if (!would_block()) {
    broken_ = true;
  }
}

bool Connection::has_line() const noexcept { return in_.find('\n') != std::string::npos || (at_end_ && !in_.empty()); }

bool Connection::line_too_long() const noexcept { return in_.size() > kMaxRequest && in_.find('\n') > kMaxRequest; }

std::optional<std::string> Connection::take_line() {
  if (!has_line()) return std::nullopt;
  const auto end = std::min(in_.find('\n'), in_.size());
  std::string line = in_.substr(0, end);
  in_.erase(0, end + 1);
  return line;
}

void Connection::send(std::string_view line) {
  out_ += line;
  flush();
}

void Connection::flush() {
  while (unsent() > 0 && !broken_) {
    const auto sent = ::send(fd_, out_.data() + sent_, unsent(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
      broken_ = !would_block();
      break;
    }
    sent_ += static_cast<std::size_t>(sent);
    last_progress_ = Clock::now();
  }
  if (unsent() == 0) {
    out_.clear();
    sent_ = 0;
  } else if (sent_ > out_.size() / 2) {
    out_.erase(0, sent_);
    sent_ = 0;
  }
}

}  // namespace lisper::hw::ctl
