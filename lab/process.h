#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "program/file_descriptor.h"

namespace lisper::lab {

/// Which process a pid meant when it was noted: pids are used again, start times are not.
struct ProcessId {
  pid_t pid = 0;
  std::uint64_t start_time = 0;  ///< [clock ticks since boot], field 22 of /proc/PID/stat
  friend bool operator==(const ProcessId&, const ProcessId&) = default;
};

/// Of the process that has this pid now; nullopt if there is none, or it is a zombie.
[[nodiscard]] std::optional<ProcessId> identify(pid_t pid);

/// Ends processes that need not be our children: SIGTERM to all, SIGKILL to those that are left after
/// `grace`. Those that are gone already, or whose pid means another process by now, are left alone.
void end_all(const std::vector<ProcessId>& processes, std::chrono::milliseconds grace);

struct ProcessSpec {
  std::vector<std::string> argv = {};  ///< argv[0] with a slash, or to be found in PATH
  std::string netns = {};              ///< of `ip netns`; empty: our own
  int in = -1;                         ///< stdin, stdout, stderr; -1: /dev/null. Not closed here.
  int out = -1;
  int err = -1;
};

/// A child, in a process group of its own, so that Ctrl-C reaches only us. Killed with the object.
class Process {
 public:
  /// Fails also if the program cannot be executed.
  [[nodiscard]] static Result<Process> spawn(const ProcessSpec& spec);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  [[nodiscard]] pid_t pid() const noexcept { return id_.pid; }
  [[nodiscard]] const ProcessId& id() const noexcept { return id_; }
  /// Readable when the process has ended.
  [[nodiscard]] int fd() const noexcept { return pidfd_.get(); }
  /// Its exit status, or 128 and the signal that ended it; nullopt if it still runs after `timeout`, or
  /// an interrupt came.
  std::optional<int> wait(std::chrono::milliseconds timeout);
  [[nodiscard]] bool running() { return !wait(std::chrono::milliseconds(0)); }
  void signal(int number) noexcept;
  /// SIGTERM, and SIGKILL after `grace`. Its status.
  int end(std::chrono::milliseconds grace);
  /// Lives on without us.
  void release() noexcept { released_ = true; }

 private:
  Process(ProcessId id, FileDescriptor pidfd) : id_(id), pidfd_(std::move(pidfd)) {}

  ProcessId id_;
  FileDescriptor pidfd_;
  std::optional<int> status_;
  bool released_ = false;
};

struct Output {
  int status = 0;
  std::string out;
  std::string err;
};

/// Runs a program to its end, with `input` on its stdin.
[[nodiscard]] Result<Output> run(std::vector<std::string> argv, const std::string& netns = {},
                                 std::string_view input = {});
/// The same for a program that has to succeed: its stdout. A failure says what it wrote to stderr.
[[nodiscard]] Result<std::string> must_run(std::vector<std::string> argv, const std::string& netns = {},
                                           std::string_view input = {});

/// All of an open file, from its beginning.
[[nodiscard]] std::string read_all(int fd);
/// A file in memory that starts out with `content`, positioned at its beginning.
[[nodiscard]] Result<FileDescriptor> memory_file(std::string_view content = {});

}  // namespace lisper::lab
