#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "core/base/big_endian.h"
#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/control/control_plane.h"
#include "core/control/outbox.h"
#include "core/tables/tables.h"

namespace lisper {

/// Frames for unknown MACs in networks that queue them ("punt-and-queue"). They are sent, in their order, when there is
/// an entry for their MAC: the controller's, or because the host spoke up.
class PendingFrames {
 public:
  static constexpr std::size_t kMaxOfMac = 16;        ///< the newest replaces the oldest, as in RFC 4861 7.2.2
  static constexpr std::size_t kMaxOfNetwork = 1024;  ///< more are refused
  static constexpr TimeNs kMaxWait = seconds(3);      ///< a Map-Request is sent three times in as many seconds

  explicit PendingFrames(const Tables& tables) : tables_(tables) {}

  /// `frame` has verdict kQueue. If there is an entry meanwhile, it is sent.
  void add(NetworkId network, LocationId ingress, Bytes frame, TimeNs now, Outbox& out);
  /// Sends what waits for one of the entries that `out` sets.
  void release(Outbox& out);

  void tick(TimeNs now);
  [[nodiscard]] TimeNs next_deadline() const noexcept { return next_deadline_; }

  using Lost = ControlPlane::QueueLosses;
  [[nodiscard]] Lost lost(NetworkId network) const;
  [[nodiscard]] Lost lost(PortId port) const;

 private:
  /// As `process` would find it.
  [[nodiscard]] bool has_entry(FibKey key) const;
  struct Frame {
    LocationId ingress;
    TimeNs until{};
    std::vector<std::byte> bytes;
  };
  using Queues = std::map<std::uint64_t, std::deque<Frame>>;  ///< by FibKey

  void send(Queues::iterator queue, Outbox& out);
  void lose(NetworkId network, LocationId ingress, std::uint64_t Lost::*why);

  const Tables& tables_;
  Queues queues_;
  TimeNs next_deadline_ = kNever;
  std::map<NetworkId, std::size_t> sizes_;
  std::map<NetworkId, Lost> lost_of_network_;
  std::map<PortId, Lost> lost_of_port_;
};

}  // namespace lisper
