#include "lab/vm/virtual_machine.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <ctime>
#include <fstream>
#include <iterator>
#include <thread>

#include "lab/vm/guest_command.h"

namespace lisper::lab {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kBootPatience{120};  ///< in software, on a machine that has other things to do
constexpr seconds kCommandPatience{30};
constexpr milliseconds kPoll{50};

std::string last_words(const fs::path& folder) {
  std::string text;
  for (const char* name : {"qemu.log", "console.log"}) {
    std::ifstream file(folder / name);
    text.append(std::istreambuf_iterator<char>(file), {});
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  constexpr std::size_t kMost = 1500;
  if (text.size() > kMost) text = "..." + text.substr(text.size() - kMost);
  return text.empty() ? "it said nothing" : text;
}

/// Sets the guest's clock, which at boot has whole seconds only, at the start of one.
Result<Output> set_clock(const fs::path& folder) {
  const auto now = std::chrono::system_clock::now();
  const auto second = std::chrono::ceil<seconds>(now);
  std::this_thread::sleep_until(second);
  return run_in_guest(folder, {"date", "-s", fmt::format("@{}", second.time_since_epoch().count())}, kCommandPatience);
}

}  // namespace

Result<Process> start_guest(std::vector<std::string> argv, const std::string& netns, const fs::path& folder,
                            seconds patience, const NoteProcess& note) {
  std::error_code error;
  fs::create_directories(folder, error);
  const FileDescriptor log(::open((folder / "qemu.log").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!log) return fail(fmt::format("cannot write into {}", folder.string()));
  for (std::size_t i = 0; i < kGuestCommands; ++i) fs::remove(guest_socket(folder, i), error);
  auto process = Process::spawn({.argv = std::move(argv), .netns = netns, .out = log.get(), .err = log.get()});
  if (!process) return process;
  if (note)
    if (auto noted = note(process->id()); !noted) return tl::unexpected(noted.error());
  const auto failure = [&](const char* what) { return fail(fmt::format("{}: {}", what, last_words(folder))); };

  std::optional<GuestCommand> first;  // answered as soon as the guest is there
  for (const auto deadline = Clock::now() + patience; Clock::now() < deadline;) {
    if (!process->running()) return failure("QEMU has ended");
    if (!first) {
      auto started = GuestCommand::start(folder, {"true"}, kCommandPatience);
      if (started) {
        first = std::move(*started);
      } else {
        std::this_thread::sleep_for(kPoll);
      }
      continue;
    }
    const auto done = first->poll(kPoll);
    if (!done) return failure("the virtual machine has ended");
    if (*done) return process;
  }
  return failure("the virtual machine does not boot in time");
}

Result<VirtualMachine> VirtualMachine::boot(const VmConfig& config, const GuestImage& image, const NoteProcess& note) {
  auto argv = qemu_command(config, image);
  if (!argv) return tl::unexpected(argv.error());
  auto process = start_guest(std::move(*argv), config.netns, config.folder, kBootPatience, note);
  if (!process) return fail(fmt::format("{}: {}", config.name, process.error().message));
  VirtualMachine machine(config, std::move(*process));
  auto configured = machine.run({"sh", "-ec", guest_network_script(config.port, config.routes)}, kCommandPatience);
  if (configured && configured->status == 0) configured = set_clock(config.folder);
  if (!configured) return fail(fmt::format("{}: {}", config.name, configured.error().message));
  if (configured->status != 0) return fail(fmt::format("{}: in the guest: {}", config.name, configured->err));
  return machine;
}

Result<Output> VirtualMachine::run(std::vector<std::string> argv, seconds timeout) const {
  return run_in_guest(folder_, std::move(argv), timeout);
}

std::vector<std::string> VirtualMachine::command(const std::vector<std::string>& argv) const {
  return guest_exec_command(folder_, argv);
}

std::vector<std::string> guest_exec_command(const fs::path& folder, const std::vector<std::string>& argv) {
  const fs::path program = fs::read_symlink("/proc/self/exe").parent_path() / "lisper-guest-exec";
  std::vector<std::string> command{program.string(), folder.string(), "--"};
  command.insert(command.end(), argv.begin(), argv.end());
  return command;
}

}  // namespace lisper::lab
