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

namespace lisper::sim {

/// A node that runs the core, alone in ns-3: at each port a wire without delay or limit, whose other end is the
/// caller's. Simulated time stands still but in advance_to(); every other call happens now, and all that follows from
/// it at this time has happened when it returns. One at a time in a process; ends the simulation when it goes.
class LoneNode {
 public:
  struct Sent {
    PortId port;
    TimeNs at;
    std::vector<std::byte> bytes;
  };

  static constexpr std::size_t kMaxFrame = 65'549;  ///< [bytes] the wire carries: Ethernet header, 65'535 behind it

  /// Refuses configurations that the core refuses. Wires are plugged, time is 0.
  [[nodiscard]] static Result<std::unique_ptr<LoneNode>> create(const model::CoreNode& plan);
  ~LoneNode();
  LoneNode(const LoneNode&) = delete;
  LoneNode& operator=(const LoneNode&) = delete;

  void start();
  /// Lets everything happen that is due at or before `time`, in order.
  void advance_to(TimeNs time);
  /// A frame of at most kMaxFrame bytes from the wire; lost if that is cut.
  void receive(PortId port, Bytes frame);
  void set_carrier(PortId port, bool up);
  void on_control(std::string_view datagram);
  void on_controller_connected();

  /// When advance_to() will do something next.
  [[nodiscard]] TimeNs next_deadline() const noexcept;
  /// What left the ports since the last call, in order.
  [[nodiscard]] std::vector<Sent> take_sent();
  [[nodiscard]] std::vector<std::string> take_punts();
  [[nodiscard]] report::NodeResult result();

 private:
  struct Impl;
  explicit LoneNode(std::unique_ptr<Impl> impl);
  void settle();

  std::unique_ptr<Impl> impl_;
};

}  // namespace lisper::sim
