#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/big_endian.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "model/plan.h"
#include "report/result.h"

namespace lisper::hw {

/// A Node whose ports are rings of this process, and whose workers and control plane run only here, in turn, at times
/// that the caller names: lisper-hw's own code without a NIC, a thread or a clock. Every call leaves nothing undone.
class RingNode {
 public:
  struct Sent {
    PortId port;
    TimeNs at;
    std::vector<std::byte> bytes;
  };

  /// [bytes] of the largest frame that a port takes, as a NIC does: by its MTU, with two VLAN tags.
  [[nodiscard]] static std::size_t max_frame(const LisperConfig& config);

  /// Initializes EAL without hugepages, devices and files, if nobody has. With more than one worker, flows are spread
  /// in software by what is in the tunnels. Refuses what hw::Node::create refuses.
  [[nodiscard]] static Result<std::unique_ptr<RingNode>> create(const model::CoreNode& plan, unsigned workers);
  ~RingNode();
  RingNode(const RingNode&) = delete;
  RingNode& operator=(const RingNode&) = delete;

  void start(TimeNs now);
  /// A frame of at most max_frame() bytes comes in. Workers receive in turn.
  void receive(PortId port, Bytes frame, TimeNs now);
  void set_carrier(PortId port, bool up, TimeNs now);
  void on_control(std::string_view datagram, TimeNs now);
  void on_controller_connected(TimeNs now);
  /// Does what is due at `now`.
  void run(TimeNs now);
  [[nodiscard]] TimeNs next_deadline() const;

  /// What left the ports since the last call, in order.
  [[nodiscard]] std::vector<Sent> take_sent();
  [[nodiscard]] std::vector<std::string> take_punts();
  [[nodiscard]] report::NodeResult result();

 private:
  struct Impl;
  explicit RingNode(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lisper::hw
