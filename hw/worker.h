#pragma once

#include <rte_mbuf_core.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/forward/event.h"
#include "core/forward/packet.h"
#include "core/forward/shard.h"
#include "hw/publication.h"
#include "hw/rings.h"
#include "hw/sleeper.h"

namespace lisper::hw {

/// Something a worker hands to the control plane.
struct Handover {
  enum class Kind : std::uint8_t {
    kFrame,    ///< verdict kControl
    kHold,     ///< verdict kHold
    kOverlay,  ///< verdict kQueue, or snooped
    kTrace,    ///< a copy of a frame that came in, to be explained
  };
  rte_mbuf* frame = nullptr;  ///< the receiver's to free
  PortId port;                ///< ingress
  ExitId exit = kNoExit;      ///< kHold
  NetworkId network;          ///< kHold, kOverlay
  LocationId location;        ///< kOverlay: ingress
  Kind kind = Kind::kFrame;
  std::uint8_t worker = 0;
};

/// A bare frame that the control plane gives to a worker for `inject`.
struct Injection {
  rte_mbuf* frame = nullptr;  ///< the receiver's to free; rte_mbuf::port is the ingress
  LocationId ingress, to;
  NetworkId network;
};

/// Rings between a worker and the control plane.
struct Channel {
  Ring<Event> events{4096, Ring<Event>::Producers::kOne};
  Ring<Handover> handovers{1024, Ring<Handover>::Producers::kOne};
  Ring<rte_mbuf*> frames{1024, Ring<rte_mbuf*>::Producers::kOne};  ///< to be sent; rte_mbuf::port is the PortId
  Ring<Injection> injections{2048, Ring<Injection>::Producers::kOne};
};

/// How all packets of a flow come to the same worker.
enum class Spread : std::uint8_t {
  kNic,    ///< the NIC's hash decides
  kInner,  ///< the receiving worker looks inside tunnels, and hands packets on
};

/// What a worker did, besides what its Shard counts.
struct WorkerCounters {
  std::uint64_t packets = 0;
  std::uint64_t batches = 0;
  std::uint64_t polls = 0;
  std::uint64_t spread_out = 0;
  std::uint64_t spread_full = 0;
  std::uint64_t tx_refused = 0;
};

/// One run-to-completion forwarding loop: receives from its queue of each port, forwards, sends. Shares nothing but
/// the tables, which it only reads, and rings.
class Worker {
 public:
  static constexpr std::uint16_t kNoQueue = UINT16_MAX;
  struct PortQueues {
    std::uint16_t device = 0;     ///< DPDK's port id
    std::uint16_t rx = kNoQueue;  ///< kNoQueue: other workers receive
    std::uint16_t tx = kNoQueue;  ///< kNoQueue: the worker `tx_by` sends for us
    unsigned tx_by = 0;
    bool multi_segment = false;
    std::uint16_t shortest = 0;  ///< [bytes] that the device sends without padding by us
  };
  struct Config {
    unsigned index = 0;
    std::vector<PortQueues> ports;  ///< by PortId
    Spread spread = Spread::kNic;
    rte_mempool* pool = nullptr;
    int wake_fd = -1;         ///< eventfd of the control plane; -1: it polls
    bool statistics = false;  ///< count what is sent to LISPERs
  };

  Worker(Config config, Publication& tables, Channel& channel, std::atomic<bool>& control_sleeps);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// All workers of the node, this one included, by index. Before anything runs.
  void set_peers(std::vector<Worker*> peers) { peers_ = std::move(peers); }

  /// One round: whatever waits in queues and rings, and what follows from it. Returns how many packets that were.
  std::size_t run_once(TimeNs now) noexcept;
  /// For who calls run_once() when nothing waits.
  [[nodiscard]] Sleeper& sleeper() noexcept { return sleeper_; }

  // ---- For the control plane's thread.

