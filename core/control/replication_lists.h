#pragma once

#include <utility>

#include "core/control/id_pool.h"
#include "core/control/outbox.h"
#include "core/tables/tables.h"

namespace lisper {

/// The replication lists that the control plane defines: one for all that want the same copies.
class ReplicationLists {
 public:
  explicit ReplicationLists(const Tables& tables) : pool_(tables.first_free_list()) {}

  /// The list's id, held once more: each call is paired with one of release().
  [[nodiscard]] ReplicationListId acquire(ReplicationList list, Outbox& out) {
    const auto [id, is_new] = pool_.acquire(list);
    if (is_new) out.deltas.emplace_back(SetReplication{id, std::move(list.locations), std::move(list.relays)});
    return id;
  }
  /// Only after the last delta that stops using it has been put out.
  void release(ReplicationListId id) { pool_.release(id); }

 private:
  IdPool<ReplicationListId, ReplicationList> pool_;
};

}  // namespace lisper
