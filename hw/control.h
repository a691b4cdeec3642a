#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/control/control_plane.h"
#include "hw/publication.h"
#include "hw/status.h"
#include "hw/worker.h"
#include "report/result.h"

namespace lisper::hw {

/// The control plane of a node on DPDK: takes what workers hand over, gives them frames to send, and publishes
/// changes of the tables. One thread, or one caller.
class Control {
 public:
  using PuntHandler = std::function<void(std::string_view message)>;
  struct Traced {
    TimeNs at;
    unsigned worker = 0;
    PortId port;
    std::vector<std::byte> frame;
  };
  using TraceHandler = std::function<void(const Traced&)>;

  /// `channels` and `workers` by worker. Frames of the control plane leave through worker 0.
  Control(const LisperConfig& config, Publication& tables, std::vector<Channel*> channels, std::vector<Worker*> workers,
          rte_mempool* pool, std::atomic<bool>& sleeps);

  void set_punt_handler(PuntHandler handler) { punt_ = std::move(handler); }
  void set_trace_handler(TraceHandler handler) { trace_ = std::move(handler); }

  void start(TimeNs now);
  /// Everything that workers have handed over, and what is due. What follows is visible to them when this returns.
  /// Returns how many things it did.
  std::size_t run_once(TimeNs now);
  void on_message(std::string_view datagram, TimeNs now);
  void on_controller_connected(TimeNs now);
  void on_port_state(PortId port, bool up, TimeNs now);
  /// Makes what on_...() changed visible to the workers; run_once() does so too.
  void publish();
  [[nodiscard]] TimeNs next_deadline() const noexcept { return control_.next_deadline(); }
  /// True if there is nothing to do for run_once() but wait; from then on workers write the wake_fd.
  [[nodiscard]] bool prepare_to_sleep() noexcept;
  void woke_up() noexcept { sleeps_.store(false, std::memory_order_relaxed); }

  [[nodiscard]] const ControlPlane& plane() const noexcept { return control_; }
  [[nodiscard]] const Tables& tables() const noexcept { return tables_.latest(); }

  /// Counters since the start or the last clear_counters(), and tables, of the FIB at most `rows` rows. Workers must be
  /// running, or `drive` must run them once.
  struct Gathered {
    report::NodeResult node;
    std::vector<WorkerCounters> workers;
  };
  [[nodiscard]] Gathered gather(TimeNs now, std::size_t rows, const std::function<void()>& drive = {});
  void clear_counters(const std::function<void()>& drive = {});

 private:
  void carry_out();
  void send(const Outbox::Frame& frame);
  void inject(const Outbox::OverlayFrame& frame);
  std::size_t take_handovers(Channel& channel, TimeNs now);
  std::size_t take_events(Channel& channel, TimeNs now);
  void touch(const Event& event, TimeNs now) const;
  std::size_t take_usage(TimeNs now);
  [[nodiscard]] bool usage_complete(TimeNs now);
  struct Sum {
    std::vector<TrafficCounters> ports;
    std::vector<TrafficCounters> networks;
    std::vector<WorkerCounters> workers;
  };
  [[nodiscard]] Sum sum(const std::function<void()>& drive);

  LisperConfig config_;
  Publication& tables_;
  std::vector<Channel*> channels_;
  std::vector<Worker*> workers_;
  rte_mempool* pool_;
  std::atomic<bool>& sleeps_;
  ControlPlane control_;
  Outbox outbox_;
  PuntHandler punt_;
  TraceHandler trace_;
  TimeNs usage_asked_ = kNever;             ///< when workers were asked for theirs
  std::size_t usage_given_ = 0;             ///< by how many since
  std::vector<TrafficCounters> own_ports_;  ///< frames lost between the workers and here
  std::uint64_t punts_dropped_ = 0;
  Sum cleared_;  ///< what the counters were at the last clear_counters()
};

}  // namespace lisper::hw
