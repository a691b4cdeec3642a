#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "lab/process.h"
#include "lab/vm/guest_image.h"
#include "lab/vm/qemu.h"

namespace lisper::lab {

/// Told of QEMU's process as soon as it exists.
using NoteProcess = std::function<Result<void>(const ProcessId&)>;

/// A virtual machine that runs: Linux on QEMU, behind QEMU's own end of an L2TPv3 tunnel. It ends with the object.
class VirtualMachine {
 public:
  /// Waits until the guest has its addresses. A failure quotes QEMU or the guest's console.
  [[nodiscard]] static Result<VirtualMachine> boot(const VmConfig& config, const GuestImage& image,
                                                   const NoteProcess& note = {});

  /// Runs a program in the guest to its end. May be called by several threads.
  [[nodiscard]] Result<Output> run(std::vector<std::string> argv, std::chrono::seconds timeout) const;
  /// A command line for the host that does the same, and takes signals for the program in the guest.
  [[nodiscard]] std::vector<std::string> command(const std::vector<std::string>& argv) const;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// QEMU's.
  [[nodiscard]] Process& process() noexcept { return process_; }

 private:
  VirtualMachine(const VmConfig& config, Process process)
      : name_(config.name), folder_(config.folder), process_(std::move(process)) {}

  std::string name_;
  std::filesystem::path folder_;
  Process process_;
};

/// Starts QEMU and waits until the guest answers, at most so long.
[[nodiscard]] Result<Process> start_guest(std::vector<std::string> argv, const std::string& netns,
                                          const std::filesystem::path& folder, std::chrono::seconds patience,
                                          const NoteProcess& note = {});

/// What VirtualMachine::command makes of `argv`, for a machine that somebody else has booted.
[[nodiscard]] std::vector<std::string> guest_exec_command(const std::filesystem::path& folder,
                                                          const std::vector<std::string>& argv);

}  // namespace lisper::lab
