#include "hw/worker.h"

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/forward/process.h"
#include "core/forward/replicate.h"
#include "core/forward/seal.h"
#include "core/forward/spread.h"
#include "crypto/ipsec_mb.h"
#include "hw/copies.h"

namespace lisper::hw {

namespace {

constexpr std::size_t kLarge = 64 * 1024 + 256;  ///< [bytes] kHeadroom and kTailroom included
constexpr TimeNs kExpiryInterval = milliseconds(100);

/// All but the verdict. Field by field: a Packet copied whole, right after it was written in pieces, would stall the
/// processor for as long as forwarding it takes.
void describe(rte_mbuf* frame, PortId port, Packet& packet) noexcept {
  packet.data = rte_pktmbuf_mtod(frame, std::byte*);
  packet.len = frame->pkt_len;
  packet.port = port;
}

/// Brings what the core did with a packet into its buffer.
void update(rte_mbuf* frame, const Packet& packet) noexcept {
  frame->data_off = static_cast<std::uint16_t>(packet.data - static_cast<std::byte*>(frame->buf_addr));
  frame->data_len = static_cast<std::uint16_t>(packet.len);
  frame->pkt_len = packet.len;
}

}  // namespace

Worker::Worker(Config config, Publication& tables, Channel& channel, std::atomic<bool>& control_sleeps)
    : config_(std::move(config)),
      tables_(tables),
      channel_(channel),
      control_sleeps_(control_sleeps),
      shard_(config_.ports.size(), tables.latest().network_count(), &crypto::ipsec_mb()),
      tx_(config_.ports.size()),
      large_(std::make_unique<std::byte[]>(2 * kLarge)) {
  if (config_.statistics) {
    shard_.usage = Usage::counting();
    usage_out_ = Usage::counting();
  }
  for (std::size_t i = 0; i < tx_.size(); ++i)
    if (const PortQueues& queues = config_.ports[i]; queues.tx != kNoQueue) tx_[i].shortest = queues.shortest;
  take_snapshot();
}

Worker::~Worker() {
  for (TxBuffer& tx : tx_) rte_pktmbuf_free_bulk(tx.frames.data(), tx.count);
  rte_mbuf* frame = nullptr;
  while (spread_in_.pop(frame)) rte_pktmbuf_free(frame);
  while (send_in_.pop(frame)) rte_pktmbuf_free(frame);
}

std::size_t Worker::run_once(TimeNs now) noexcept {
  ++counters_.polls;
  const Tables& tables = tables_.read();
  std::size_t done = take_from_rings(tables, now);
  for (std::size_t i = 0; i < config_.ports.size(); ++i)
    done += receive(PortId(static_cast<std::uint16_t>(i)), tables, now);
  if (done != 0) {
    ++counters_.batches;
    finish_reassembly(tables, now);
    drain_events();
    for (std::size_t i = 0; i < tx_.size(); ++i) flush(PortId(static_cast<std::uint16_t>(i)));
  }
  if (now >= next_expiry_) {
    if (shard_.reassembler.next_deadline() <= now)
      for (const PortId port : shard_.reassembler.expire(now)) shard_.count(port, kNoNetwork, Reason::kFragmentTimeout);
    // Never late: what begins to be collected meanwhile is not due before the next look.
    next_expiry_ = std::min(now + kExpiryInterval, shard_.reassembler.next_deadline());
  }
  hand_over_usage();
  if (told_control_) wake_control();
  if (!snapshot_ready()) take_snapshot();
  return done;
}

std::size_t Worker::receive(PortId port, const Tables& tables, TimeNs now) noexcept {
  const PortQueues& queues = config_.ports[port.value];
  if (queues.rx == kNoQueue) return 0;
  std::array<rte_mbuf*, kBurst> frames;
  const std::uint16_t count = rte_eth_rx_burst(queues.device, queues.rx, frames.data(), kBurst);
  if (count == 0) return 0;
  std::uint16_t kept = 0;
  for (std::uint16_t i = 0; i < count; ++i) {
    rte_mbuf* const frame = usable(frames[i]);
    if (frame == nullptr) {
      shard_.count(port, kNoNetwork, Reason::kNoBuffer);
      continue;
    }
    describe(frame, port, packets_[kept]);
    frames[kept++] = frame;
  }
  if (trace_left_.load(std::memory_order_relaxed) != 0) [[unlikely]]
    trace_some(frames.data(), kept, port);
  if (config_.spread == Spread::kInner && peers_.size() > 1) {
    distribute(frames.data(), kept, port, tables, now);
  } else {
    forward(frames.data(), kept, tables, now);
  }
  return count;
}

/// One buffer that nobody else holds, with room for headers in front: as NICs deliver them. Null if there is no memory.
rte_mbuf* Worker::usable(rte_mbuf* frame) noexcept {
  if (frame->nb_segs == 1 && RTE_MBUF_DIRECT(frame) && rte_mbuf_refcnt_read(frame) == 1 &&
      rte_pktmbuf_headroom(frame) >= kHeadroom && rte_pktmbuf_tailroom(frame) >= kTailroom) [[likely]]
    return frame;
  return make_usable(frame, config_.pool);
}

std::size_t Worker::take_from_rings(const Tables& tables, TimeNs now) noexcept {
  std::array<rte_mbuf*, kBurst> frames;
  std::size_t done = 0;
  if (const unsigned count = channel_.frames.pop(frames); count != 0) [[unlikely]] {
    for (unsigned i = 0; i < count; ++i) {
      const PortId port(frames[i]->port);
      TrafficCounters& counters = shard_.port(port);
      ++counters.tx_packets;
      counters.tx_bytes += frames[i]->pkt_len;
      send(port, frames[i]);
    }
    done += count;
  }
  if (!channel_.injections.empty()) [[unlikely]]
    done += take_injections(tables, now);
  if (peers_.size() < 2) return done;
  if (const unsigned count = send_in_.pop(frames); count != 0) {
    for (unsigned i = 0; i < count; ++i) send(PortId(frames[i]->port), frames[i]);
    done += count;
  }
  if (const unsigned count = spread_in_.pop(frames); count != 0) {
    for (unsigned i = 0; i < count; ++i) describe(frames[i], PortId(frames[i]->port), packets_[i]);
    forward(frames.data(), static_cast<std::uint16_t>(count), tables, now);
    done += count;
  }
  return done;
}

std::size_t Worker::take_injections(const Tables& tables, TimeNs now) noexcept {
  std::array<Injection, kBurst> injections;
  const unsigned count = channel_.injections.pop(injections);
  for (const Injection& injection : std::span(injections).first(count)) {
    Packet packet;
    describe(injection.frame, PortId(injection.frame->port), packet);
    packet.verdict.network = injection.network;
    packet.verdict.ingress = injection.ingress;
    inject(packet, injection.to, tables, shard_, now);
    update(injection.frame, packet);
    carry_out(packet, injection.frame, packet.port, tables, now);
  }
  return count;
}

/// Keeps our share of the packets of a port and gives the other workers theirs.
void Worker::distribute(rte_mbuf** frames, std::uint16_t count, PortId port, const Tables& tables,
                        TimeNs now) noexcept {
  std::uint16_t kept = 0;
  for (std::uint16_t i = 0; i < count; ++i) rte_prefetch0(rte_pktmbuf_mtod(frames[i], void*));
  for (std::uint16_t i = 0; i < count; ++i) {
    rte_mbuf* const frame = frames[i];
    describe(frame, port, packets_[kept]);
    const std::uint64_t hash = spread_hash(packets_[kept], tables);
    const auto target = static_cast<std::size_t>(hash * peers_.size() >> 32);
    if (target == config_.index) {
      frames[kept++] = frame;
      continue;
    }
    frame->port = port.value;
    if (peers_[target]->spread_in_.push(frame)) {
      ++counters_.spread_out;
    } else {
      ++counters_.spread_full;
      shard_.count(port, kNoNetwork, Reason::kWorkerFull);
      rte_pktmbuf_free(frame);
    }
  }
  if (kept != 0) forward(frames, kept, tables, now);
}

/// The frames' packets are described.
void Worker::forward(rte_mbuf** frames, std::uint16_t count, const Tables& tables, TimeNs now) noexcept {
  process({packets_.data(), count}, tables, shard_, now);
  counters_.packets += count;
  for (std::uint16_t i = 0; i < count;) {
    const std::uint16_t first = i;
    const PortId port = packets_[first].verdict.port;
    const std::uint32_t shortest = packets_[first].verdict.action == Action::kForward ? tx_[port.value].shortest : 0;
    while (i < count && packets_[i].verdict.action == Action::kForward && packets_[i].verdict.port == port &&
           packets_[i].len >= shortest) {
      update(frames[i], packets_[i]);
      ++i;
    }
    if (i != first) {
      send_all(port, {frames + first, frames + i});
    } else {
      update(frames[i], packets_[i]);
      carry_out(packets_[i], frames[i], packets_[i].port, tables, now);
      ++i;
    }
  }
}

void Worker::carry_out(const Packet& packet, rte_mbuf* frame, PortId ingress, const Tables& tables,
                       TimeNs now) noexcept {
  switch (packet.verdict.action) {
    case Action::kForward:
      return send(packet.verdict.port, frame);
    case Action::kReplicate:
      if (packet.verdict.snooped) [[unlikely]] {
        rte_mbuf_refcnt_update(frame, 1);
        replicate(packet, frame, tables, now);
        return hand_over(Handover::Kind::kOverlay, frame, ingress, packet.verdict);
      }
      return replicate(packet, frame, tables, now);
    case Action::kQueue:
      return hand_over(Handover::Kind::kOverlay, frame, ingress, packet.verdict);
    case Action::kControl:
      return hand_over(Handover::Kind::kFrame, frame, ingress, packet.verdict);
    case Action::kHold:
      return hand_over(Handover::Kind::kHold, frame, ingress, packet.verdict);
    case Action::kDrop:
      return rte_pktmbuf_free(frame);
  }
}

/// Each copy has headers of its own in front of the same frame, if its port can send from several buffers. Those that
/// are encrypted are so together.
void Worker::replicate(const Packet& packet, rte_mbuf* frame, const Tables& tables, TimeNs now) noexcept {
  std::array<rte_mbuf*, kBurst> buffers;
  std::uint16_t count = 0;
  const auto finish = [&] {
    seal({copies_.data(), count}, tables, shard_);
    for (std::uint16_t i = 0; i < count; ++i) carry_out(copies_[i], buffers[i], packet.port, tables, now);
    count = 0;
  };
  const auto list = tables.replication(packet.verdict.list);
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!copy_wanted(packet.verdict, tables, i)) continue;
    const bool share = config_.ports[tables.location(list[i]).port.value].multi_segment;
    SharedCopy copy(frame, share ? bytes_touched(packet, tables, i) : packet.len, config_.pool);
    if (!copy) {
      shard_.count(packet.port, packet.verdict.network, Reason::kNoBuffer);
      continue;
    }
    Packet head{.data = copy.data(), .len = packet.len, .port = packet.port, .verdict = packet.verdict};
    encapsulate_copy(head, tables, shard_, i, now);
    copies_[count] = head;
    buffers[count] = copy.finish(head);
    if (++count == kBurst) finish();
  }
  finish();
  rte_pktmbuf_free(frame);
}

