#include "hw/sleeper.h"

#include <linux/if_packet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <utility>

namespace lisper::hw {

namespace {

constexpr std::size_t kMostSockets = 64;

/// The interface that an AF_PACKET socket is bound to; 0: it is none.
unsigned interface_of(int fd) {
  sockaddr_ll address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0 || address.sll_family != AF_PACKET) return 0;
  return static_cast<unsigned>(address.sll_ifindex);
}

}  // namespace

Sleeper::Sleeper() : wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

Sleeper::~Sleeper() {
  if (wake_fd_ >= 0) close(wake_fd_);
}

void Sleeper::set_sockets(std::vector<int> sockets) {
  if (wake_fd_ >= 0 && sockets.size() < kMostSockets) sockets_ = std::move(sockets);
}

void Sleeper::sleep(TimeNs most) noexcept {
  std::array<pollfd, kMostSockets> entries;
  std::size_t count = 0;
  entries[count++] = {.fd = wake_fd_, .events = POLLIN, .revents = 0};
  for (const int socket : sockets_) entries[count++] = {.fd = socket, .events = POLLIN, .revents = 0};
  const int ready = poll(entries.data(), count, static_cast<int>(most.ns / milliseconds(1).ns));
  sleeps_.store(false, std::memory_order_relaxed);
  if (ready <= 0) return;
  if (entries[0].revents != 0) {
    std::uint64_t ignored = 0;
    [[maybe_unused]] const auto size = read(wake_fd_, &ignored, sizeof ignored);
  }
  // packet(7): an interface that goes down leaves an error behind, which would end every sleep until it is taken.
  for (std::size_t i = 1; i < count; ++i) {
    if ((entries[i].revents & POLLERR) == 0) continue;
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(entries[i].fd, SOL_SOCKET, SO_ERROR, &error, &size);
  }
}

void Sleeper::wake() noexcept {
  // Of this and the exchange in prepare() one comes second: this one sees the mark, or that one brings the work to
  // light.
  if (!sleeps_.exchange(false, std::memory_order_acq_rel)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_fd_, &one, sizeof one);
}

std::vector<int> packet_sockets(const std::vector<unsigned>& interfaces) {
  std::vector<int> sockets;
  std::set<unsigned> covered;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const std::string name = entry.path().filename().string();
    int fd = -1;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    const unsigned interface = interface_of(fd);
    if (interface == 0 || std::ranges::find(interfaces, interface) == interfaces.end()) continue;
    sockets.push_back(fd);
    covered.insert(interface);
  }
  if (covered.size() != std::set(interfaces.begin(), interfaces.end()).size()) return {};
  return sockets;
}

}  // namespace lisper::hw
