// nic82599: starts a DPDK program on software models of Intel 82599 ports.

#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>

#include "nic-model/card.h"
#include "nic-model/command_line.h"
#include "nic-model/program.h"
#include "nic-model/tree.h"

namespace lisper::nic {

namespace {

// With traffic there is soon more to do, and to wake up takes long.
constexpr std::chrono::microseconds kSpin(100);

int give_up(ExitCode code, const std::string& message) {
  fmt::print(stderr, "nic82599: error: {}\n", message);
  return static_cast<int>(code);
}

Result<std::unique_ptr<Wire>> make_wire(const WireChoice& choice, Wire::Ports& ports) {
  switch (choice.kind) {
    case WireChoice::Kind::kLoop:
      return loop_wire(ports);
    case WireChoice::Kind::kTap:
      return tap_wire(ports, choice.argument);
    case WireChoice::Kind::kPacket:
      return packet_wire(ports, choice.interfaces);
    case WireChoice::Kind::kProgram:
      return program_wire(ports);
    case WireChoice::Kind::kPcap:
      return pcap_wire(ports, choice.argument);
    case WireChoice::Kind::kCross:
      break;
  }
  return cross_wire(ports);
}

/// Blocks the signals that we handle, and gives where they are read.
FileDescriptor catch_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGCHLD}) sigaddset(&signals, signal);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return FileDescriptor(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

/// The program's exit code, once it has ended.
std::optional<int> ended(pid_t program) {
  int status = 0;
  if (waitpid(program, &status, WNOHANG) != program) return std::nullopt;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::optional<int> handle_signals(int fd, pid_t program, Card& card) {
  signalfd_siginfo signal{};
  while (read(fd, &signal, sizeof signal) == sizeof signal) {
    const int number = static_cast<int>(signal.ssi_signo);
    if (number == SIGUSR1) card.toggle_cables();
    // A terminal has sent it to the program as well.
    else if (number != SIGCHLD && signal.ssi_code != SI_KERNEL)
      kill(program, number);
    if (number != SIGCHLD) continue;
    if (const auto code = ended(program)) return code;
  }
  return std::nullopt;
}

/// A driver that sets a card up reads thousands of registers, one at a time: on a busy machine that is soon done only
/// if whoever answers comes first. Once there is traffic we are a process like others.
void come_first(bool yes) {
  const sched_param priority{.sched_priority = yes ? 1 : 0};
  sched_setscheduler(0, yes ? SCHED_FIFO : SCHED_OTHER, &priority);
}

int serve(Card& card, pid_t program, int signals) {
  using Clock = std::chrono::steady_clock;
  constexpr unsigned kTurnsBetweenLooks = 256;
  auto last_work = Clock::now();
  bool started = false;
  come_first(true);
  for (unsigned turn = 0;; ++turn) {
    const bool worked = card.run();
    if (turn % kTurnsBetweenLooks == 0)
      if (const auto code = handle_signals(signals, program, card)) return *code;
    if (worked) {
      last_work = Clock::now();
      if (started != card.started()) come_first(started);
      started = card.started();
    } else if (!started || Clock::now() - last_work > kSpin) {
      card.wait({{signals, POLLIN, 0}});
      if (const auto code = handle_signals(signals, program, card)) return *code;
    }
  }
}

int carry_out(const CommandLine& line) {
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  auto tree = plant(line.pci);
  if (!tree) return give_up(ExitCode::kEnvironment, tree.error().message);
  Card card(*tree, line.rate);
  auto wire = make_wire(line.wire, card.ports());
  if (!wire) return give_up(ExitCode::kEnvironment, wire.error().message);
  card.plug(std::move(*wire));
  const FileDescriptor signals = catch_signals();
  const auto program = start_program(line.program, *tree, folder / "libnic82599.so");
  if (!program) return give_up(ExitCode::kEnvironment, program.error().message);
  const int code = serve(card, *program, signals.get());
  fmt::print(stderr, "{}", card.summary(line.pci));
  return code;
}

}  // namespace

}  // namespace lisper::nic

int main(int argc, char** argv) {
  using lisper::ExitCode;
  try {
    const auto line = lisper::nic::parse_command_line(argc, argv);
    if (!line) return static_cast<int>(line.error());
    return lisper::nic::carry_out(*line);
  } catch (const std::exception& error) {
    fmt::print(stderr, "nic82599: internal error: {}\n", error.what());
    return static_cast<int>(ExitCode::kInternal);
  }
}
