#include "program/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>

namespace lisper {

namespace {

volatile std::sig_atomic_t interrupt_flag = 0;

void on_signal(int) { interrupt_flag = 1; }

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() noexcept { return interrupt_flag != 0; }

Progress::Progress(bool wanted) : wanted_(wanted && isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::show(double done) {
  const auto now = Clock::now();
  if (!wanted_ || now < next_ || done <= 0) return;
  next_ = now + std::chrono::milliseconds(200);
  shown_ = true;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  fmt::print(stderr, "\r\x1b[K{:3.0f} %, about {:.0f} s to go", 100 * done, elapsed * (1 - done) / done);
  std::fflush(stderr);
}

}  // namespace lisper
