#pragma once

#include <ns3/event-impl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/big_endian.h"
#include "core/forward/packet.h"

namespace lisper::sim {

class Frame;
class FramePool;

struct FrameRelease {
  void operator()(Frame* frame) const noexcept;
};
/// A frame has one owner: a node, or the link that carries it.
using FramePtr = std::unique_ptr<Frame, FrameRelease>;

/// Where a frame that is under way turns up.
class FrameCarrier {
 public:
  virtual void arrive(FramePtr frame) = 0;

 protected:
  ~FrameCarrier() = default;
};

/// An Ethernet frame (no FCS) in a flat buffer with room in front of it. It is at the same time the ns-3
/// event of its own arrival, so that a hop allocates nothing.
class Frame final : public ns3::EventImpl {
 public:
  /// [bytes] A tunnel's headers may be added twice before `FramePool::with_room` has to copy.
  static constexpr std::size_t kFullHeadroom = 2 * kHeadroom;

  std::byte* data = nullptr;
  std::uint32_t len = 0;
  std::uint32_t epoch = 0;  ///< of the link direction, when the frame was sent

  [[nodiscard]] Bytes bytes() const noexcept { return {data, len}; }
  [[nodiscard]] std::size_t headroom() const noexcept { return static_cast<std::size_t>(data - buffer_.get()); }

  /// Gives the frame to `carrier` after `delay_ns`, in the context of ns-3 node `context`.
  static void launch(FramePtr frame, FrameCarrier& carrier, std::uint32_t context, std::int64_t delay_ns);

 private:
  friend class FramePool;
  friend struct FrameRelease;
  Frame(FramePool& pool, std::uint8_t size_class, std::size_t capacity);
  void Notify() override { carrier_->arrive(FramePtr(this)); }

  FramePool* pool_;
  FrameCarrier* carrier_ = nullptr;
  Frame* next_free_ = nullptr;
  std::uint8_t size_class_;
  std::unique_ptr<std::byte[]> buffer_;
};

/// Frames of one simulation, recycled. Must outlive Simulator::Destroy().
class FramePool {
 public:
  /// A frame of `len` bytes that are not yet written. `len` <= kMaxLength.
  [[nodiscard]] FramePtr make(std::uint32_t len);
  [[nodiscard]] FramePtr copy(Bytes bytes);
  /// The same bytes with kHeadroom writable bytes before them and kTailroom behind.
  [[nodiscard]] FramePtr with_room(FramePtr frame) {
    const bool fits =
        frame->headroom() >= kHeadroom && frame->headroom() + frame->len + kTailroom <= kCapacity[frame->size_class_];
    return fits ? std::move(frame) : copy(frame->bytes());
  }

  static constexpr std::size_t kMaxLength = 65'600;  ///< [bytes] the largest IP packet with its Ethernet header

 private:
  friend struct FrameRelease;
  // [bytes] Ordinary, jumbo, and the rest. No powers of two: equal offsets would share few cache sets.
  static constexpr std::array<std::size_t, 3> kCapacity{2112, 10'304, kMaxLength + Frame::kFullHeadroom + kTailroom};

  std::array<Frame*, kCapacity.size()> free_{};
  std::vector<std::unique_ptr<Frame>> all_;
};

}  // namespace lisper::sim
