#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "hw/clock.h"
#include "hw/controller_sockets.h"
#include "hw/node.h"

namespace lisper::hw {

/// What a worker does when nothing waits.
enum class Idle : std::uint8_t {
  kPoll,  ///< looks again at once: lowest latency, a whole CPU
  /// Sleeps, for machines that are shared: until a frame comes on interfaces of the kernel (af_packet, one worker),
  /// else the longer the longer nothing comes, 1 ms at most.
  kSleep,
};

/// What happened, for the log.
struct RunnerEvents {
  std::function<void(const std::string& port, bool up)> port_state;
  std::function<void(bool connected)> controller;
};

/// Runs a node until it is told to stop: a thread for each worker, and the calling thread for the control plane, its
/// sockets and whatever else is watched.
class Runner {
 public:
  Runner(Node& node, ControllerSockets& sockets, const Clock& clock, Idle idle, RunnerEvents events);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// `callback` is called in run()'s thread whenever `fd` can be read. Before run().
  void watch(int fd, std::function<void()> callback);
  /// Starts the workers, calls `ready`, and forwards until stop().
  [[nodiscard]] Result<void> run(const std::function<void()>& ready);
  /// From a callback.
  void stop() noexcept { stopping_ = true; }
  /// Has `task` carried out in run()'s thread, and waits for it. False, without it, if run() has ended. Any thread.
  bool call(const std::function<void()>& task);

 private:
  struct Thread {
    Runner* runner;
    unsigned index;
  };
  static int worker_main(void* thread);
  void work(unsigned index);
  void control_loop();
  bool take_messages(TimeNs now);
  void look_around(TimeNs now);
  [[nodiscard]] int wait_ms(TimeNs now) const;
  void carry_out_calls();
  void end_calls();

  Node& node_;
  ControllerSockets& sockets_;
  const Clock& clock_;
  Idle idle_;
  RunnerEvents events_;
  int epoll_ = -1;
  int call_fd_ = -1;
  bool stopping_ = false;
  std::atomic<bool> stop_workers_{false};
  std::atomic<unsigned> at_work_{0};
  std::vector<Thread> threads_;
  std::map<int, std::function<void()>> watched_;
  std::vector<bool> up_;  ///< by PortId
  TimeNs next_look_{};
  bool connected_ = false;

  struct Call {
    const std::function<void()>* task;
    bool done = false;
  };
  std::mutex mutex_;
  std::condition_variable called_;
  std::vector<Call*> calls_;
  bool ended_ = false;
};

}  // namespace lisper::hw
