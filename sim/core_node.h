#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/control/control_plane.h"
#include "core/forward/process.h"
#include "core/tables/tables.h"
#include "model/plan.h"
#include "report/result.h"
#include "sim/link.h"

namespace lisper::sim {

/// Runs the core in a simulated node: frames in from ports, frames out to ports, one timer, and the
/// controller's datagrams both ways. Decides nothing itself.
class CoreNode final : public FrameSink {
 public:
  using PuntHandler = std::function<void(std::string_view message)>;

  /// `context` is the id of the ns-3 node. Refuses what Tables::build refuses.
  [[nodiscard]] static Result<std::unique_ptr<CoreNode>> create(const model::CoreNode& plan, std::uint32_t context,
                                                                FramePool& pool);

  /// By the order of LisperConfig::ports.
  [[nodiscard]] LinkPort& port(std::size_t index) noexcept { return *ports_[index]; }
  /// Where punts go; without it they are counted as dropped.
  void set_punt_handler(PuntHandler handler) { punt_ = std::move(handler); }

  /// At the start of the simulation, when all links are plugged.
  void start();
  /// A datagram arrived at the control socket.
  void on_control(std::string_view datagram);
  /// The controller is there (again).
  void on_controller_connected();

  void receive(FramePtr frame, std::size_t port) override;
  void carrier(std::size_t port, bool up) override;

  /// When its timer will go off.
  [[nodiscard]] TimeNs next_deadline() const noexcept { return timer_; }
  /// What (IID, MAC) leads to, as model::TableExpectation spells it.
  [[nodiscard]] report::TableRow look_up(Iid iid, const MacAddress& mac) const;
  /// Counters, sizes and the FIB as they are now; not the name and kind.
  [[nodiscard]] report::NodeResult result();

 private:
  CoreNode(const model::CoreNode& plan, Tables tables, std::uint32_t context, FramePool& pool);

  void forward(FramePtr frame, PortId port);
  void carry_out(const Verdict& verdict, PortId ingress, FramePtr frame);
  void replicate(const Verdict& verdict, PortId ingress, const Frame& frame);
  void hand_over(const Verdict& verdict, const Frame& frame);
  void inject(const Outbox::OverlayFrame& frame);
  void hold(const Verdict& verdict, const Frame& frame);
  void send(PortId port, FramePtr frame) { ports_[port.value]->send(std::move(frame)); }
  void hand_over_events();
  void hand_over_usage();
  void carry_out_outbox();
  void arm();
  void on_timer(TimeNs at);
  void expire_fragments();

  LisperConfig config_;
  Tables tables_;
  Shard shard_;
  ControlPlane control_;
  Outbox outbox_;
  FramePool& pool_;
  std::uint32_t context_;
  std::vector<std::unique_ptr<LinkPort>> ports_;
  PuntHandler punt_;
  TimeNs timer_ = kNever;  ///< the earliest event that is scheduled
  std::uint64_t punts_dropped_ = 0;
  bool started_ = false;
};

}  // namespace lisper::sim
