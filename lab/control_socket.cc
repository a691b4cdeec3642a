#include "lab/control_socket.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lab/process.h"

namespace lisper::lab {

namespace {

constexpr timeval kPatience{.tv_sec = 5, .tv_usec = 0};

}  // namespace

Result<nlohmann::json> ask(const std::filesystem::path& path, const nlohmann::json& question) {
  const auto fails = [&](const std::string& why) { return fail(fmt::format("{}: {}", path.string(), why)); };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.size() >= sizeof address.sun_path) return fails("the path is too long");
  text.copy(address.sun_path, sizeof address.sun_path - 1);
  const FileDescriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fails(std::strerror(errno));
  const std::string line = question.dump() + "\n";
  if (send(fd.get(), line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size()))
    return fails(std::strerror(errno));

  std::string answer;
  char buffer[65536];
  while (answer.empty() || answer.back() != '\n') {
    const ssize_t got = recv(fd.get(), buffer, sizeof buffer, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fails(got == 0 ? "closed without an answer" : std::strerror(errno));
    answer.append(buffer, static_cast<std::size_t>(got));
  }
  auto json = nlohmann::json::parse(answer, nullptr, false);
  if (!json.is_object()) return fails("the answer is no JSON object");
  if (!json.value("ok", false)) return fails(json.value("error", "refused"));
  return json;
}

}  // namespace lisper::lab
