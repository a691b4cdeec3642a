#include "hw/control.h"

#include <rte_mbuf.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <utility>

#include "crypto/ipsec_mb.h"
#include "hw/copies.h"
#include "report/node_result.h"

namespace lisper::hw {

namespace {

/// The bytes of a frame, wherever they lie; `buffer` is used if in several places.
Bytes bytes_of(rte_mbuf* frame, std::vector<std::byte>& buffer) {
  if (frame->nb_segs == 1) return {rte_pktmbuf_mtod(frame, std::byte*), frame->pkt_len};
  buffer.resize(frame->pkt_len);
  rte_pktmbuf_read(frame, 0, frame->pkt_len, buffer.data());
  return buffer;
}

void add(TrafficCounters& to, const TrafficCounters& more) {
  to.rx_packets += more.rx_packets;
  to.rx_bytes += more.rx_bytes;
  to.tx_packets += more.tx_packets;
  to.tx_bytes += more.tx_bytes;
  for (std::size_t i = 0; i < kReasonCount; ++i) to.reasons[i] += more.reasons[i];
}

void subtract(TrafficCounters& from, const TrafficCounters& less) {
  from.rx_packets -= less.rx_packets;
  from.rx_bytes -= less.rx_bytes;
  from.tx_packets -= less.tx_packets;
  from.tx_bytes -= less.tx_bytes;
  for (std::size_t i = 0; i < kReasonCount; ++i) from.reasons[i] -= less.reasons[i];
}

void subtract(WorkerCounters& from, const WorkerCounters& less) {
  from.packets -= less.packets;
  from.batches -= less.batches;
  from.polls -= less.polls;
  from.spread_out -= less.spread_out;
  from.spread_full -= less.spread_full;
  from.tx_refused -= less.tx_refused;
}

}  // namespace

Control::Control(const LisperConfig& config, Publication& tables, std::vector<Channel*> channels,
                 std::vector<Worker*> workers, rte_mempool* pool, std::atomic<bool>& sleeps)
    : config_(config),
      tables_(tables),
      channels_(std::move(channels)),
      workers_(std::move(workers)),
      pool_(pool),
      sleeps_(sleeps),
      control_(config_, tables_.latest(), &crypto::ipsec_mb()),
      own_ports_(config_.ports.size()) {}

void Control::start(TimeNs now) {
  control_.start(now, outbox_);
  carry_out();
  publish();
}

std::size_t Control::run_once(TimeNs now) {
  std::size_t done = 0;
  for (Channel* channel : channels_) {
    done += take_events(*channel, now);
    done += take_handovers(*channel, now);
  }
  done += take_usage(now);
  if (control_.next_deadline() <= now) {
    if (usage_complete(now)) {
      control_.tick(now, outbox_);
      carry_out();
    }
    ++done;
  }
  publish();
  return done;
}

std::size_t Control::take_events(Channel& channel, TimeNs now) {
  std::array<Event, 64> events;
  const unsigned count = channel.events.pop(events);
  for (const Event& event : std::span(events).first(count)) {
    if (event.kind == Event::Kind::kSeen) touch(event, now);
    control_.on_event(event, now, outbox_);
    carry_out();
  }
  return count;
}

/// While the FIB moved to a larger place, a worker has left its stamp in the old one.
void Control::touch(const Event& event, TimeNs now) const {
  Fib::Entry* entry = tables_.latest().fib().find(FibKey(event.network, event.source));
  if (entry == nullptr || entry->load().kind != FibKind::kLocal) return;
  std::uint64_t word = entry->value.load(std::memory_order_relaxed);
  entry->value.compare_exchange_strong(word, Fib::Entry::pack(Fib::Entry::unpack(word), stamp_of(now)),
                                       std::memory_order_relaxed);
}

std::size_t Control::take_usage(TimeNs now) {
  std::size_t done = 0;
  for (Worker* worker : workers_) {
    if (!worker->usage_ready()) continue;
    control_.on_usage(worker->usage(), now);
    worker->release_usage();
    ++done;
    ++usage_given_;
  }
  return done;
}

/// Before it is time for statistics, workers give what they have counted; they sleep for 1 ms at most.
bool Control::usage_complete(TimeNs now) {
  constexpr TimeNs kPatience = milliseconds(5);
  if (config_.statistics_interval.ns == 0) return true;
  if (usage_asked_ == kNever) {
    for (Worker* worker : workers_) worker->request_usage();
    usage_asked_ = now;
    usage_given_ = 0;
    return false;
  }
  if (usage_given_ < workers_.size() && now - usage_asked_ < kPatience) return false;
  usage_asked_ = kNever;
  return true;
}

std::size_t Control::take_handovers(Channel& channel, TimeNs now) {
  std::array<Handover, 64> handovers;
  const unsigned count = channel.handovers.pop(handovers);
  std::vector<std::byte> buffer;
  for (const Handover& handover : std::span(handovers).first(count)) {
    const Bytes bytes = bytes_of(handover.frame, buffer);
    switch (handover.kind) {
      case Handover::Kind::kFrame:
        control_.on_frame(handover.port, bytes, now, outbox_);
        carry_out();
        break;
      case Handover::Kind::kHold:
        if (!control_.hold(handover.exit, bytes, now))
          ++own_ports_[tables().exit(handover.exit).port.value]
                .reasons[static_cast<std::size_t>(Reason::kNextHopUnresolved)];
        break;
      case Handover::Kind::kOverlay:
        control_.on_overlay_frame(handover.network, handover.location, bytes, now, outbox_);
        carry_out();
        break;
      case Handover::Kind::kTrace:
        if (trace_) trace_({now, handover.worker, handover.port, {bytes.begin(), bytes.end()}});
        break;
    }
    rte_pktmbuf_free(handover.frame);
  }
  return count;
}

void Control::on_message(std::string_view datagram, TimeNs now) {
  control_.on_message(std::as_bytes(std::span(datagram)), now, outbox_);
  carry_out();
}

void Control::on_controller_connected(TimeNs now) {
  control_.on_controller_connected(now, outbox_);
  carry_out();
}

void Control::on_port_state(PortId port, bool up, TimeNs now) {
  control_.on_port_state(port, up, now, outbox_);
  carry_out();
}

void Control::publish() { tables_.publish(); }

/// The control plane reads the tables in its next call, so `latest` has the changes at once. Frames must not overtake
/// a change that workers need for their answers: it is published first.
void Control::carry_out() {
  if (outbox_.empty()) return;
  tables_.apply(std::move(outbox_.deltas));
  if (!outbox_.frames.empty() || !outbox_.overlay_frames.empty()) publish();
  for (const Outbox::Frame& frame : outbox_.frames) send(frame);
  for (const Outbox::OverlayFrame& frame : outbox_.overlay_frames) inject(frame);
  for (const std::string& message : outbox_.messages) {
    if (punt_) {
      punt_(message);
    } else {
      ++punts_dropped_;
    }
  }
  outbox_.clear();
}

void Control::send(const Outbox::Frame& frame) {
  rte_mbuf* buffer = copy_of(frame.bytes, pool_);
  if (buffer != nullptr) {
    buffer->port = frame.port.value;
    if (channels_[0]->frames.push(buffer)) return workers_[0]->sleeper().wake();
    rte_pktmbuf_free(buffer);
  }
  ++own_ports_[frame.port.value]
        .reasons[static_cast<std::size_t>(buffer == nullptr ? Reason::kNoBuffer : Reason::kTxFull)];
}

void Control::inject(const Outbox::OverlayFrame& frame) {
  const PortId port = tables().location(frame.ingress).port;
  rte_mbuf* buffer = copy_of(frame.bytes, pool_);
  if (buffer != nullptr) {
    buffer->port = port.value;
    const Injection injection{.frame = buffer, .ingress = frame.ingress, .to = frame.to, .network = frame.network};
    if (channels_[0]->injections.push(injection)) return workers_[0]->sleeper().wake();
    rte_pktmbuf_free(buffer);
  }
  ++own_ports_[port.value].reasons[static_cast<std::size_t>(buffer == nullptr ? Reason::kNoBuffer : Reason::kTxFull)];
}

bool Control::prepare_to_sleep() noexcept {
  sleeps_.store(true, std::memory_order_seq_cst);
  const bool idle = std::ranges::all_of(
      channels_, [](const Channel* channel) { return channel->events.empty() && channel->handovers.empty(); });
  if (!idle) woke_up();
  return idle;
}

Control::Sum Control::sum(const std::function<void()>& drive) {
  for (Worker* worker : workers_) worker->request_snapshot();
  while (!std::ranges::all_of(workers_, &Worker::snapshot_ready)) {
    if (drive) drive();
    sched_yield();
  }
  Sum sum{own_ports_, std::vector<TrafficCounters>(tables().network_count() + 1), {}};
  for (const Worker* worker : workers_) {
    const Worker::Snapshot& snapshot = worker->snapshot();
    for (std::size_t i = 0; i < sum.ports.size(); ++i) add(sum.ports[i], snapshot.ports[i]);
    for (std::size_t i = 0; i < sum.networks.size(); ++i) add(sum.networks[i], snapshot.networks[i]);
    sum.workers.push_back(snapshot.worker);
  }
  sum.networks[0].reasons[static_cast<std::size_t>(Reason::kPuntDropped)] += punts_dropped_;
  return sum;
}

Control::Gathered Control::gather(TimeNs now, std::size_t rows, const std::function<void()>& drive) {
  Sum current = sum(drive);
  if (!cleared_.ports.empty()) {
    for (std::size_t i = 0; i < current.ports.size(); ++i) subtract(current.ports[i], cleared_.ports[i]);
    for (std::size_t i = 0; i < current.networks.size(); ++i) subtract(current.networks[i], cleared_.networks[i]);
    for (std::size_t i = 0; i < current.workers.size(); ++i) subtract(current.workers[i], cleared_.workers[i]);
  }
  return {report::node_result({config_, tables(), control_, current.ports, current.networks}, now, rows),
          std::move(current.workers)};
}

void Control::clear_counters(const std::function<void()>& drive) { cleared_ = sum(drive); }

}  // namespace lisper::hw
