#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/result.h"
#include "core/control/control_plane.h"
#include "core/forward/process.h"
#include "core/tables/tables.h"
#include "endpoint/port.h"
#include "model/plan.h"
#include "report/result.h"

namespace lisper::endpoint {

/// Runs the core over ports, one batch at a time. Decides nothing itself, and looks at no clock.
class Node {
 public:
  /// `ports` by the order of LisperConfig::ports; a null one is not plugged in. Refuses what Tables::build refuses.
  [[nodiscard]] static Result<std::unique_ptr<Node>> create(const model::CoreNode& plan,
                                                            std::vector<std::unique_ptr<Port>> ports);

  void start(TimeNs now);
  /// Forwards one batch of what waits at a port.
  void receive(PortId port, TimeNs now);
  /// Asks every port for its carrier, and tells the core what changed.
  void check_carriers(TimeNs now);
  void tick(TimeNs now);
  [[nodiscard]] TimeNs next_deadline() const noexcept;

  [[nodiscard]] std::size_t port_count() const noexcept { return ports_.size(); }
  /// Null: not plugged in.
  [[nodiscard]] const Port* port(PortId id) const noexcept { return ports_[id.value].device.get(); }
  /// Counters, sizes and the FIB as they are now; not the name and kind.
  [[nodiscard]] report::NodeResult result(TimeNs now);

 private:
  static constexpr std::size_t kBatch = 32;
  static constexpr std::size_t kCopies = 64;

  struct Plugged {
    std::unique_ptr<Port> device;
    std::vector<Bytes> outgoing;  ///< until the end of the batch
    bool up = true;               ///< as the core was told
  };

  Node(const model::CoreNode& plan, Tables tables, std::vector<std::unique_ptr<Port>> ports);

  [[nodiscard]] bool has_carrier(const Plugged& port) const {
    return port.device != nullptr && !port.device->gone() && port.device->carrier();
  }
  void forward(std::span<Packet> batch, TimeNs now);
  void forward_reassembled(TimeNs now);
  void carry_out(const Packet& packet, TimeNs now);
  void replicate(const Packet& frame, TimeNs now);
  void hand_over_events(TimeNs now);
  void carry_out_outbox();
  void expire_fragments(TimeNs now);
  /// Valid until `flush`, which is done when all of them are in use: nothing may be waiting in one but for sending.
  [[nodiscard]] Buffer& copy(Bytes frame);
  void flush();

  LisperConfig config_;
  Tables tables_;
  Shard shard_;
  ControlPlane control_;
  Outbox outbox_;
  std::vector<Plugged> ports_;
  std::array<Buffer, kBatch> received_;
  std::array<Packet, kBatch> packets_;
  Buffer reassembled_;
  std::array<Buffer, kCopies> copies_;
  std::size_t copies_used_ = 0;
  std::uint64_t punts_lost_ = 0;
};

}  // namespace lisper::endpoint
