#include "nic-model/transmit.h"

#include <algorithm>

namespace lisper::nic {

namespace {

// 7.2.3.2.3, 7.2.3.2.4: descriptor types and the commands of data descriptors.
constexpr std::uint64_t kTypeShift = 20;
constexpr std::uint64_t kTypeMask = 0xf;
constexpr std::uint64_t kContext = 2;
constexpr std::uint64_t kData = 3;
constexpr std::uint64_t kEndOfPacket = 1u << 24;
constexpr std::uint64_t kReportStatus = 1u << 27;
constexpr std::uint64_t kExtension = 1u << 29;
constexpr std::uint64_t kDone = std::uint64_t{1} << 32;

constexpr std::size_t kShortestFrame = 17;  // 7.2.1.1, with padding by the NIC

}  // namespace

void TransmitPath::reset() {
  for (std::uint32_t q = 0; q < reg::kTxQueues; ++q) stop(q);
}

void TransmitPath::start(std::uint32_t index) {
  stop(index);
  const std::uint32_t at = reg::tx_queue(index);
  memory_.refresh();
  if (queues_[index].ring.start(registers_.wide(at + reg::kTdbal, at + reg::kTdbah), registers_[at + reg::kTdlen],
                                registers_[at + reg::kTdh], registers_[at + reg::kTdt], errors_))
    running_.push_back(index);
}

void TransmitPath::stop(std::uint32_t index) noexcept {
  Queue& queue = queues_[index];
  queue.ring.stop();
  queue.contexts = {};
  queue.frame.clear();
  queue.in_frame = queue.bad = false;
  std::erase(running_, index);
}

bool TransmitPath::run(int budget, const Send& send) {
  if (running_.empty() || !registers_.is_set(reg::kDmaTxCtl, reg::kDmaTxCtlEnable)) return false;
  bool worked = false;
  ++turn_;
  for (std::size_t i = 0; i < running_.size(); ++i) {
    const std::uint32_t index = running_[(turn_ + i) % running_.size()];
    for (int n = 0; n < budget && queues_[index].ring.available() > 0; ++n) {
      if (!queues_[index].in_frame && !may_begin()) return worked;
      worked = true;
      if (!step(index, send)) break;
    }
  }
  return worked;
}

bool TransmitPath::pending() const noexcept {
  return registers_.is_set(reg::kDmaTxCtl, reg::kDmaTxCtlEnable) &&
         std::ranges::any_of(running_, [this](std::uint32_t index) { return queues_[index].ring.available() > 0; });
}

bool TransmitPath::step(std::uint32_t index, const Send& send) {
  Queue& queue = queues_[index];
  const auto descriptor = memory_.read_descriptor(queue.ring.address());
  if (!descriptor) {
    errors_.count(Error::kUnmappedDescriptor);
    queue.ring.stop();
    return false;
  }
  const std::uint64_t type = descriptor->high >> kTypeShift & kTypeMask;
  const bool extended = (descriptor->high & kExtension) != 0;
  if (extended && type == kContext) {
    queue.contexts[descriptor->high >> 36 & 1] = read_context(*descriptor);
  } else if (extended && type == kData) {
    add_segment(queue, *descriptor);
    if ((descriptor->high & kEndOfPacket) != 0) finish(index, send);
  } else {
    errors_.count(Error::kBadDescriptorType);
  }
  if ((descriptor->high & kReportStatus) != 0) std::ignore = memory_.write_descriptor(queue.ring.address(), {0, kDone});
  queue.ring.advance();
  return true;
}

void TransmitPath::add_segment(Queue& queue, const Descriptor& descriptor) {
  if (!queue.in_frame) {
    queue.in_frame = true;
    queue.options = read_options(descriptor);
  }
  if (queue.bad) return;
  const std::size_t bytes = descriptor.high & 0xffff;
  const std::size_t before = queue.frame.size();
  if (bytes == 0) {
    errors_.count(Error::kBadSegment);
    queue.bad = true;
  } else if (before + bytes > kMaxFrameBytes) {
    errors_.count(Error::kBadFrameLength);
    queue.bad = true;
  } else {
    queue.frame.resize(before + bytes);
    if (!memory_.read(descriptor.low, std::span(queue.frame).subspan(before))) {
      errors_.count(Error::kUnmappedBuffer);
      queue.bad = true;
    }
  }
}

void TransmitPath::finish(std::uint32_t index, const Send& send) {
  Queue& queue = queues_[index];
  std::vector<std::byte>& frame = queue.frame;
  if (!queue.bad && frame.size() < kShortestFrame) {
    errors_.count(Error::kBadFrameLength);
    queue.bad = true;
  }
  if (!queue.bad && apply(queue.options, queue.contexts[queue.options.context], frame, errors_)) {
    if (frame.size() < kMinFrameBytes && registers_.is_set(reg::kHlreg0, reg::kHlreg0TxPad))
      frame.resize(kMinFrameBytes);
    const auto bytes = static_cast<std::uint32_t>(frame.size() + kCrcBytes);
    statistics_.add(Statistics::kTotalSent);
    statistics_.add(Statistics::kFromHost);
    statistics_.add(Statistics::kGoodSent);
    statistics_.add_octets(Statistics::kGoodOctetsSent, bytes);
    statistics_.add_size(Statistics::kSentOfSize, bytes);
    const bool group = (byte_at(frame, 0) & 1) != 0;
    const bool broadcast =
        group && std::all_of(frame.begin(), frame.begin() + 6, [](auto b) { return b == std::byte{0xff}; });
    if (group) statistics_.add(broadcast ? Statistics::kBroadcastSent : Statistics::kMulticastSent);
    // TQSM (8.2.3.23.72): four queues a register.
    const std::uint32_t counter = registers_[reg::kTqsm + (index & ~3u)] >> (index % 4 * 8) & 0xf;
    statistics_.add(Statistics::kQueueSent + counter * reg::kQueueStride);
    statistics_.add_octets(Statistics::kQueueOctetsSent + counter * 8, bytes - std::uint32_t{kCrcBytes});
    limits_.leaving.carry(line_bytes(frame.size()));
    limits_.bus->carry(kBusBytesSent);
    send(frame);
  }
  frame.clear();
  queue.in_frame = queue.bad = false;
}

}  // namespace lisper::nic
