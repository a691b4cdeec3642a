#include "nic-model/receive.h"

#include <algorithm>

#include "nic-model/crc32.h"
#include "nic-model/receive_descriptor.h"

namespace lisper::nic {

void ReceivePath::reset() {
  for (Ring& ring : rings_) ring.stop();
  packet_buffer_.clear();
  buffered_bytes_ = 0;
  rss_.set_key(registers_);
}

void ReceivePath::start(std::uint32_t queue) {
  const std::uint32_t at = reg::rx_queue(queue);
  memory_.refresh();
  std::ignore = rings_[queue].start(registers_.wide(at + reg::kRdbal, at + reg::kRdbah), registers_[at + reg::kRdlen],
                                    registers_[at + reg::kRdh], registers_[at + reg::kRdt], errors_);
}

bool ReceivePath::strips_crc() const noexcept { return registers_.is_set(reg::kHlreg0, reg::kHlreg0RxCrcStrip); }

// RQSMR (8.2.3.23.70): four queues a register.
std::uint32_t ReceivePath::counter_of(std::uint32_t queue) const noexcept {
  return registers_[reg::kRqsmr + (queue & ~3u)] >> (queue % 4 * 8) & 0xf;
}

void ReceivePath::count_arrival(Frame frame, const FilterResult& result) noexcept {
  const auto bytes = static_cast<std::uint32_t>(frame.size() + kCrcBytes);
  statistics_.add(Statistics::kTotalPackets);
  statistics_.add_octets(Statistics::kTotalOctets, bytes);
  if (!result.past_address) return;
  statistics_.add(Statistics::kPastFilter);
  if (!result.accepted) return;
  statistics_.add(Statistics::kGoodPackets);
  // What the stock driver relies on: octets of good packets leave a stripped CRC out.
  statistics_.add_octets(Statistics::kGoodOctets, strips_crc() ? bytes - std::uint32_t{kCrcBytes} : bytes);
  statistics_.add_size(Statistics::kPacketsOfSize, bytes);
  if (result.broadcast) statistics_.add(Statistics::kBroadcastPackets);
  if (result.multicast) statistics_.add(Statistics::kMulticastPackets);
}

void ReceivePath::arrived(Frame frame) {
  if (!registers_.is_set(reg::kRxCtrl, reg::kRxCtrlEnable)) return;
  if (frame.size() < kMinFrameBytes) return statistics_.add(Statistics::kUndersize);
  const Headers headers = inspect(frame);
  if (frame.size() > longest_frame(registers_) + (headers.tagged ? kVlanTagBytes : 0))
    return statistics_.add(Statistics::kOversize);
  const FilterResult result = filter(frame, headers, registers_);
  count_arrival(frame, result);
  if (!result.accepted) return;

  // What came first goes first, whatever its queue: the packet buffer is a FIFO (3.7.7).
  if (packet_buffer_.empty() && !limits_.bus->limited() && deliver(frame) != Delivery::kWait) return;
  const std::size_t room = registers_[reg::kRxPbSize] & 0xffc00;
  if (buffered_bytes_ + frame.size() > room) return statistics_.add(Statistics::kMissed);
  packet_buffer_.emplace_back(frame.begin(), frame.end());
  buffered_bytes_ += frame.size();
}

bool ReceivePath::drain(int budget) {
  bool moved = false;
  for (; !packet_buffer_.empty() && budget > 0; --budget) {
    if (!limits_.bus->free() || deliver(packet_buffer_.front()) == Delivery::kWait) break;
    buffered_bytes_ -= packet_buffer_.front().size();
    packet_buffer_.pop_front();
    moved = true;
  }
  return moved;
}

ReceivePath::Delivery ReceivePath::drop(std::uint32_t queue) noexcept {
  statistics_.add(Statistics::kQueueDropped + counter_of(queue) * reg::kQueueStride);
  return Delivery::kDropped;
}

ReceivePath::Delivery ReceivePath::deliver(Frame frame) {
  const Headers headers = inspect(frame);
  const RssResult rss = Rss::enabled(registers_) ? rss_.apply(frame, headers, registers_) : RssResult{};
  const std::uint32_t at = reg::rx_queue(rss.queue);
  Ring& ring = rings_[rss.queue];
  if (!ring.running()) return drop(rss.queue);

  const std::uint32_t srrctl = registers_[at + reg::kSrrctl];
  const std::size_t buffer = (srrctl & reg::kSrrctlBufferMask) * 1024;
  if ((srrctl >> reg::kSrrctlTypeShift & reg::kSrrctlTypeMask) != reg::kSrrctlAdvancedOneBuffer) {
    errors_.count(Error::kUnmodelled);
    return drop(rss.queue);
  }
  const std::size_t bytes = frame.size() + kCrcBytes;  // at most
  if (buffer == 0 || buffer > 16 * 1024 || bytes / buffer + 1 >= ring.count()) {
    errors_.count(Error::kBadBufferSize);
    return drop(rss.queue);
  }

  const bool strip_tag = headers.tagged && registers_.is_set(at + reg::kRxdctl, reg::kRxdctlVlanStrip);
  const std::size_t out = frame.size() - (strip_tag ? kVlanTagBytes : 0) + (strips_crc() ? 0 : kCrcBytes);
  if (ring.available() < (out + buffer - 1) / buffer) {
    if ((srrctl & reg::kSrrctlDrop) != 0) return drop(rss.queue);
    return Delivery::kWait;
  }

  const std::uint32_t type = packet_type(headers);
  const std::uint32_t checks = check(frame, headers);
  std::uint16_t tag = 0;
  std::uint32_t status = checks | rx::kDone;
  if (out != frame.size() || strip_tag) {
    const std::uint32_t crc = strips_crc() ? 0 : crc32(frame);
    edited_.assign(frame.begin(), frame.end());
    if (strip_tag) {
      tag = big16(frame, 14);
      status |= rx::kVlan;
      edited_.erase(edited_.begin() + 12, edited_.begin() + 16);
    }
    if (!strips_crc())
      for (unsigned shift = 0; shift < 32; shift += 8) edited_.push_back(static_cast<std::byte>(crc >> shift));
    frame = edited_;
  }
  const RssResult shown =
      registers_.is_set(reg::kRxCsum, reg::kRxCsumPacketDisable) ? rss : RssResult{rss.type, 0, rss.queue};

  for (Frame rest = frame; !rest.empty();) {
    const Frame piece = rest.first(std::min(rest.size(), buffer));
    rest = rest.subspan(piece.size());
    const auto descriptor = memory_.read_descriptor(ring.address());
    // After a fault on the bus a queue does nothing until it is enabled again.
    if (!descriptor || !memory_.write(descriptor->low, piece)) {
      errors_.count(descriptor ? Error::kUnmappedBuffer : Error::kUnmappedDescriptor);
      ring.stop();
      return drop(rss.queue);
    }
    const std::uint32_t last = rest.empty() ? rx::kEndOfPacket : 0;
    std::ignore = memory_.write_descriptor(ring.address(), write_back(type, shown, status | last, piece.size(), tag));
    ring.advance();
  }
  limits_.bus->carry(bus_bytes_received(frame.size()));
  if ((checks & (rx::kIpError | rx::kTransportError)) != 0) statistics_.add(Statistics::kBadChecksum);
  statistics_.add(Statistics::kToHost);
  const std::uint32_t counter = counter_of(rss.queue);
  statistics_.add(Statistics::kQueuePackets + counter * reg::kQueueStride);
  statistics_.add_octets(Statistics::kQueueOctets + counter * reg::kQueueStride,
                         static_cast<std::uint32_t>(frame.size()));
  return Delivery::kDone;
}

}  // namespace lisper::nic
