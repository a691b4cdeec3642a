#include "core/forward/replicate.h"

#include "core/forward/deliver.h"

namespace lisper {

bool copy_wanted(const Verdict& verdict, const Tables& tables, std::size_t index) noexcept {
  Reason reason = Reason::kNone;
  return may_send(tables, verdict.ingress, tables.replication(verdict.list)[index], reason);
}

void encapsulate_copy(Packet& copy, const Tables& tables, Shard& shard, std::size_t index, TimeNs now) noexcept {
  deliver(copy, tables, shard, tables.replication(copy.verdict.list)[index], now);
}

}  // namespace lisper
