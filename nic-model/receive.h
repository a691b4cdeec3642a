#pragma once

#include <deque>
#include <vector>

#include "nic-model/dma_memory.h"
#include "nic-model/errors.h"
#include "nic-model/frame.h"
#include "nic-model/limits.h"
#include "nic-model/receive_filter.h"
#include "nic-model/register_file.h"
#include "nic-model/ring.h"
#include "nic-model/rss.h"
#include "nic-model/statistics.h"

namespace lisper::nic {

/// From the wire to the program's buffers (7.1): filters, packet buffer, queues.
class ReceivePath {
 public:
  ReceivePath(const RegisterFile& registers, Limits& limits, Statistics& statistics, DmaMemory& memory, Errors& errors)
      : registers_(registers), limits_(limits), statistics_(statistics), memory_(memory), errors_(errors) {}

  void reset();
  void start(std::uint32_t queue);
  void stop(std::uint32_t queue) noexcept { rings_[queue].stop(); }
  void set_tail(std::uint32_t queue, std::uint32_t tail) noexcept { rings_[queue].set_tail(tail, errors_); }
  [[nodiscard]] const Ring& ring(std::uint32_t queue) const noexcept { return rings_[queue]; }
  void set_rss_key() noexcept { rss_.set_key(registers_); }

  void arrived(Frame frame);
  /// Delivers up to `budget` frames that waited for descriptors or the bus. False if none could be.
  bool drain(int budget);
  /// Whether all that arrived has been delivered or dropped.
  [[nodiscard]] bool empty() const noexcept { return packet_buffer_.empty(); }

 private:
  enum class Delivery { kDone, kDropped, kWait };
  [[nodiscard]] Delivery deliver(Frame frame);
  [[nodiscard]] Delivery drop(std::uint32_t queue) noexcept;
  [[nodiscard]] std::uint32_t counter_of(std::uint32_t queue) const noexcept;
  void count_arrival(Frame frame, const FilterResult& result) noexcept;
  [[nodiscard]] bool strips_crc() const noexcept;

  const RegisterFile& registers_;
  Limits& limits_;
  Statistics& statistics_;
  DmaMemory& memory_;
  Errors& errors_;
  std::vector<Ring> rings_ = std::vector<Ring>(reg::kRxQueues);
  Rss rss_;
  std::deque<std::vector<std::byte>> packet_buffer_;
  std::size_t buffered_bytes_ = 0;
  std::vector<std::byte> edited_;  // a frame with its tag taken off or its CRC put on
};

}  // namespace lisper::nic
