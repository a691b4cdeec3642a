#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace lisper::hw {

/// What DPDK's environment is started with. It can be started once in a process.
struct EalOptions {
  std::string program = "lisper-hw";
  bool huge_pages = true;
  std::size_t memory = 0;                          ///< [bytes] without huge pages
  std::vector<std::string> pci;                    ///< addresses that may be used; none: the bus is left alone
  std::vector<std::vector<unsigned>> worker_cpus;  ///< for each worker, the CPUs it may run on
  std::vector<unsigned> control_cpus;              ///< that the calling thread may run on
  bool verbose = false;
  std::vector<std::string> extra;  ///< further arguments, as EAL takes them
};

/// Lcore 0 becomes the calling thread, lcore w + 1 is worker w's.
[[nodiscard]] Result<void> start_eal(const EalOptions& options);

/// The CPUs that this process may run on.
[[nodiscard]] std::vector<unsigned> usable_cpus();

/// Whether the machine has any free huge page.
[[nodiscard]] bool has_huge_pages();

}  // namespace lisper::hw
