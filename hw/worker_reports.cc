// What a worker tells the control plane's thread: frames, events, counters.

#include <rte_mbuf.h>
#include <unistd.h>

#include <span>
#include <utility>

#include "hw/worker.h"

namespace lisper::hw {

void Worker::hand_over(Handover::Kind kind, rte_mbuf* frame, PortId ingress, const Verdict& verdict) noexcept {
  told_control_ = true;
  if (channel_.handovers.push({.frame = frame,
                               .port = ingress,
                               .exit = verdict.exit,
                               .network = verdict.network,
                               .location = verdict.ingress,
                               .kind = kind,
                               .worker = static_cast<std::uint8_t>(config_.index)}))
    return;
  shard_.count(ingress, verdict.network,
               kind == Handover::Kind::kHold ? Reason::kNextHopUnresolved : Reason::kControlFull);
  rte_pktmbuf_free(frame);
}

void Worker::trace_some(rte_mbuf** frames, std::uint16_t count, PortId port) noexcept {
  std::uint32_t left = trace_left_.load(std::memory_order_relaxed);
  for (std::uint16_t i = 0; i < count && left != 0; ++i) {
    rte_mbuf* copy = rte_pktmbuf_copy(frames[i], config_.pool, 0, UINT32_MAX);
    if (copy == nullptr) return;
    told_control_ = true;
    if (!channel_.handovers.push({.frame = copy,
                                  .port = port,
                                  .network = {},
                                  .location = {},
                                  .kind = Handover::Kind::kTrace,
                                  .worker = static_cast<std::uint8_t>(config_.index)})) {
      rte_pktmbuf_free(copy);
      return;
    }
    --left;
  }
  trace_left_.store(left, std::memory_order_relaxed);
}

void Worker::drain_events() noexcept {
  if (shard_.events.empty()) return;
  const std::span<const Event> events(shard_.events.begin(), shard_.events.end());
  const unsigned told = channel_.events.push(events);
  for (const Event& lost : events.subspan(told))
    ++shard_.network(lost.network).reasons[static_cast<std::size_t>(Reason::kPuntDropped)];
  shard_.events.clear();
  told_control_ = true;
}

void Worker::take_snapshot() noexcept {
  const std::uint32_t wanted = wanted_.load(std::memory_order_acquire);
  const std::size_t ports = config_.ports.size();
  const std::size_t networks = tables_.read().network_count() + 1;
  snapshot_.ports.resize(ports);
  snapshot_.networks.resize(networks);
  for (std::size_t i = 0; i < ports; ++i) snapshot_.ports[i] = shard_.port(PortId(static_cast<std::uint16_t>(i)));
  for (std::size_t i = 0; i < networks; ++i)
    snapshot_.networks[i] = shard_.network(NetworkId(static_cast<std::uint16_t>(i)));
  snapshot_.worker = counters_;
  done_.store(wanted, std::memory_order_release);
}

void Worker::hand_over_usage() noexcept {
  const UsageState state = usage_state_.load(std::memory_order_acquire);
  if (state != UsageState::kWanted && !(state == UsageState::kNone && shard_.usage.crowded())) return;
  std::swap(shard_.usage, usage_out_);
  usage_state_.store(UsageState::kReady, std::memory_order_release);
  told_control_ = true;
}

void Worker::wake_control() noexcept {
  told_control_ = false;
  if (config_.wake_fd < 0 || !control_sleeps_.exchange(false, std::memory_order_acq_rel)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(config_.wake_fd, &one, sizeof one);
}

}  // namespace lisper::hw
