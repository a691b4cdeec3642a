#include "lab/vm/guest_command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <sstream>

namespace lisper::lab {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// What a busy machine may take from a program's end to the reply.
constexpr seconds kSlack{20};

std::string make_token() {
  std::uint64_t value = 0;
  (void)!getrandom(&value, sizeof value, 0);
  return fmt::format("{:016x}", value);
}

/// RFC 4648 4.
std::string base64(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, text.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j) bits = bits << 8 | (j < count ? static_cast<unsigned char>(text[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j) result += j <= count ? kDigits[bits >> (18 - 6 * j) & 63] : '=';
  }
  return result;
}

std::string shell_word(std::string_view word) {
  std::string result = "'";
  for (const char c : word) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c;
    }
  }
  return result + "'";
}

/// The shell becomes the program, so that signals reach it. In /sbin are the programs that busybox has too, but should
/// not be used of it.
std::string script_of(const std::vector<std::string>& argv) {
  std::string script =
      "program=" + shell_word(argv.front()) + "\n[ -x \"/sbin/$program\" ] && program=/sbin/$program\n";
  script += "exec \"$program\"";
  for (std::size_t i = 1; i < argv.size(); ++i) script += " " + shell_word(argv[i]);
  return script + "\n";
}

Result<FileDescriptor> connect_to(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = path.string();
  if (name.size() >= sizeof address.sun_path) return fail(fmt::format("{}: too long for a socket's name", name));
  name.copy(address.sun_path, name.size());
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(fmt::format("cannot reach the virtual machine at {}: {}", name, std::strerror(errno)));
  return socket;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

std::filesystem::path guest_socket(const std::filesystem::path& folder, std::size_t index) {
  return folder / fmt::format("command{}", index);
}

Result<GuestCommand> GuestCommand::start(const std::filesystem::path& folder, std::vector<std::string> argv,
                                         seconds timeout) {
  for (std::size_t i = 0; i < kGuestCommands; ++i) {
    const auto path = guest_socket(folder, i);
    FileDescriptor lock(::open((path.string() + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock) return fail(fmt::format("there is no virtual machine in {}", folder.string()));
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) continue;
    auto socket = connect_to(path);
    if (!socket) return tl::unexpected(socket.error());
    std::string token = make_token();
    if (!write_all(socket->get(), fmt::format("{} {} {}\n", token, timeout.count(), base64(script_of(argv)))))
      return fail(fmt::format("the virtual machine in {} has ended", folder.string()));
    return GuestCommand(folder, std::move(lock), std::move(*socket), std::move(token));
  }
  return fail(
      fmt::format("the virtual machine in {} carries out {} commands already", folder.string(), kGuestCommands));
}

Result<std::optional<Output>> GuestCommand::poll(milliseconds wait) {
  const auto deadline = Clock::now() + wait;
  for (;;) {
    pollfd event{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    const int ready = ::poll(&event, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready <= 0) return std::nullopt;
    std::array<char, 65536> bytes;
    const auto count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (count <= 0) return fail(fmt::format("the virtual machine in {} has ended", folder_.string()));
    received_.append(bytes.data(), static_cast<std::size_t>(count));
    if (auto output = parse()) return output;
  }
}

/// Before our reply there may be one, whole or not, to somebody who has gone.
std::optional<Output> GuestCommand::parse() {
  const auto at = received_.find(token_);
  if (at == received_.npos) return std::nullopt;
  received_.erase(0, at);
  const auto end = received_.find('\n');
  if (end == received_.npos) return std::nullopt;
  std::istringstream header(received_.substr(token_.size(), end - token_.size()));
  Output output;
  std::size_t out = 0;
  std::size_t err = 0;
  header >> output.status >> out >> err;
  if (received_.size() < end + 1 + out + err) return std::nullopt;
  output.out = received_.substr(end + 1, out);
  output.err = received_.substr(end + 1 + out, err);
  return output;
}

Result<void> GuestCommand::signal(int number) const {
  const auto script = fmt::format("[ ! -e /run/{0} ] || kill -{1} $(cat /run/{0})", token_, number);
  const auto output = run_in_guest(folder_, {"sh", "-c", script}, seconds(10));
  if (!output) return tl::unexpected(output.error());
  return {};
}

Result<Output> run_in_guest(const std::filesystem::path& folder, std::vector<std::string> argv, seconds timeout) {
  auto command = GuestCommand::start(folder, std::move(argv), timeout);
  if (!command) return tl::unexpected(command.error());
  auto output = command->poll(timeout + kSlack);
  if (!output) return tl::unexpected(output.error());
  if (!*output) return fail(fmt::format("the virtual machine in {} does not answer", folder.string()));
  return std::move(**output);
}

}  // namespace lisper::lab
