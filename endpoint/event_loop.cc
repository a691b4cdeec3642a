#include "endpoint/event_loop.h"

#include <fmt/format.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "endpoint/device.h"
#include "program/file_descriptor.h"

namespace lisper::endpoint {

namespace {

// What an epoll event belongs to; below these are port ids.
constexpr std::uint32_t kSignals = 1u << 16;
constexpr std::uint32_t kLinks = kSignals + 1;

bool add(int epoll, int fd, std::uint32_t id) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = id;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

FileDescriptor open_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&signals, signal);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return FileDescriptor(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
}

/// Rounded up, so that the deadline has passed then.
int wait_ms(TimeNs deadline) {
  if (deadline == kNever) return -1;
  constexpr std::int64_t kMillisecond = 1'000'000;
  const std::int64_t wait = deadline.ns - monotonic_now().ns;
  return static_cast<int>(std::clamp<std::int64_t>((wait + kMillisecond - 1) / kMillisecond, 0, 3'600'000));
}

}  // namespace

TimeNs monotonic_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return seconds(now.tv_sec) + TimeNs{now.tv_nsec};
}

Result<int> run(Node& node, const std::function<void()>& report) {
  const FileDescriptor signals = open_signals();
  const FileDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  const auto links = LinkWatch::open();
  if (!links) return tl::unexpected(links.error());
  bool complete = add(epoll.get(), signals.get(), kSignals) && add(epoll.get(), links->fd(), kLinks);
  for (std::size_t i = 0; i < node.port_count(); ++i) {
    const PortId id(static_cast<std::uint16_t>(i));
    if (const Port* port = node.port(id); port != nullptr)
      complete = complete && add(epoll.get(), port->fd(), id.value);
  }
  if (!complete) return fail(fmt::format("cannot wait for events: {}", std::strerror(errno)));

  node.start(monotonic_now());
  spdlog::info("ready");
  for (;;) {
    std::array<epoll_event, 16> events;
    const int count =
        ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), wait_ms(node.next_deadline()));
    for (int i = 0; i < count; ++i) {
      const std::uint32_t id = events[static_cast<std::size_t>(i)].data.u32;
      if (id == kSignals) {
        signalfd_siginfo signal{};
        if (::read(signals.get(), &signal, sizeof signal) != sizeof signal) continue;
        if (signal.ssi_signo != SIGUSR1) return static_cast<int>(signal.ssi_signo);
        report();
      } else if (id == kLinks) {
        links->drain();
        node.check_carriers(monotonic_now());
      } else {
        const PortId port_id(static_cast<std::uint16_t>(id));
        node.receive(port_id, monotonic_now());
        if (const Port& port = *node.port(port_id); port.gone()) {
          ::epoll_ctl(epoll.get(), EPOLL_CTL_DEL, port.fd(), nullptr);
          node.check_carriers(monotonic_now());
        }
      }
    }
    if (const TimeNs now = monotonic_now(); node.next_deadline() <= now) node.tick(now);
  }
}

}  // namespace lisper::endpoint
