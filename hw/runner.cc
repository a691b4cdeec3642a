#include "hw/runner.h"

#include <rte_launch.h>
#include <rte_pause.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace lisper::hw {

namespace {

constexpr int kMessagesARound = 32;
constexpr TimeNs kLookInterval = milliseconds(100);
constexpr int kLongestWaitMs = 100;

// A worker that has found nothing so often sleeps: until there is something, if it can be told, ...
constexpr unsigned kPollsBeforeSleep = 64;
constexpr TimeNs kLongestSleep = milliseconds(20);
// ... else so long, by how long nothing has come.
constexpr TimeNs kShortSleep = microseconds(50);
constexpr TimeNs kLongSleep = milliseconds(1);
constexpr TimeNs kBeforeLongSleep = milliseconds(500);

void sleep_for(TimeNs time) {
  const timespec duration{0, time.ns};
  clock_nanosleep(CLOCK_MONOTONIC, 0, &duration, nullptr);
}

void drain(int fd) {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto size = read(fd, &count, sizeof count);
}

}  // namespace

Runner::Runner(Node& node, ControllerSockets& sockets, const Clock& clock, Idle idle, RunnerEvents events)
    : node_(node),
      sockets_(sockets),
      clock_(clock),
      idle_(idle),
      events_(std::move(events)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      call_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      up_(node.devices().size(), true) {
  for (unsigned i = 0; i < node_.workers(); ++i) threads_.push_back({this, i});
  watch(node_.wake_fd(), [this] { drain(node_.wake_fd()); });
  watch(call_fd_, [this] { drain(call_fd_); });
  if (sockets_.fd() >= 0) watch(sockets_.fd(), [] {});  // read in every round
  node_.control().set_punt_handler([this](std::string_view message) { sockets_.punt(message); });
}

Runner::~Runner() {
  node_.control().set_punt_handler({});
  close(call_fd_);
  close(epoll_);
}

void Runner::watch(int fd, std::function<void()> callback) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  watched_[fd] = std::move(callback);
}

Result<void> Runner::run(const std::function<void()>& ready) {
  at_work_ = node_.workers();
  for (Thread& thread : threads_)
    if (rte_eal_remote_launch(worker_main, &thread, thread.index + 1) != 0) {
      stop_workers_ = true;
      rte_eal_mp_wait_lcore();
      return fail("worker " + std::to_string(thread.index) + " has no thread");
    }
  node_.control().start(clock_.now());
  look_around(clock_.now());
  ready();
  control_loop();
  end_calls();
  stop_workers_.store(true, std::memory_order_relaxed);
  rte_eal_mp_wait_lcore();
  while (at_work_.load(std::memory_order_acquire) != 0) rte_pause();  // what workers wrote is ours from here on
  return {};
}

int Runner::worker_main(void* thread) {
  const auto* self = static_cast<Thread*>(thread);
  self->runner->work(self->index);
  self->runner->at_work_.fetch_sub(1, std::memory_order_release);
  return 0;
}

void Runner::work(unsigned index) {
  Worker& worker = node_.worker(index);
  Publication& tables = node_.tables();
  prctl(PR_SET_TIMERSLACK, 1000);  // [ns] not 50 us more than asked for
  tables.online(index);
  Sleeper& sleeper = worker.sleeper();
  unsigned empty = 0;
  TimeNs since{};  // when it last found something
  while (!stop_workers_.load(std::memory_order_relaxed)) {
    const TimeNs now = clock_.now();
    const bool last_look = idle_ == Idle::kSleep && empty == kPollsBeforeSleep;
    if (last_look) sleeper.prepare();
    if (worker.run_once(now) != 0) {
      empty = 0;
      since = now;
    } else if (last_look) {
      tables.offline(index);
      if (sleeper.has_sockets()) {
        sleeper.sleep(kLongestSleep);
      } else {
        sleep_for(now - since > kBeforeLongSleep ? kLongSleep : kShortSleep);
      }
      tables.online(index);
      continue;
    } else {
      empty += idle_ == Idle::kSleep ? 1 : 0;
      rte_pause();
    }
    tables.quiescent(index);
  }
  tables.offline(index);
}

void Runner::control_loop() {
  Control& control = node_.control();
  std::array<epoll_event, 16> ready;
  while (!stopping_) {
    const TimeNs now = clock_.now();
    bool busy = control.run_once(now) != 0;
    busy |= take_messages(now);
    if (now >= next_look_) look_around(now);
    carry_out_calls();
    const bool sleeps = !busy && control.prepare_to_sleep();
    const int count = epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), sleeps ? wait_ms(now) : 0);
    control.woke_up();
    for (const epoll_event& event : std::span(ready).first(static_cast<std::size_t>(std::max(count, 0))))
      watched_.at(event.data.fd)();
  }
}

/// Few at a time, so that the rest is not kept waiting; visible to the workers together.
bool Runner::take_messages(TimeNs now) {
  Control& control = node_.control();
  for (int i = 0; i < kMessagesARound; ++i) {
    const auto message = sockets_.receive();
    if (!message) {
      control.publish();
      return i != 0;
    }
    control.on_message(*message, now);
  }
  control.publish();
  return true;
}

/// What nobody tells us: carriers, and whether the controller is there.
void Runner::look_around(TimeNs now) {
  next_look_ = now + kLookInterval;
  for (std::size_t i = 0; i < node_.devices().size(); ++i) {
    const bool up = node_.devices()[i].is_up();
    if (up == up_[i]) continue;
    up_[i] = up;
    node_.control().on_port_state(PortId(static_cast<std::uint16_t>(i)), up, now);
    if (events_.port_state) events_.port_state(node_.config().ports[i].name, up);
  }
  if (sockets_.look_for_controller(now)) node_.control().on_controller_connected(now);
  if (sockets_.connected() != connected_) {
    connected_ = sockets_.connected();
    if (events_.controller) events_.controller(connected_);
  }
  node_.control().publish();
}

int Runner::wait_ms(TimeNs now) const {
  const TimeNs until = std::min(node_.control().next_deadline(), next_look_);
  const std::int64_t ms = (until - now).ns / 1'000'000;
  return static_cast<int>(std::clamp<std::int64_t>(ms, 0, kLongestWaitMs));
}

bool Runner::call(const std::function<void()>& task) {
  Call call{&task};
  std::unique_lock lock(mutex_);
  if (ended_) return false;
  calls_.push_back(&call);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(call_fd_, &one, sizeof one);
  called_.wait(lock, [&] { return call.done || ended_; });
  return call.done;
}

void Runner::carry_out_calls() {
  const std::lock_guard lock(mutex_);
  for (Call* call : calls_) {
    (*call->task)();
    call->done = true;
  }
  if (!calls_.empty()) called_.notify_all();
  calls_.clear();
}

void Runner::end_calls() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  calls_.clear();
  called_.notify_all();
}

}  // namespace lisper::hw
