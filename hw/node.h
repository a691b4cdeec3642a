#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "hw/control.h"
#include "hw/device.h"
#include "hw/publication.h"
#include "hw/worker.h"
#include "model/plan.h"

namespace lisper::hw {

struct NodeOptions {
  unsigned workers = 1;
  Spread spread = Spread::kNic;
  std::uint16_t descriptors = 1024;  ///< of each queue, both ways
};

/// A core node of a plan on DPDK ports: workers, tables and control plane, wired together. Has no thread of its own:
/// either threads.h runs it, or the caller calls `worker(i).run_once(now)` and `control().run_once(now)` in turn.
class Node {
 public:
  /// `devices`: DPDK devargs, or the name of a port that exists already, for each port of the plan's node. EAL must
  /// have been initialized. Refuses what Tables::build refuses, ports without a device, and devices that do not open.
  [[nodiscard]] static Result<std::unique_ptr<Node>> create(const model::CoreNode& plan,
                                                            const std::map<std::string, std::string>& devices,
                                                            const NodeOptions& options);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  [[nodiscard]] unsigned workers() const noexcept { return static_cast<unsigned>(workers_.size()); }
  [[nodiscard]] Worker& worker(unsigned index) noexcept { return *workers_[index]; }
  [[nodiscard]] Control& control() noexcept { return *control_; }
  [[nodiscard]] Publication& tables() noexcept { return *tables_; }
  [[nodiscard]] const LisperConfig& config() const noexcept { return config_; }
  [[nodiscard]] const std::vector<Device>& devices() const noexcept { return devices_; }
  /// An eventfd that workers write when the control plane sleeps and there is something for it.
  [[nodiscard]] int wake_fd() const noexcept { return wake_fd_; }

  /// [bytes] of DPDK memory that `create` will ask for: for EAL's -m.
  [[nodiscard]] static std::size_t memory(const model::CoreNode& plan, const NodeOptions& options);

 private:
  Node(const model::CoreNode& plan, const Tables& tables, const NodeOptions& options);
  [[nodiscard]] Result<void> open_devices(const std::map<std::string, std::string>& devices, std::uint16_t mtu);
  void make_workers();
  void find_sockets();

  struct PoolRelease {
    void operator()(rte_mempool* pool) const noexcept;
  };

  LisperConfig config_;
  NodeOptions options_;
  int wake_fd_ = -1;
  std::atomic<bool> control_sleeps_{false};
  std::unique_ptr<rte_mempool, PoolRelease> pool_;
  std::unique_ptr<Publication> tables_;
  std::vector<Device> devices_;  ///< by PortId
  std::vector<std::unique_ptr<Channel>> channels_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<Control> control_;
};

}  // namespace lisper::hw
