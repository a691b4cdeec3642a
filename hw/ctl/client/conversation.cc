#include "hw/ctl/client/conversation.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "hw/ctl/unix_address.h"
#include "program/progress.h"

namespace lisper::hw::ctl {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{5};
constexpr int kGlanceMs = 200;
constexpr const char* kStartHint = "start one with: lisper-hw SCENARIO --node NAME";

tl::unexpected<Trouble> trouble(std::string message, std::string hint, ExitCode code = ExitCode::kEnvironment) {
  return tl::unexpected(Trouble{code, std::move(message), std::move(hint)});
}

/// A node that died without farewell leaves its socket behind.
bool is_alive(const fs::path& socket) {
  const auto address = unix_address(socket);
  return address && !is_stale(*address);
}

std::string names(const std::vector<fs::path>& sockets) {
  std::vector<std::string> list;
  for (const fs::path& socket : sockets) list.push_back(socket.stem().string());
  return fmt::format("{}", fmt::join(list, ", "));
}

}  // namespace

Outcome<fs::path> find_socket(const fs::path& folder, std::string_view name) {
  std::vector<fs::path> sockets;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == ".sock" && entry.is_socket(error) && is_alive(entry.path()))
      sockets.push_back(entry.path());
  std::ranges::sort(sockets);
  if (sockets.empty())
    return trouble(fmt::format("no node runs that has its control socket in {}", folder.string()), kStartHint);
  if (name.empty()) {
    if (sockets.size() == 1) return sockets.front();
    return trouble(fmt::format("{} nodes run: {}", sockets.size(), names(sockets)), "choose one with --node",
                   ExitCode::kBadInput);
  }
  const auto found = std::ranges::find_if(sockets, [&](const fs::path& s) { return s.stem() == name; });
  if (found == sockets.end())
    return trouble(fmt::format("no node \"{}\" in {}", name, folder.string()),
                   fmt::format("these run: {}", names(sockets)));
  return *found;
}

Outcome<Conversation> Conversation::open(const fs::path& path) {
  const auto address = unix_address(path);
  if (!address) return trouble(address.error().message, "", ExitCode::kBadInput);
  Conversation conversation(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(conversation.fd_, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0)
    return conversation;
  const int reason = errno;
  return trouble(fmt::format("cannot talk to {}: {}", path.string(), std::strerror(reason)),
                 reason == EACCES || reason == EPERM ? "be root, or the user that the node runs as" : kStartHint);
}

Conversation::~Conversation() {
  if (fd_ >= 0) close(fd_);
}

Conversation::Conversation(Conversation&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), in_(std::move(other.in_)) {}

Outcome<nlohmann::ordered_json> Conversation::ask(const Request& request) {
  const std::string line = to_line(request) + "\n";
  if (send(fd_, line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size()))
    return trouble(fmt::format("the node does not listen: {}", std::strerror(errno)), "");
  auto answer = hear(kPatience);
  if (!answer || answer->value("ok", false)) return answer;
  const auto text = [&](const char* name) {
    const auto member = answer->find(name);
    return member != answer->end() && member->is_string() ? member->get<std::string>() : std::string();
  };
  return trouble(text("error"), text("hint"), ExitCode::kBadInput);
}

Outcome<nlohmann::ordered_json> Conversation::hear(std::optional<std::chrono::milliseconds> patience) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  std::size_t searched = 0;
  while (!interrupted()) {
    if (const auto end = in_.find('\n', searched); end != std::string::npos) {
      auto json = nlohmann::ordered_json::parse(in_.substr(0, end), nullptr, false);
      in_.erase(0, end + 1);
      if (!json.is_object()) return trouble("this is not a node's answer", "is it a node's control socket?");
      return json;
    }
    searched = in_.size();
    // In short waits, because a signal that comes just before one does not end it.
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, kGlanceMs) <= 0) {
      if (patience && Clock::now() - start > *patience)
        return trouble("the node does not answer", "is it stopped, or busy?");
      continue;
    }
    std::array<char, 65536> buffer;
    const auto got = recv(fd_, buffer.data(), buffer.size(), 0);
    if (got <= 0) return trouble("the node has ended the conversation", "");
    in_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return trouble("interrupted", "", ExitCode::kInterrupted);
}

}  // namespace lisper::hw::ctl
