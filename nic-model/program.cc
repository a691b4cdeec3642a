#include "nic-model/program.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace lisper::nic {

namespace {

void set_environment(const Tree& tree, const std::filesystem::path& shim) {
  const char* preload = std::getenv("LD_PRELOAD");
  const std::string list = preload == nullptr ? shim.string() : shim.string() + ":" + preload;
  const std::pair<const char*, std::string> variables[] = {
      {"LD_PRELOAD", list},
      {kChannelVariable, tree.root / "channel"},
      {kDoorbellVariable, tree.root / "doorbell"},
      {kLifelineVariable, tree.root / "lifeline"},
      {kTreeVariable, tree.root},
      {"RUNTIME_DIRECTORY", tree.root / "run"},  // where DPDK keeps its files
  };
  for (const auto& [name, value] : variables) ::setenv(name, value.c_str(), 1);
#ifdef __SANITIZE_ADDRESS__
  // Programs of this build have AddressSanitizer, too, which insists on being loaded first. What is preloaded does not
  // get in its way: it takes no memory of the program's, and hands faults that are not its own on.
  const char* options = std::getenv("ASAN_OPTIONS");
  const std::string extended = fmt::format("{}:verify_asan_link_order=0", options == nullptr ? "" : options);
  ::setenv("ASAN_OPTIONS", extended.c_str(), 1);
#endif
}

[[noreturn]] void become(const std::vector<std::string>& command, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  fmt::print(stderr, "nic82599: error: {}: {}\n", command[0], std::strerror(errno));
  ::_exit(127);
}

}  // namespace

Result<pid_t> start_program(const std::vector<std::string>& command, const Tree& tree,
                            const std::filesystem::path& shim) {
  if (::access(shim.c_str(), R_OK) != 0) return fail(fmt::format("{}: {}", shim.string(), std::strerror(errno)));
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return fail(fmt::format("cannot start a process: {}", std::strerror(errno)));
  if (child == 0) {
    set_environment(tree, shim);
    become(command, parent);
  }
  return child;
}

}  // namespace lisper::nic
