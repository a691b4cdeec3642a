#include "lab/state.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "lab/netns.h"

namespace lisper::lab {

namespace {

namespace fs = std::filesystem;

const fs::path kRoot = "/run/lisper-lab";
constexpr const char* kOwner = "lisper-lab";
constexpr std::chrono::milliseconds kGrace{5000};

constexpr const char* kScenarioFile = "scenario";
constexpr const char* kNetnsFile = "netns";
constexpr const char* kSocketFile = "sockets";
constexpr const char* kProcessFile = "processes";

/// A UNIX socket whose process is gone; nothing else may be removed.
bool is_dead_socket(const std::string& path) {
  std::error_code ignored;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (!fs::is_socket(path, ignored) || path.size() >= sizeof address.sun_path) return false;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  for (const int type : {SOCK_DGRAM, SOCK_STREAM}) {
    const FileDescriptor fd(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN)
      return false;
  }
  return true;
}

}  // namespace

fs::path State::folder_of(const std::string& lab) { return kRoot / lab; }

fs::path guest_folder(const fs::path& lab, const std::string& node) { return lab / (node + ".guest"); }

Result<State> State::create(const std::string& lab, const fs::path& scenario) {
  std::error_code error;
  fs::create_directories(kRoot, error);
  if (error) return fail(fmt::format("{}: {}", kRoot.string(), error.message()));
  State state(folder_of(lab));
  if (!fs::create_directory(state.folder_, error)) {
    if (error) return fail(fmt::format("{}: {}", state.folder_.string(), error.message()));
    return fail(fmt::format("lab {0} exists already; `lisper-lab down {0}` removes it", lab));
  }
  if (auto noted = state.append(kScenarioFile, fs::absolute(scenario).string()); !noted)
    return tl::unexpected(noted.error());
  const auto self = identify(getpid());
  if (auto noted = state.add_process(kOwner, self.value_or(ProcessId{})); !noted) return tl::unexpected(noted.error());
  return state;
}

Result<State> State::open(const std::string& lab) {
  State state(folder_of(lab));
  std::error_code ignored;
  if (!fs::is_directory(state.folder_, ignored)) return fail(fmt::format("no lab {} is up", lab));
  return state;
}

std::vector<std::string> State::all() {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(kRoot, ignored)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> State::append(const char* file, const std::string& line) {
  const fs::path path = folder_ / file;
  const FileDescriptor fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
  const std::string text = line + "\n";
  if (!fd || write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return fail(fmt::format("{}: {}", path.string(), std::strerror(errno)));
  return {};
}

std::vector<std::string> State::lines(const char* file) const {
  std::vector<std::string> list;
  std::ifstream in(folder_ / file);
  for (std::string line; std::getline(in, line);) list.push_back(line);
  return list;
}

Result<void> State::add_netns(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : "\n") + name;
  return append(kNetnsFile, text);
}

Result<void> State::add_socket(const std::string& path) { return append(kSocketFile, path); }

Result<void> State::add_process(const std::string& name, const ProcessId& id) {
  return append(kProcessFile, fmt::format("{} {} {}", id.pid, id.start_time, name));
}

std::vector<State::Member> State::processes() const {
  std::vector<Member> members;
  for (const std::string& line : lines(kProcessFile)) {
    std::istringstream fields(line);
    Member member;
    if (fields >> member.id.pid >> member.id.start_time && std::getline(fields >> std::ws, member.name))
      members.push_back(std::move(member));
  }
  return members;
}

std::vector<std::string> State::netns() const { return lines(kNetnsFile); }
std::vector<std::string> State::sockets() const { return lines(kSocketFile); }

std::string State::scenario() const {
  const auto list = lines(kScenarioFile);
  return list.empty() ? "" : list.front();
}

std::optional<State::Member> State::owner() const {
  for (const Member& member : processes())
    if (member.name == kOwner && identify(member.id.pid) == member.id) return member;
  return std::nullopt;
}

Result<void> State::remove_lab() {
  // The owner first: it tears its lab down by itself, and starts nothing new.
  std::vector<ProcessId> owners;
  for (const Member& member : processes())
    if (member.name == kOwner && member.id.pid != getpid()) owners.push_back(member.id);
  end_all(owners, 4 * kGrace);
  std::error_code error;
  if (!fs::is_directory(folder_, error)) return {};  // which it did
  std::vector<ProcessId> others;
  for (const Member& member : processes())
    if (member.id.pid != getpid()) others.push_back(member.id);
  end_all(others, kGrace);

  const auto existing = netns_names();
  std::vector<std::string> ours;
  for (const std::string& name : netns())
    if (std::binary_search(existing.begin(), existing.end(), name)) ours.push_back(name);
  if (auto deleted = delete_netns(ours); !deleted) return deleted;
  for (const std::string& path : sockets())
    if (is_dead_socket(path)) fs::remove(path, error);
  fs::remove_all(folder_, error);
  if (error) return fail(fmt::format("{}: {}", folder_.string(), error.message()));
  fs::remove(kRoot, error);  // the last one
  return {};
}

}  // namespace lisper::lab
