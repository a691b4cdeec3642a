#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/big_endian.h"
#include "core/base/result.h"

struct rte_mempool;
struct rte_ring;

namespace lisper::hw {

/// A DPDK port (net_ring) whose wire ends in this process: rings of frames to be received, and of frames sent.
class RingPort {
 public:
  /// `name`: unique in the process. `queues`: pairs.
  [[nodiscard]] static Result<RingPort> create(const std::string& name, unsigned queues);
  RingPort(RingPort&& other) noexcept;
  RingPort& operator=(RingPort&&) = delete;
  ~RingPort();  ///< after the hw::Node that uses it

  /// DPDK's name of the port, for Node::create.
  [[nodiscard]] const std::string& device() const noexcept { return device_; }
  /// Puts a frame in one buffer of `pool`, and on its way to receive queue `queue`. False: no buffer, or no room.
  [[nodiscard]] bool inject(unsigned queue, Bytes frame, rte_mempool* pool);
  /// Takes what was sent: of the first transmit queue first, each in order.
  [[nodiscard]] std::vector<std::vector<std::byte>> collect();

 private:
  RingPort() = default;

  std::string device_;
  std::vector<rte_ring*> rx_;
  std::vector<rte_ring*> tx_;
};

}  // namespace lisper::hw
