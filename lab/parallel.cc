#include "lab/parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace lisper::lab {

Result<void> parallel(std::size_t count, const std::function<Result<void>(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  Result<void> first_failure;
  const auto worker = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      auto done = work(i);
      if (done) continue;
      next = count;
      const std::lock_guard lock(mutex);
      if (first_failure) first_failure = std::move(done);
    }
  };
  std::vector<std::jthread> workers;
  const std::size_t wanted = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 8);
  for (std::size_t i = 0; i < std::min(wanted, count); ++i) workers.emplace_back(worker);
  workers.clear();
  return first_failure;
}

}  // namespace lisper::lab
