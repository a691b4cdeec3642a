#include "sim/link.h"

#include <ns3/nstime.h>
#include <ns3/simulator.h>

#include <algorithm>

#include "core/wire/ethernet.h"

namespace lisper::sim {

namespace {

constexpr std::int64_t kPicosecondsPerSecond = 1'000'000'000'000;
constexpr std::uint32_t kPreambleAndGap = 20;  // [bytes] IEEE 802.3: preamble and SFD 8, interpacket gap 12

std::int64_t now_ns() { return ns3::Simulator::Now().GetTimeStep(); }

std::int64_t ps_per_byte(std::uint64_t rate_bps) {
  if (rate_bps == 0) return 0;
  return (8 * kPicosecondsPerSecond + static_cast<std::int64_t>(rate_bps) / 2) / static_cast<std::int64_t>(rate_bps);
}

}  // namespace

bool LinkPort::send(FramePtr frame) {
  const std::uint32_t len = frame->len;
  if (out_ == nullptr || !out_->send(std::move(frame), taps_)) {
    ++counters_.tx_refused;
    return false;
  }
  ++counters_.tx_packets;
  counters_.tx_bytes += len;
  return true;
}

LinkDirection::LinkDirection(const model::LinkDirection& config, std::uint16_t mtu, Random random,
                             std::int64_t series_interval_ns)
    : ps_per_byte_(ps_per_byte(config.rate_bps)),
      delay_ps_(config.delay.ns * 1000),
      rate_bps_(config.rate_bps),
      queue_limit_(config.queue),
      mtu_(mtu),
      loss_(config.loss),
      random_(random),
      bytes_series_(series_interval_ns) {}

bool LinkDirection::too_big(const Frame& frame) const noexcept {
  std::size_t limit = sizeof(wire::Ethernet) + mtu_;
  if (frame.len <= limit) return false;
  const auto type = at<wire::Ethernet>(frame.data).ether_type.value();
  if (type == wire::kEtherTypeVlan || type == wire::kEtherTypeServiceVlan) limit += sizeof(wire::VlanTag);
  return frame.len > limit;
}

/// Room in the queue for one frame more, which waits until busy_until_ps_.
bool LinkDirection::enqueue(std::int64_t now_ps) {
  while (!starts_ps_.empty() && starts_ps_.front() <= now_ps) starts_ps_.pop_front();
  if (starts_ps_.size() >= queue_limit_) return false;
  starts_ps_.push_back(busy_until_ps_);
  queue_peak_ = std::max(queue_peak_, static_cast<std::uint32_t>(starts_ps_.size()));
  return true;
}

bool LinkDirection::send(FramePtr frame, std::span<FrameTap* const> taps) {
  if (!up_ || to_ == nullptr) {
    ++dropped_down_;
    return false;
  }
  if (too_big(*frame)) {
    ++dropped_too_big_;
    return false;
  }
  const std::int64_t now = now_ns();
  const std::int64_t now_ps = now * 1000;
  if (busy_until_ps_ <= now_ps) {
    if (!starts_ps_.empty()) starts_ps_.clear();
    busy_until_ps_ = now_ps;
  } else if (!enqueue(now_ps)) {
    ++dropped_queue_full_;
    return false;
  }
  busy_until_ps_ += (frame->len + kPreambleAndGap) * ps_per_byte_;
  for (FrameTap* tap : taps) tap->on_sent(now, frame->bytes());
  // A frame that the wire will lose has used it all the same.
  if (loss_ > 0 && random_.uniform() < loss_) {
    ++dropped_loss_;
    return true;
  }
  const std::int64_t arrival = (busy_until_ps_ + delay_ps_ + 999) / 1000;
  frame->epoch = epoch_;
  Frame::launch(std::move(frame), *this, to_->context_, arrival - now);
  return true;
}

void LinkDirection::arrive(FramePtr frame) {
  if (frame->epoch != epoch_) {
    ++dropped_down_;
    return;
  }
  const std::int64_t now = now_ns();
  ++packets_;
  bytes_ += frame->len;
  bytes_series_.add(now, frame->len);
  LinkPort& port = *to_;
  ++port.counters_.rx_packets;
  port.counters_.rx_bytes += frame->len;
  for (FrameTap* tap : port.taps_) tap->on_received(now, frame->bytes());
  port.sink_->receive(std::move(frame), port.index_);
}

report::LinkDirectionResult LinkDirection::result() const {
  report::LinkDirectionResult result;
  result.packets = packets_;
  result.bytes = bytes_;
  result.queue_peak = queue_peak_;
  result.rate_bps = rate_bps_;
  result.bytes_series = bytes_series_.sums();
  const auto drop = [&](const char* name, std::uint64_t count) {
    if (count != 0) result.drops.emplace(name, count);
  };
  drop("queue_full", dropped_queue_full_);
  drop("loss", dropped_loss_);
  drop("down", dropped_down_);
  drop("too_big", dropped_too_big_);
  return result;
}

Link::Link(const model::Link& config, Random random, std::int64_t series_interval_ns)
    : directions_{LinkDirection(config.directions[0], config.mtu, random.derive(0), series_interval_ns),
                  LinkDirection(config.directions[1], config.mtu, random.derive(1), series_interval_ns)},
      up_(config.up) {}

void Link::plug(std::size_t end, LinkPort& port) {
  interrupt();
  if (LinkPort* former = ends_[end]; former != nullptr && former != &port) {
    former->out_ = nullptr;
    former->set_up(false);
  }
  ends_[end] = &port;
  refresh();
}

void Link::set_up(bool up) {
  if (up_ == up) return;
  up_ = up;
  if (!up) interrupt();
  refresh();
}

/// What is queued or under way is lost.
void Link::interrupt() {
  for (LinkDirection& direction : directions_) {
    ++direction.epoch_;
    direction.busy_until_ps_ = 0;
    direction.starts_ps_.clear();
  }
}

void Link::refresh() {
  const bool up = up_ && ends_[0] != nullptr && ends_[1] != nullptr;
  for (std::size_t i = 0; i < 2; ++i) {
    directions_[i].to_ = ends_[1 - i];
    directions_[i].up_ = up;
    if (ends_[i] != nullptr) ends_[i]->out_ = &directions_[i];
  }
  for (LinkPort* end : ends_)
    if (end != nullptr) end->set_up(up);
}

}  // namespace lisper::sim
