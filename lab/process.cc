#include "lab/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>

#include "lab/netns.h"

namespace lisper::lab {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// glibc 2.36 declares these in a header that clashes with <signal.h> in C++.
int open_pidfd(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }
int send_signal(int pidfd, int number) {
  return static_cast<int>(syscall(SYS_pidfd_send_signal, pidfd, number, nullptr, 0));
}

bool wait_readable(int fd, milliseconds timeout) {
  pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&entry, 1, static_cast<int>(timeout.count())) == 1;
}

/// In the child: only calls that are safe after fork().
[[noreturn]] void become(const std::vector<char*>& argv, const ProcessSpec& spec, int netns, int failure) {
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  const int wanted[] = {spec.in, spec.out, spec.err};
  bool ready = netns < 0 || setns(netns, CLONE_NEWNET) == 0;
  // Copies above 2 first, lest one of the three overwrite another.
  int copies[3];
  for (int i = 0; i < 3; ++i) copies[i] = fcntl(wanted[i] < 0 ? null : wanted[i], F_DUPFD_CLOEXEC, 3);
  for (int i = 0; i < 3; ++i) ready = ready && dup2(copies[i], i) == i;
  if (ready) execvp(argv[0], argv.data());
  const int error = errno;
  [[maybe_unused]] const auto written = write(failure, &error, sizeof error);
  _exit(127);
}

}  // namespace

std::optional<ProcessId> identify(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  // The second field is the name in brackets, which may hold anything.
  const auto end_of_name = text.rfind(')');
  if (end_of_name == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(end_of_name + 1));
  std::string field;
  ProcessId id{.pid = pid};
  for (int i = 3; i < 22 && fields >> field; ++i)
    if (i == 3 && (field == "Z" || field == "X")) return std::nullopt;
  if (!(fields >> id.start_time)) return std::nullopt;
  return id;
}

void end_all(const std::vector<ProcessId>& processes, milliseconds grace) {
  std::vector<FileDescriptor> alive;
  for (const ProcessId& process : processes) {
    FileDescriptor fd(open_pidfd(process.pid));
    // The descriptor first: from here on the pid cannot change its meaning unnoticed.
    if (!fd || identify(process.pid) != process) continue;
    send_signal(fd.get(), SIGTERM);
    send_signal(fd.get(), SIGCONT);
    alive.push_back(std::move(fd));
  }
  const auto deadline = Clock::now() + grace;
  for (const FileDescriptor& fd : alive) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now());
    if (wait_readable(fd.get(), std::max(left, milliseconds(0)))) continue;
    send_signal(fd.get(), SIGKILL);
    wait_readable(fd.get(), milliseconds(1000));
  }
}

Result<Process> Process::spawn(const ProcessSpec& spec) {
  FileDescriptor netns;
  if (!spec.netns.empty()) {
    auto opened = open_netns(spec.netns);
    if (!opened) return tl::unexpected(opened.error());
    netns = std::move(*opened);
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail(fmt::format("pipe: {}", std::strerror(errno)));
  const FileDescriptor read_end(ends[0]);
  FileDescriptor write_end(ends[1]);
  std::vector<char*> argv;
  for (const std::string& argument : spec.argv) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid < 0) return fail(fmt::format("fork: {}", std::strerror(errno)));
  if (pid == 0) become(argv, spec, netns.get(), write_end.get());
  write_end = FileDescriptor();
  Process process({.pid = pid, .start_time = 0}, FileDescriptor(open_pidfd(pid)));
  // Ends without a byte when exec() succeeded.
  int error = 0;
  ssize_t got;
  do got = read(read_end.get(), &error, sizeof error);
  while (got < 0 && errno == EINTR);
  if (got == sizeof error) return fail(fmt::format("{}: {}", spec.argv.front(), std::strerror(error)));
  if (const auto id = identify(pid)) process.id_ = *id;
  return process;
}

Process::Process(Process&& other) noexcept
    : id_(std::exchange(other.id_, {})),
      pidfd_(std::move(other.pidfd_)),
      status_(other.status_),
      released_(other.released_) {}

Process& Process::operator=(Process&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(pidfd_, other.pidfd_);
  std::swap(status_, other.status_);
  std::swap(released_, other.released_);
  return *this;
}

Process::~Process() {
  if (id_.pid == 0 || status_ || released_) return;
  signal(SIGKILL);
  waitpid(id_.pid, nullptr, 0);
}

std::optional<int> Process::wait(milliseconds timeout) {
  if (status_) return status_;
  if (timeout.count() > 0 && !wait_readable(pidfd_.get(), timeout)) return std::nullopt;
  int status = 0;
  if (waitpid(id_.pid, &status, WNOHANG) != id_.pid) return std::nullopt;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return status_;
}

void Process::signal(int number) noexcept {
  if (!status_) send_signal(pidfd_.get(), number);
}

int Process::end(milliseconds grace) {
  if (!running()) return *status_;
  signal(SIGTERM);
  const auto deadline = Clock::now() + grace;
  // An interrupt cuts a wait short, and is no reason to kill sooner.
  for (auto now = Clock::now(); now < deadline; now = Clock::now())
    if (wait(std::chrono::ceil<milliseconds>(deadline - now))) return *status_;
  signal(SIGKILL);
  while (!wait(milliseconds(1000))) {
  }
  return *status_;
}

Result<FileDescriptor> memory_file(std::string_view content) {
  FileDescriptor file(memfd_create("lisper-lab", MFD_CLOEXEC));
  if (!file) return fail(fmt::format("memfd_create: {}", std::strerror(errno)));
  while (!content.empty()) {
    const ssize_t written = write(file.get(), content.data(), content.size());
    if (written < 0) return fail(fmt::format("memory file: {}", std::strerror(errno)));
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::string read_all(int fd) {
  std::string text;
  char buffer[65536];
  ssize_t got;
  while ((got = pread(fd, buffer, sizeof buffer, static_cast<off_t>(text.size()))) > 0)
    text.append(buffer, static_cast<std::size_t>(got));
  return text;
}

Result<Output> run(std::vector<std::string> argv, const std::string& netns, std::string_view input) {
  auto in = memory_file(input);
  auto out = memory_file();
  auto err = memory_file();
  if (!in || !out || !err) return fail("no memory for the output of " + argv.front());
  auto process =
      Process::spawn({.argv = std::move(argv), .netns = netns, .in = in->get(), .out = out->get(), .err = err->get()});
  if (!process) return tl::unexpected(process.error());
  std::optional<int> status;
  while (!status) status = process->wait(milliseconds(60'000));
  return Output{.status = *status, .out = read_all(out->get()), .err = read_all(err->get())};
}

Result<std::string> must_run(std::vector<std::string> argv, const std::string& netns, std::string_view input) {
  const std::string command = fmt::format("{}", fmt::join(argv, " "));
  auto output = run(std::move(argv), netns, input);
  if (!output) return tl::unexpected(output.error());
  if (output->status != 0) {
    const auto end = output->err.find_last_not_of(" \n");
    return fail(fmt::format(
        "{}{}: {}", command, netns.empty() ? "" : " in " + netns,
        end == std::string::npos ? fmt::format("status {}", output->status) : output->err.substr(0, end + 1)));
  }
  return std::move(output->out);
}

}  // namespace lisper::lab