  struct Snapshot {
    std::vector<TrafficCounters> ports;
    std::vector<TrafficCounters> networks;
    WorkerCounters worker;
  };
  /// Asks for the counters; they are there when snapshot_ready() says so, and stay until the next request.
  void request_snapshot() noexcept {
    wanted_.fetch_add(1, std::memory_order_release);
    sleeper_.wake();
  }
  [[nodiscard]] bool snapshot_ready() const noexcept {
    return done_.load(std::memory_order_acquire) == wanted_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] const Snapshot& snapshot() const noexcept { return snapshot_; }
  /// Asks for what was sent to LISPERs; it is there when usage_ready() says so, also unasked when it becomes much, and
  /// stays until release_usage().
  void request_usage() noexcept {
    auto expected = UsageState::kNone;
    usage_state_.compare_exchange_strong(expected, UsageState::kWanted, std::memory_order_relaxed);
    sleeper_.wake();
  }
  [[nodiscard]] bool usage_ready() const noexcept {
    return usage_state_.load(std::memory_order_acquire) == UsageState::kReady;
  }
  [[nodiscard]] const Usage& usage() const noexcept { return usage_out_; }
  void release_usage() noexcept {
    usage_out_.clear();
    usage_state_.store(UsageState::kNone, std::memory_order_release);
  }
  /// Copies of the next `count` frames that come in go to the control plane.
  void trace(std::uint32_t count) noexcept { trace_left_.store(count, std::memory_order_relaxed); }
  [[nodiscard]] TimeNs next_deadline() const noexcept { return shard_.reassembler.next_deadline(); }

 private:
  static constexpr std::uint16_t kBurst = 32;
  struct TxBuffer {
    std::array<rte_mbuf*, kBurst> frames;
    std::uint16_t count = 0;
    std::uint32_t shortest = UINT32_MAX;  ///< [bytes] that this worker can send as they are; more: another one sends
  };

  std::size_t receive(PortId port, const Tables& tables, TimeNs now) noexcept;
  std::size_t take_from_rings(const Tables& tables, TimeNs now) noexcept;
  std::size_t take_injections(const Tables& tables, TimeNs now) noexcept;
  void distribute(rte_mbuf** frames, std::uint16_t count, PortId port, const Tables& tables, TimeNs now) noexcept;
  void forward(rte_mbuf** frames, std::uint16_t count, const Tables& tables, TimeNs now) noexcept;
  void carry_out(const Packet& packet, rte_mbuf* frame, PortId ingress, const Tables& tables, TimeNs now) noexcept;
  void replicate(const Packet& packet, rte_mbuf* frame, const Tables& tables, TimeNs now) noexcept;
  void finish_reassembly(const Tables& tables, TimeNs now) noexcept;
  void forward_large(Bytes bytes, PortId port, const Tables& tables, TimeNs now) noexcept;
  [[nodiscard]] rte_mbuf* usable(rte_mbuf* frame) noexcept;
  void hand_over(Handover::Kind kind, rte_mbuf* frame, PortId ingress, const Verdict& verdict) noexcept;
  void trace_some(rte_mbuf** frames, std::uint16_t count, PortId port) noexcept;
  void send(PortId port, rte_mbuf* frame) noexcept;
  void send_all(PortId port, std::span<rte_mbuf*> frames) noexcept;
  void flush(PortId port) noexcept;
  void drain_events() noexcept;
  void take_snapshot() noexcept;
  void hand_over_usage() noexcept;
  void wake_control() noexcept;

  Config config_;
  Publication& tables_;
  Channel& channel_;
  std::atomic<bool>& control_sleeps_;
  Sleeper sleeper_;
  std::vector<Worker*> peers_;
  Shard shard_;
  std::array<Packet, kBurst> packets_;  ///< of the burst; kept, because to clear them takes longer than to fill them
  std::array<Packet, kBurst> copies_;   ///< of one frame
  std::vector<TxBuffer> tx_;
  WorkerCounters counters_;
  Ring<rte_mbuf*> spread_in_{2048, Ring<rte_mbuf*>::Producers::kMany};  ///< from other workers, to be forwarded
  Ring<rte_mbuf*> send_in_{2048, Ring<rte_mbuf*>::Producers::kMany};    ///< from other workers, to be sent
  std::unique_ptr<std::byte[]> large_;  ///< two packets too large for a buffer, with headroom
  bool told_control_ = false;
  TimeNs next_expiry_{};

  enum class UsageState : std::uint8_t { kNone, kWanted, kReady };
  std::atomic<UsageState> usage_state_{UsageState::kNone};
  Usage usage_out_;  ///< kReady: the control plane's
  std::atomic<std::uint32_t> trace_left_{0};
  std::atomic<std::uint32_t> wanted_{0};
  std::atomic<std::uint32_t> done_{0};
  Snapshot snapshot_;
};

}  // namespace lisper::hw
