#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "core/tables/tables.h"

namespace lisper {

/// Tables that one thread changes while others read them, who neither lock nor wait.
///
/// Entries of the FIB are words, and change in place: readers see each one at once, whole. Everything else is there
/// twice: readers look at the twin while `latest` changes, and come back to it when all is done. So they see the rest
/// of an update whole or not at all; and no entry before what it refers to. The same goes for a FIB that must grow.
class TwinTables {
 public:
  /// `wait` returns as soon as no reader uses any longer what read() gave it before the call.
  TwinTables(const Tables& tables, std::function<void()> wait);
  TwinTables(const TwinTables&) = delete;
  TwinTables& operator=(const TwinTables&) = delete;

  // ---- The one that changes them.

  [[nodiscard]] const Tables& latest() const noexcept { return latest_; }
  /// Visible in `latest` at once; to readers, if it is no entry, after publish().
  void apply(std::vector<TableDelta>&& deltas);
  void publish();

  // ---- Readers.

  [[nodiscard]] const Tables& read() const noexcept { return *current_.load(std::memory_order_acquire); }

 private:
  void set(const SetEntry& entry);
  /// Moves readers to the twin.
  void open();
  void switch_to(const Tables& tables);
  [[nodiscard]] bool entries_are_seen() const noexcept { return latest_.fib().shares_entries(twin_.fib()); }

  Tables latest_;
  Tables twin_;
  std::function<void()> wait_;
  std::atomic<const Tables*> current_;
  std::vector<TableDelta> missing_;  ///< what the twin does not have yet
  bool open_ = false;                ///< an update has begun: readers look at the twin
};

}  // namespace lisper
