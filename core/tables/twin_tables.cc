#include "core/tables/twin_tables.h"

#include <utility>

namespace lisper {

TwinTables::TwinTables(const Tables& tables, std::function<void()> wait)
    : latest_(tables.twin()), twin_(latest_.twin()), wait_(std::move(wait)), current_(&latest_) {}

void TwinTables::apply(std::vector<TableDelta>&& deltas) {
  for (TableDelta& delta : deltas) {
    if (const auto* entry = std::get_if<SetEntry>(&delta)) {
      set(*entry);
    } else if (std::holds_alternative<EraseEntry>(delta)) {
      latest_.apply(delta);
    } else {
      open();
      latest_.apply(delta);
      missing_.push_back(std::move(delta));
    }
  }
  deltas.clear();
}

void TwinTables::set(const SetEntry& entry) {
  if (latest_.fib().moves_for(FibKey(entry.network, entry.mac))) {
    open();
  } else if (open_ && entries_are_seen()) {
    publish();  // what the entry refers to comes first
  }
  latest_.apply(entry);
}

void TwinTables::open() {
  if (open_) return;
  switch_to(twin_);
  open_ = true;
}

void TwinTables::switch_to(const Tables& tables) {
  current_.store(&tables, std::memory_order_seq_cst);
  wait_();
}

void TwinTables::publish() {
  if (!open_) return;
  switch_to(latest_);
  for (const TableDelta& delta : missing_) twin_.apply(delta);
  twin_.follow_entries(latest_);
  missing_.clear();
  open_ = false;
}

}  // namespace lisper
