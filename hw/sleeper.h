#pragma once

#include <atomic>
#include <vector>

#include "core/base/time.h"

namespace lisper::hw {

/// Where a worker with nothing to do waits: for frames on sockets of the kernel, and for other threads.
class Sleeper {
 public:
  Sleeper();
  ~Sleeper();
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  /// They can be read when there is work. Not ours to close. Before any sleep.
  void set_sockets(std::vector<int> sockets);
  /// If not, there is nothing but time to wait for, and wake() may come too late.
  [[nodiscard]] bool has_sockets() const noexcept { return !sockets_.empty(); }

  /// Before the last look for work: whatever is told by wake() from here on ends the next sleep.
  void prepare() noexcept { sleeps_.exchange(true, std::memory_order_acq_rel); }
  /// Until a socket can be read or wake() is called, for `most` at the longest [whole ms].
  void sleep(TimeNs most) noexcept;
  /// Any thread, after it has left some work.
  void wake() noexcept;

 private:
  int wake_fd_;
  std::vector<int> sockets_;
  std::atomic<bool> sleeps_{false};
};

/// The sockets of DPDK's af_packet driver, which has no receive interrupts to wait for: this process's AF_PACKET
/// sockets on these interfaces of the kernel. Empty if one of those has none.
[[nodiscard]] std::vector<int> packet_sockets(const std::vector<unsigned>& interfaces);

}  // namespace lisper::hw
