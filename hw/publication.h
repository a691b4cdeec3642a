#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "core/tables/twin_tables.h"

struct rte_rcu_qsbr;

namespace lisper::hw {

/// TwinTables whose readers are workers that report quiescent states, so that nobody waits or locks on the forwarding
/// side.
class Publication {
 public:
  explicit Publication(const Tables& tables, unsigned readers);
  ~Publication();
  Publication(const Publication&) = delete;
  Publication& operator=(const Publication&) = delete;

  // ---- Control plane, one thread.

  [[nodiscard]] const Tables& latest() const noexcept { return tables_.latest(); }
  /// Visible in `latest` at once, and to workers: entries of the FIB at once, the rest after publish(). May wait until
  /// no worker reads what changes: for at most one batch.
  void apply(std::vector<TableDelta>&& deltas) { tables_.apply(std::move(deltas)); }
  void publish() { tables_.publish(); }

  // ---- Workers.

  /// Valid until the worker's next quiescent() or offline().
  [[nodiscard]] const Tables& read() const noexcept { return tables_.read(); }
  /// Before and after a worker reads; an offline worker holds nothing, and nobody waits for it.
  void online(unsigned reader) noexcept;
  void offline(unsigned reader) noexcept;
  void quiescent(unsigned reader) noexcept;

 private:
  struct Free {
    void operator()(rte_rcu_qsbr* p) const noexcept;
  };
  /// Until no worker has what it read before.
  void wait() noexcept;

  std::unique_ptr<rte_rcu_qsbr, Free> rcu_;
  TwinTables tables_;
};

}  // namespace lisper::hw
