#include "hw/ctl/server.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "hw/ctl/status_json.h"

namespace lisper::hw::ctl {

namespace {

timespec to_timespec(std::chrono::nanoseconds time) {
  return {.tv_sec = time.count() / 1'000'000'000, .tv_nsec = time.count() % 1'000'000'000};
}

bool set_interest(int epoll, int operation, int fd, std::uint32_t events, void* what) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = what;
  return epoll_ctl(epoll, operation, fd, &event) == 0;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::listen(const std::filesystem::path& path, Handler& handler,
                                               ServerLimits limits) {
  auto listener = Listener::open(path);
  if (!listener) return tl::unexpected(listener.error());
  std::unique_ptr<Server> server(new Server(std::move(*listener), handler, limits));
  if (auto prepared = server->prepare(); !prepared) return tl::unexpected(prepared.error());
  return server;
}

Server::Server(Listener listener, Handler& handler, ServerLimits limits)
    : listener_(std::move(listener)), handler_(handler), limits_(limits) {}

Result<void> Server::prepare() {
  const auto period = to_timespec(std::max(limits_.idle / 4, std::chrono::milliseconds(1)));
  const itimerspec spec{.it_interval = period, .it_value = period};
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (epoll_ < 0 || timer_ < 0 || timerfd_settime(timer_, 0, &spec, nullptr) != 0 ||
      !set_interest(epoll_, EPOLL_CTL_ADD, timer_, EPOLLIN, &timer_) ||
      !set_interest(epoll_, EPOLL_CTL_ADD, listener_.fd(), EPOLLIN, &listener_))
    return fail(std::string("cannot wait for control clients: ") + std::strerror(errno));
  return {};
}

Server::~Server() {
  if (tracer_.client != nullptr) handler_.stop_trace();
  if (timer_ >= 0) close(timer_);
  if (epoll_ >= 0) close(epoll_);
}

void Server::poll_once() {
  std::array<epoll_event, 16> events;
  const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
  bool knocked = false;
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr == &listener_) {
      knocked = true;
    } else if (event.data.ptr == &timer_) {
      std::uint64_t expirations;
      [[maybe_unused]] const auto got = read(timer_, &expirations, sizeof expirations);
      set_interest(epoll_, EPOLL_CTL_MOD, listener_.fd(), EPOLLIN, &listener_);
    } else {
      attend(*static_cast<Connection*>(event.data.ptr), event.events);
    }
  }
  reap();
  if (knocked) accept_one();  // now that there is room
}

void Server::accept_one() {
  const int fd = accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    // Out of descriptors, the listener would stay readable, and its owner spin: not before the next timer.
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
      set_interest(epoll_, EPOLL_CTL_MOD, listener_.fd(), 0, &listener_);
    return;
  }
  Connection& client = clients_.emplace_back(fd);
  if (!set_interest(epoll_, EPOLL_CTL_ADD, fd, EPOLLIN, &client)) {
    clients_.pop_back();
  } else if (clients_.size() > limits_.clients) {
    client.send(refusal_line(Refusal{"too many clients", "close a lisper-ctl --watch, or a trace"}));
    client.finish();
    watch(client);
  }
}

void Server::attend(Connection& client, std::uint32_t events) {
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
    client.abandon();
    return;
  }
  client.flush();
  if ((events & EPOLLIN) != 0) client.receive();
  serve(client);
  watch(client);
}

void Server::serve(Connection& client) {
  if (client.finishing() || client.unsent() > 0 || tracer_.client == &client) return;
  if (client.line_too_long()) {
    client.send(refusal_line(Refusal{"a request has at most " + std::to_string(kMaxRequest) + " bytes", ""}));
    client.finish();
  } else if (const auto line = client.take_line()) {
    const auto request = parse_request(*line);
    client.send(request ? answer_to(client, *request) : refusal_line(request.error()));
  } else if (client.at_end()) {
    client.finish();
  }
}

std::string Server::answer_to(Connection& client, const Request& request) {
  if (const auto* show = std::get_if<ShowStatus>(&request)) {
    Status status = handler_.status(show->rows);
    if (status.node.fib.size() > show->rows) status.node.fib.resize(show->rows);
    if (status.map_cache.size() > show->rows) status.map_cache.resize(show->rows);
    if (status.bindings.size() > show->rows) status.bindings.resize(show->rows);
    return ok_line({{"status", to_json(status)}});
  }
  if (const auto* trace = std::get_if<Trace>(&request)) return begin_trace(client, *trace);
  if (const auto* what = std::get_if<LookUp>(&request)) {
    const auto leads_to = handler_.look_up(what->iid, what->mac);
    return leads_to ? ok_line({{"leads_to", *leads_to}}) : refusal_line(Refusal{leads_to.error().message, ""});
  }
  handler_.clear_counters();
  return ok_line();
}

std::string Server::begin_trace(Connection& client, const Trace& request) {
  if (tracer_.client != nullptr) return refusal_line(Refusal{"another client is tracing", "wait until it is done"});
  if (auto started = handler_.start_trace(request.count, request.port); !started)
    return refusal_line(Refusal{started.error().message, "lisper-ctl show ports lists the ports"});
  tracer_ = {.client = &client, .wanted = request.count};
  return ok_line({{"trace", request.count}});
}

void Server::publish(const TracedPacket& packet) {
  if (tracer_.client == nullptr) return;
  Connection& client = *tracer_.client;
  if (client.unsent() < limits_.unsent_trace) {
    client.send(packet_line(packet));
    ++tracer_.sent;
  } else {
    ++tracer_.lost;
  }
  if (--tracer_.wanted == 0) {
    client.send(done_line(tracer_.sent, tracer_.lost));
    end_trace();
  }
  watch(client);
}

void Server::end_trace() {
  tracer_ = {};
  handler_.stop_trace();
}

/// Says what is waited for: room for what is unsent; a turn for a line that is here already, which any socket with
/// room gives; else more from the client.
void Server::watch(Connection& client) {
  const bool tracing = tracer_.client == &client;
  std::uint32_t events = 0;
  if (client.unsent() > 0 || client.finishing() || (!tracing && (client.has_line() || client.at_end()))) {
    events = EPOLLOUT;
  } else if (!tracing) {
    events = EPOLLIN;
  }
  set_interest(epoll_, EPOLL_CTL_MOD, client.fd(), events, &client);
}

void Server::reap() {
  const auto now = Clock::now();
  for (auto client = clients_.begin(); client != clients_.end();) {
    const bool done = client->finishing() && client->unsent() == 0;
    if (!done && !client->broken() && !idle(*client, now)) {
      ++client;
      continue;
    }
    if (tracer_.client == &*client) end_trace();
    client = clients_.erase(client);
  }
}

/// Who traces may wait for packets as long as it reads what came.
bool Server::idle(const Connection& client, Clock::time_point now) const {
  if (tracer_.client == &client && client.unsent() == 0) return false;
  return now - client.last_progress() > limits_.idle;
}

}  // namespace lisper::hw::ctl
