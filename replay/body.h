#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/big_endian.h"
#include "core/base/ids.h"
#include "core/base/time.h"
#include "replay/frames.h"
#include "report/result.h"

namespace lisper::replay {

/// A node that the driver runs, step by step. `now` never goes back. When a call returns, all that follows from it at
/// that time has happened: what it sent can be taken, what it learned holds for the next frame.
class Body {
 public:
  virtual ~Body() = default;

  /// Once, before everything else. Ports have carrier until told otherwise.
  virtual void start(TimeNs now) = 0;
  virtual void set_carrier(PortId port, bool up, TimeNs now) = 0;
  /// A frame comes in at a port that has carrier. It is no longer than the node's ports take.
  virtual void receive(PortId port, Bytes frame, TimeNs now) = 0;
  /// A datagram for the control socket.
  virtual void on_control(std::string_view datagram, TimeNs now) = 0;
  /// The controller came (back) up.
  virtual void on_controller_connected(TimeNs now) = 0;
  /// Does what is due at or before `now`.
  virtual void advance_to(TimeNs now) = 0;
  /// When advance_to() would next do something, or earlier; kNever: not of itself.
  [[nodiscard]] virtual TimeNs next_deadline() const = 0;

  /// What left since the last call, in order; `at` is when. What is sent at a port without carrier may be among it.
  [[nodiscard]] virtual std::vector<PortFrame> take_sent() = 0;
  [[nodiscard]] virtual std::vector<std::string> take_punts() = 0;

  /// Counters and tables as they are now.
  [[nodiscard]] virtual report::NodeResult result() = 0;
};

}  // namespace lisper::replay
