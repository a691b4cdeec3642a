#include "replay/under_nic.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "hw/nic_ports.h"

namespace lisper::replay {

bool under_nic() { return !hw::NicPort::addresses().empty(); }

Result<void> start_under_nic(std::size_t ports) {
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  const std::string nic = self.parent_path() / "nic82599";
  std::vector<std::string> command{nic, "--ports", fmt::to_string(ports), "--wire", "program", "--", self};
  std::ifstream line("/proc/self/cmdline", std::ios::binary);
  std::string argument;
  std::getline(line, argument, '\0');
  while (std::getline(line, argument, '\0')) command.push_back(argument);
  std::vector<char*> argv;
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execv(nic.c_str(), argv.data());
  return fail(fmt::format("{}: {}", nic, std::strerror(errno)));
}

}  // namespace lisper::replay