void Worker::finish_reassembly(const Tables& tables, TimeNs now) noexcept {
  while (const auto complete = shard_.reassembler.take_complete()) {
    rte_mbuf* frame = copy_of(complete->frame, config_.pool);
    if (frame == nullptr) {
      forward_large(complete->frame, complete->port, tables, now);
      continue;
    }
    // Its flow's other packets may be another worker's.
    if (config_.spread == Spread::kInner && peers_.size() > 1) {
      distribute(&frame, 1, complete->port, tables, now);
    } else {
      describe(frame, complete->port, packets_[0]);
      forward(&frame, 1, tables, now);
    }
  }
}

/// A packet that fits in no buffer. What comes of it may: an ICMP error, say.
void Worker::forward_large(Bytes bytes, PortId port, const Tables& tables, TimeNs now) noexcept {
  const auto buffer_of = [&](const Packet& packet) {
    rte_mbuf* const frame = copy_of({packet.data, packet.len}, config_.pool);
    if (frame == nullptr) shard_.count(port, packet.verdict.network, Reason::kNoBuffer);
    return frame;
  };
  const auto finish = [&](const Packet& packet) {
    if (packet.verdict.action == Action::kDrop) return;
    if (rte_mbuf* frame = buffer_of(packet)) carry_out(packet, frame, port, tables, now);
  };
  Packet packet{
      .data = large_.get() + kHeadroom, .len = static_cast<std::uint32_t>(bytes.size()), .port = port, .verdict = {}};
  std::memcpy(packet.data, bytes.data(), bytes.size());
  process({&packet, 1}, tables, shard_, now);
  ++counters_.packets;
  if (packet.verdict.action != Action::kReplicate) return finish(packet);
  for (std::size_t i = 0; i < tables.replication(packet.verdict.list).size(); ++i) {
    if (!copy_wanted(packet.verdict, tables, i)) continue;
    Packet copy = packet;
    copy.data = large_.get() + kLarge + kHeadroom;
    std::memcpy(copy.data, packet.data, packet.len);
    encapsulate_copy(copy, tables, shard_, i, now);
    seal({&copy, 1}, tables, shard_);
    finish(copy);
  }
  if (!packet.verdict.snooped) return;
  if (rte_mbuf* frame = buffer_of(packet)) hand_over(Handover::Kind::kOverlay, frame, port, packet.verdict);
}

