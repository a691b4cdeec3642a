#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/address.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "hw/status.h"

namespace lisper::hw {

/// One thing that was decided about a packet.
struct TraceStep {
  std::string stage;   ///< "decapsulate", "learn", "look up", "encapsulate", ...
  std::string text;    ///< for a person: "session 7 of fd80:1::2, cookie matches"
  std::string clause;  ///< what demands it: "RFC 3931 8.2"; may be empty
};

struct TracedPacket {
  TimeNs time;
  std::uint32_t worker = 0;
  std::string port;       ///< ingress
  std::string bytes;      ///< the frame as it arrived; may be cut
  std::uint32_t len = 0;  ///< [bytes] of the whole frame
  std::vector<TraceStep> steps;
  std::string outcome;  ///< "forward to e1", "drop: bad_cookie", "replicate to 3", ...
};

/// What the control server asks of the node that it belongs to. Called from Server::poll_once() only.
class Handler {
 public:
  /// Everything; of the FIB and of the map-cache, `rows` rows each do. Sizes of tables are whole in NodeResult::tables.
  [[nodiscard]] virtual Status status(std::size_t rows) = 0;
  virtual void clear_counters() = 0;
  /// From now on packets are to be given to Server::publish(), those that arrive on `port` if it is not empty;
  /// `count` will be wanted, more do no harm. Never called twice without stop_trace() between.
  [[nodiscard]] virtual Result<void> start_trace(std::uint32_t count, const std::string& port) = 0;
  virtual void stop_trace() = 0;
  /// Where a frame to `mac` goes, as in NodeResult::fib.
  [[nodiscard]] virtual Result<std::string> look_up(Iid iid, const MacAddress& mac) = 0;

 protected:
  ~Handler() = default;
};

}  // namespace lisper::hw
