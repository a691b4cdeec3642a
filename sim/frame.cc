#include "sim/frame.h"

#include <ns3/nstime.h>
#include <ns3/simulator.h>

#include <cstring>

namespace lisper::sim {

Frame::Frame(FramePool& pool, std::uint8_t size_class, std::size_t capacity)
    : pool_(&pool), size_class_(size_class), buffer_(std::make_unique_for_overwrite<std::byte[]>(capacity)) {}

void Frame::launch(FramePtr frame, FrameCarrier& carrier, std::uint32_t context, std::int64_t delay_ns) {
  Frame* event = frame.release();
  event->carrier_ = &carrier;
  event->Ref();  // the scheduler drops one when the event is done, or destroyed
  ns3::Simulator::ScheduleWithContext(context, ns3::TimeStep(static_cast<std::uint64_t>(delay_ns)), event);
}

void FrameRelease::operator()(Frame* frame) const noexcept {
  Frame*& head = frame->pool_->free_[frame->size_class_];
  frame->next_free_ = head;
  head = frame;
}

FramePtr FramePool::make(std::uint32_t len) {
  std::uint8_t size_class = 0;
  while (Frame::kFullHeadroom + len + kTailroom > kCapacity[size_class]) ++size_class;
  Frame*& head = free_[size_class];
  Frame* frame = head;
  if (frame != nullptr) {
    head = frame->next_free_;
  } else {
    all_.emplace_back(frame = new Frame(*this, size_class, kCapacity[size_class]));
  }
  frame->data = frame->buffer_.get() + Frame::kFullHeadroom;
  frame->len = len;
  return FramePtr(frame);
}

FramePtr FramePool::copy(Bytes bytes) {
  FramePtr frame = make(static_cast<std::uint32_t>(bytes.size()));
  if (!bytes.empty()) std::memcpy(frame->data, bytes.data(), bytes.size());
  return frame;
}

}  // namespace lisper::sim
