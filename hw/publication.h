#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "core/tables/tables.h"

struct rte_rcu_qsbr;

namespace lisper::hw {

/// Two equal copies of the tables: workers read one while the control plane writes the other, so that nobody waits
/// or locks on the forwarding side. The control plane always reads and writes the same copy, `latest`; workers read it
/// too, except from the first change of an update until it is published.
class Publication {
 public:
  explicit Publication(const Tables& tables, unsigned readers);
  ~Publication();
  Publication(const Publication&) = delete;
  Publication& operator=(const Publication&) = delete;

  // ---- Control plane, one thread.

  [[nodiscard]] const Tables& latest() const noexcept { return latest_; }
  /// Visible in `latest` at once, to workers after publish(). Waits until no worker reads `latest`, if this is the
  /// update's first change: for at most one batch.
  void apply(std::vector<TableDelta>&& deltas);
  void publish();
  [[nodiscard]] std::uint64_t published() const noexcept { return published_; }

  // ---- Workers.

  /// Valid until the worker's next quiescent() or offline().
  [[nodiscard]] const Tables& read() const noexcept { return *current_.load(std::memory_order_acquire); }
  /// Before and after a worker reads; an offline worker holds nothing, and nobody waits for it.
  void online(unsigned reader) noexcept;
  void offline(unsigned reader) noexcept;
  void quiescent(unsigned reader) noexcept;

 private:
  struct Free {
    void operator()(rte_rcu_qsbr* p) const noexcept;
  };
  void switch_to(const Tables& tables);

  Tables latest_;
  Tables twin_;
  std::atomic<const Tables*> current_;
  std::vector<TableDelta> missing_;  ///< what the twin does not have yet
  bool open_ = false;                ///< an update has begun: workers read the twin
  std::uint64_t published_ = 0;
  std::unique_ptr<rte_rcu_qsbr, Free> rcu_;
};

}  // namespace lisper::hw
