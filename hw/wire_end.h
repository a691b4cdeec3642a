#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/big_endian.h"
#include "core/base/result.h"

struct rte_mempool;

namespace lisper::hw {

/// A DPDK port whose wire ends in this process.
class WireEnd {
 public:
  virtual ~WireEnd() = default;

  /// For Node::create: DPDK's name of the port, or devargs.
  [[nodiscard]] virtual const std::string& device() const noexcept = 0;
  /// When the port has its queues.
  [[nodiscard]] virtual Result<void> attach() { return {}; }
  /// Puts a frame on its way to the port; to receive queue `queue`, if the wire may choose. False: there is no room.
  [[nodiscard]] virtual bool inject(unsigned queue, Bytes frame) = 0;
  /// Whether some frame has not come to its worker yet.
  [[nodiscard]] virtual bool on_its_way() { return false; }
  /// Takes what workers have sent: of the first transmit queue first, each in order.
  [[nodiscard]] virtual std::vector<std::vector<std::byte>> collect() = 0;

 protected:
  WireEnd() = default;
  WireEnd(WireEnd&&) = default;
};

}  // namespace lisper::hw
