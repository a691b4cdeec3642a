#pragma once

#include <array>
#include <functional>
#include <vector>

#include "nic-model/dma_memory.h"
#include "nic-model/errors.h"
#include "nic-model/limits.h"
#include "nic-model/offload.h"
#include "nic-model/register_file.h"
#include "nic-model/ring.h"
#include "nic-model/statistics.h"

namespace lisper::nic {

/// From the program's buffers to the wire (7.2): rings, segments, offloads.
class TransmitPath {
 public:
  using Send = std::function<void(Frame)>;

  TransmitPath(const RegisterFile& registers, Limits& limits, Statistics& statistics, DmaMemory& memory, Errors& errors)
      : registers_(registers), limits_(limits), statistics_(statistics), memory_(memory), errors_(errors) {}

  void reset();
  void start(std::uint32_t queue);
  void stop(std::uint32_t queue) noexcept;
  void set_tail(std::uint32_t queue, std::uint32_t tail) noexcept { queues_[queue].ring.set_tail(tail, errors_); }
  [[nodiscard]] const Ring& ring(std::uint32_t queue) const noexcept { return queues_[queue].ring; }

  /// Works on up to `budget` descriptors of each queue. False if there were none, or line or bus is busy.
  bool run(int budget, const Send& send);
  /// Whether there are descriptors to work on.
  [[nodiscard]] bool pending() const noexcept;

 private:
  struct Queue {
    Ring ring;
    std::array<Context, 2> contexts;
    std::vector<std::byte> frame;  // the segments so far
    FrameOptions options;          // of its first descriptor
    bool in_frame = false;
    bool bad = false;  // what remains of the frame is passed over
  };
  [[nodiscard]] bool may_begin() const noexcept { return limits_.leaving.free() && limits_.bus->free(); }
  /// Of one descriptor. False if the queue can go no further.
  [[nodiscard]] bool step(std::uint32_t index, const Send& send);
  void add_segment(Queue& queue, const Descriptor& descriptor);
  void finish(std::uint32_t index, const Send& send);

  const RegisterFile& registers_;
  Limits& limits_;
  Statistics& statistics_;
  DmaMemory& memory_;
  Errors& errors_;
  std::vector<Queue> queues_ = std::vector<Queue>(reg::kTxQueues);
  std::vector<std::uint32_t> running_;  // indices of enabled queues
  std::size_t turn_ = 0;                // whose it is to be first
};

}  // namespace lisper::nic
