#pragma once

#include <cstdint>
#include <string>

#include "core/base/result.h"
#include "hw/status.h"

struct rte_mempool;

namespace lisper::hw {

struct DeviceOptions {
  std::uint16_t queues = 1;  ///< pairs wanted, one a worker; a device may have fewer
  std::uint16_t rx_descriptors = 1024;
  std::uint16_t tx_descriptors = 1024;
  std::uint16_t mtu = 1500;    ///< [bytes] at the IP layer
  bool multi_segment = false;  ///< frames to send may lie in several buffers
  rte_mempool* pool = nullptr;
};

/// A DPDK port under a port of the scenario.
class Device {
 public:
  /// `devargs` as EAL takes them: "0000:01:00.0", "net_tap0,iface=x"; or the name of a port that exists.
  [[nodiscard]] static Result<Device> open(const std::string& port_name, const std::string& devargs,
                                           const DeviceOptions& options);
  Device(Device&& other) noexcept;
  Device& operator=(Device&&) = delete;
  ~Device();  ///< stops and closes it

  [[nodiscard]] Result<void> start();
  [[nodiscard]] std::uint16_t id() const noexcept { return id_; }
  [[nodiscard]] std::uint16_t rx_queues() const noexcept { return rx_queues_; }
  [[nodiscard]] std::uint16_t tx_queues() const noexcept { return tx_queues_; }
  [[nodiscard]] bool multi_segment() const noexcept { return multi_segment_; }
  /// [bytes] Frames that are shorter must be padded before they are sent.
  [[nodiscard]] std::uint16_t shortest() const noexcept { return shortest_; }
  /// Its index, of a driver on an interface of the kernel; 0: it is none.
  [[nodiscard]] unsigned kernel_interface() const noexcept { return kernel_interface_; }
  [[nodiscard]] bool is_up() const;
  [[nodiscard]] PortStatus status() const;
  void clear_counters() const;

 private:
  Device() = default;
  [[nodiscard]] Result<void> configure(const DeviceOptions& options);

  static constexpr std::uint16_t kNone = UINT16_MAX;
  std::string name_;
  std::uint16_t id_ = kNone;
  std::uint16_t rx_queues_ = 0;
  std::uint16_t tx_queues_ = 0;
  bool multi_segment_ = false;
  std::uint16_t shortest_ = 0;
  unsigned kernel_interface_ = 0;
  bool probed_ = false;  ///< by us, so that it is ours to remove
};

}  // namespace lisper::hw
