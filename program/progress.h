#pragma once

#include <chrono>

namespace lisper {

/// From now on SIGINT and SIGTERM set a flag instead of ending the process.
void catch_interrupts();
[[nodiscard]] bool interrupted() noexcept;

/// A line on stderr with what is done and how long the rest will take, if stderr is a terminal and the
/// work takes over two seconds. The only thing here that looks at a clock on the wall.
class Progress {
 public:
  explicit Progress(bool wanted);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(double done);

 private:
  using Clock = std::chrono::steady_clock;
  bool wanted_;
  bool shown_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_ = start_ + std::chrono::seconds(2);
};

}  // namespace lisper
