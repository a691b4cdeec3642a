#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/control/control_plane.h"
#include "core/control/neighbour_message.h"
#include "core/control/outbox.h"
#include "core/forward/config.h"

namespace lisper {

/// Finds and watches the MAC of each exit's next hop, and answers who asks for an exit's address.
///
///   state      | known MAC | does
///   -----------|-----------|------------------------------------------------------------------------
///   kSearching | no        | asks everyone each second; frames wait. After three questions without an
///              |           | answer the exit is given up and loses them, but the asking goes on.
///   kReachable | yes       | nothing, for 30 s
///   kProbing   | yes       | asks the neighbour each second; after three questions: kSearching
///
/// Traffic never rests, so RFC 4861's STALE and DELAY are one with kProbing.
class Neighbours {
 public:
  Neighbours(const LisperConfig& config, ControlCounters& counters);

  void start(TimeNs now, Outbox& out);
  void on_frame(PortId port, Bytes frame, TimeNs now, Outbox& out);
  bool hold(ExitId exit, Bytes frame, TimeNs now);
  void on_port_up(PortId port, TimeNs now, Outbox& out);

  void tick(TimeNs now, Outbox& out);
  [[nodiscard]] TimeNs next_deadline() const noexcept;
  [[nodiscard]] std::uint64_t held_frames_lost(ExitId exit) const noexcept;

 private:
  enum class State : std::uint8_t { kSearching, kReachable, kProbing };
  struct NextHop {
    ExitId exit;
    PortId port;
    NeighbourSelf self;
    IpAddress ip;
    State state = State::kSearching;
    MacAddress mac;            ///< valid unless kSearching
    bool given_up = false;     ///< only in kSearching
    unsigned unanswered = 0;   ///< solicitations since the last sign of life
    TimeNs deadline = kNever;  ///< of the next solicitation
    TimeNs release = kNever;   ///< of frames that were held although the MAC is known
    std::deque<std::vector<std::byte>> held;
    std::uint64_t held_lost = 0;
  };
  /// Who we are on an exit, whether its next hop needs finding or not.
  struct Self {
    PortId port;
    NeighbourSelf self;
  };

  void answer(PortId port, const NeighbourMessage& solicitation, Outbox& out);
  void on_solicitation(NextHop& hop, const NeighbourMessage& message, TimeNs now, Outbox& out);
  void on_advertisement(NextHop& hop, const NeighbourMessage& message, TimeNs now, Outbox& out);
  void on_timer(NextHop& hop, TimeNs now, Outbox& out);
  void use(NextHop& hop, const MacAddress& mac, Outbox& out);
  void become_reachable(NextHop& hop, TimeNs now);
  void probe(NextHop& hop, TimeNs now, Outbox& out);
  void solicit(NextHop& hop, bool everyone, TimeNs now, Outbox& out);
  void release_held(NextHop& hop, Outbox& out);
  void put_next_hop(const NextHop& hop, Outbox& out);
  [[nodiscard]] const NextHop* find(ExitId exit) const noexcept;

  std::vector<Self> selves_;
  std::vector<NextHop> next_hops_;
  ControlCounters& counters_;
};

}  // namespace lisper
