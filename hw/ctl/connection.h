#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lisper::hw::ctl {

using Clock = std::chrono::steady_clock;

/// A client of the control server: a non-blocking stream socket with bounded buffers. Requests are taken one
/// at a time: nothing is read while an answer waits to be sent.
class Connection {
 public:
  /// Takes `fd` over.
  explicit Connection(int fd) : fd_(fd) {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_; }

  /// Reads what is there, up to kMaxRequest bytes.
  void receive();
  /// The next whole line, without its newline. The last one may lack it.
  [[nodiscard]] std::optional<std::string> take_line();
  [[nodiscard]] bool has_line() const noexcept;
  /// More came than a request may have, and no newline.
  [[nodiscard]] bool line_too_long() const noexcept;

  /// Queues a line, and sends what the socket takes.
  void send(std::string_view line);
  void flush();
  [[nodiscard]] std::size_t unsent() const noexcept { return out_.size() - sent_; }

  /// After what is queued, nothing more.
  void finish() noexcept { finishing_ = true; }
  [[nodiscard]] bool finishing() const noexcept { return finishing_; }
  /// The client said that it sends no more; it may still be reading.
  [[nodiscard]] bool at_end() const noexcept { return at_end_; }
  /// The client is gone.
  void abandon() noexcept { broken_ = true; }
  [[nodiscard]] bool broken() const noexcept { return broken_; }
  /// When bytes last moved in either direction.
  [[nodiscard]] Clock::time_point last_progress() const noexcept { return last_progress_; }

 private:
  int fd_;
  std::string in_;
  std::string out_;
  std::size_t sent_ = 0;  ///< of out_
  bool at_end_ = false;
  bool finishing_ = false;
  bool broken_ = false;
  Clock::time_point last_progress_ = Clock::now();
};

}  // namespace lisper::hw::ctl
