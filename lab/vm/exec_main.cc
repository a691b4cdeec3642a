// lisper-guest-exec: runs a program in a virtual machine of a lab, as if it were one of the host's.

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "lab/vm/guest_command.h"
#include "program/exit_code.h"

namespace {

using lisper::ExitCode;

constexpr std::chrono::hours kLongest{24};

int give_up(ExitCode code, const std::string& message) {
  fmt::print(stderr, "lisper-guest-exec: {}\n", message);
  return static_cast<int>(code);
}

lisper::FileDescriptor open_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, number);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return lisper::FileDescriptor(signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4 || std::string_view(argv[2]) != "--")
    return give_up(ExitCode::kBadInput, "usage: lisper-guest-exec FOLDER -- PROGRAM [ARGUMENT...]");
  const auto signals = open_signals();
  auto command = lisper::lab::GuestCommand::start(argv[1], {argv + 3, argv + argc}, kLongest);
  if (!command) return give_up(ExitCode::kEnvironment, command.error().message);
  for (;;) {
    std::array<pollfd, 2> events{{{command->fd(), POLLIN, 0}, {signals.get(), POLLIN, 0}}};
    if (poll(events.data(), events.size(), -1) < 0) continue;
    signalfd_siginfo signal{};
    if (read(signals.get(), &signal, sizeof signal) == sizeof signal) {
      if (auto sent = command->signal(static_cast<int>(signal.ssi_signo)); !sent)
        return give_up(ExitCode::kEnvironment, sent.error().message);
    }
    const auto output = command->poll(std::chrono::milliseconds(0));
    if (!output) return give_up(ExitCode::kEnvironment, output.error().message);
    if (!*output) continue;
    std::fwrite((*output)->out.data(), 1, (*output)->out.size(), stdout);
    std::fwrite((*output)->err.data(), 1, (*output)->err.size(), stderr);
    return (*output)->status;
  }
}
