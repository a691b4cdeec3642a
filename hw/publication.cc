#include "hw/publication.h"

#include <rte_rcu_qsbr.h>
#include <sched.h>

#include <cstdlib>
#include <new>

namespace lisper::hw {

void Publication::Free::operator()(rte_rcu_qsbr* p) const noexcept { std::free(p); }

Publication::Publication(const Tables& tables, unsigned readers) : tables_(tables, [this] { wait(); }) {
  const std::size_t size = rte_rcu_qsbr_get_memsize(readers);
  rcu_.reset(static_cast<rte_rcu_qsbr*>(std::aligned_alloc(RTE_CACHE_LINE_SIZE, size)));
  if (!rcu_ || rte_rcu_qsbr_init(rcu_.get(), readers) != 0) throw std::bad_alloc();
  for (unsigned i = 0; i < readers; ++i) rte_rcu_qsbr_thread_register(rcu_.get(), i);
}

Publication::~Publication() = default;

void Publication::online(unsigned reader) noexcept { rte_rcu_qsbr_thread_online(rcu_.get(), reader); }

void Publication::offline(unsigned reader) noexcept { rte_rcu_qsbr_thread_offline(rcu_.get(), reader); }

void Publication::quiescent(unsigned reader) noexcept { rte_rcu_qsbr_quiescent(rcu_.get(), reader); }

void Publication::wait() noexcept {
  const std::uint64_t token = rte_rcu_qsbr_start(rcu_.get());
  // A worker may have been preempted: lend it the CPU if this one is wanted.
  while (rte_rcu_qsbr_check(rcu_.get(), token, false) == 0) sched_yield();
}

}  // namespace lisper::hw
