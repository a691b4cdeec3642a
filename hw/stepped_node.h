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

/// What a SteppedNode's ports are.
struct SteppedPorts {
  bool nic = false;                   ///< those of nic82599, which runs this program; else rings
  std::vector<std::string> eal = {};  ///< further arguments, as EAL takes them
};

/// A Node whose wires end in this process, and whose workers and control plane run only here, in turn, at times that
/// the caller names: lisper-hw's own code without a thread or a clock. Every call leaves nothing undone.
class SteppedNode {
 public:
  struct Sent {
    PortId port;
    TimeNs at;
    std::vector<std::byte> bytes;
  };

  /// [bytes] of the largest frame that a port takes, as a NIC does: by its MTU, with two VLAN tags.
  [[nodiscard]] static std::size_t max_frame(const LisperConfig& config);

  /// Initializes EAL; with the first node's ports' arguments, and on hugepages only if this runs under nic82599. With
  /// more than one worker, flows are spread in software by what is in the tunnels. Refuses what hw::Node::create
  /// refuses.
  [[nodiscard]] static Result<std::unique_ptr<SteppedNode>> create(const model::CoreNode& plan, unsigned workers,
                                                                   const SteppedPorts& ports);
  ~SteppedNode();
  SteppedNode(const SteppedNode&) = delete;
  SteppedNode& operator=(const SteppedNode&) = delete;

  void start(TimeNs now);
  /// A frame of at most max_frame() bytes comes in. Workers receive in turn, or as the card decides.
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
  explicit SteppedNode(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lisper::hw
