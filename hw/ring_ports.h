#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/big_endian.h"
#include "core/base/result.h"
#include "hw/wire_end.h"

struct rte_mempool;
struct rte_ring;

namespace lisper::hw {

/// net_ring: rings of frames to be received, and of frames sent.
class RingPort final : public WireEnd {
 public:
  /// `name`: unique in the process. `queues`: pairs. Frames come in buffers of `pool`.
  [[nodiscard]] static Result<RingPort> create(const std::string& name, unsigned queues, rte_mempool* pool);
  RingPort(RingPort&& other) noexcept;
  RingPort& operator=(RingPort&&) = delete;
  ~RingPort() override;  ///< after the hw::Node that uses it

  [[nodiscard]] const std::string& device() const noexcept override { return device_; }
  [[nodiscard]] bool inject(unsigned queue, Bytes frame) override;
  [[nodiscard]] std::vector<std::vector<std::byte>> collect() override;

 private:
  RingPort() = default;

  rte_mempool* pool_ = nullptr;
  std::string device_;
  std::vector<rte_ring*> rx_;
  std::vector<rte_ring*> tx_;
};

}  // namespace lisper::hw