/// At most kBurst frames that this worker can send as they are.
void Worker::send_all(PortId port, std::span<rte_mbuf*> frames) noexcept {
  TxBuffer& tx = tx_[port.value];
  if (tx.count + frames.size() > kBurst) flush(port);
  std::ranges::copy(frames, tx.frames.begin() + tx.count);
  tx.count = static_cast<std::uint16_t>(tx.count + frames.size());
}

void Worker::send(PortId port, rte_mbuf* frame) noexcept {
  const PortQueues& queues = config_.ports[port.value];
  if (queues.tx == kNoQueue) {
    frame->port = port.value;
    if (peers_[queues.tx_by]->send_in_.push(frame)) return;
    ++counters_.tx_refused;
    ++shard_.port(port).reasons[static_cast<std::size_t>(Reason::kTxFull)];
    return rte_pktmbuf_free(frame);
  }
  if (frame->pkt_len < queues.shortest) [[unlikely]] {
    frame = padded(frame, queues.shortest, config_.pool);
    if (frame == nullptr) return shard_.count(port, kNoNetwork, Reason::kNoBuffer);
  }
  send_all(port, {&frame, 1});
}

void Worker::flush(PortId port) noexcept {
  TxBuffer& tx = tx_[port.value];
  if (tx.count == 0) return;
  const PortQueues& queues = config_.ports[port.value];
  const std::uint16_t sent = rte_eth_tx_burst(queues.device, queues.tx, tx.frames.data(), tx.count);
  if (const auto refused = static_cast<std::uint16_t>(tx.count - sent); refused != 0) [[unlikely]] {
    counters_.tx_refused += refused;
    shard_.port(port).reasons[static_cast<std::size_t>(Reason::kTxFull)] += refused;
    rte_pktmbuf_free_bulk(&tx.frames[sent], refused);
  }
  tx.count = 0;
}

}  // namespace lisper::hw
