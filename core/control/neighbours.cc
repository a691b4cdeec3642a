#include "core/control/neighbours.h"

#include <algorithm>
#include <cstring>

namespace lisper {
namespace {

// RFC 4861 10.
constexpr TimeNs kReachableTime = seconds(30);
constexpr TimeNs kRetransTimer = seconds(1);
constexpr unsigned kMaxSolicitations = 3;  // MAX_MULTICAST_SOLICIT and MAX_UNICAST_SOLICIT

constexpr std::size_t kMaxHeld = 64;

}  // namespace

Neighbours::Neighbours(const LisperConfig& config, ControlCounters& counters) : counters_(counters) {
  for (std::size_t i = 0; i < config.exits.size(); ++i) {
    const ExitConfig& exit = config.exits[i];
    const InterfaceConfig& interface = config.interfaces[exit.interface.value];
    const NeighbourSelf self{interface.mac, exit.ip, interface.vlan_id};
    selves_.push_back({interface.port, self});
    if (!exit.next_hop || exit.next_hop_mac) continue;
    NextHop& hop = next_hops_.emplace_back();
    hop.exit = ExitId(static_cast<std::uint16_t>(i));
    hop.port = interface.port;
    hop.self = self;
    hop.ip = *exit.next_hop;
  }
}

void Neighbours::start(TimeNs now, Outbox& out) {
  for (NextHop& hop : next_hops_) solicit(hop, true, now, out);
}

void Neighbours::on_frame(PortId port, Bytes frame, TimeNs now, Outbox& out) {
  const auto message = decode_neighbour_message(frame);
  if (!message) {
    if (message.error() == NeighbourProblem::kMalformed) ++counters_.neighbour_malformed;
    return;
  }
  const bool solicitation = message->kind == NeighbourMessage::Kind::kSolicitation;
  for (NextHop& hop : next_hops_) {
    if (hop.port != port || hop.self.vlan_id != message->vlan_id) continue;
    if (solicitation && message->sender == hop.ip) on_solicitation(hop, *message, now, out);
    if (!solicitation && message->target == hop.ip) on_advertisement(hop, *message, now, out);
  }
  if (solicitation) answer(port, *message, out);
}

void Neighbours::answer(PortId port, const NeighbourMessage& solicitation, Outbox& out) {
  for (const Self& own : selves_) {
    if (own.port != port || own.self.vlan_id != solicitation.vlan_id || own.self.ip != solicitation.target) continue;
    out.frames.push_back({port, encode_advertisement(own.self, solicitation)});
  }
}

// RFC 4861 7.2.3: the source link-layer address replaces what we have, but proves only one direction.
void Neighbours::on_solicitation(NextHop& hop, const NeighbourMessage& message, TimeNs now, Outbox& out) {
  if (!message.mac || (hop.state != State::kSearching && hop.mac == *message.mac)) return;
  use(hop, *message.mac, out);
  probe(hop, now, out);
}

// RFC 4861 7.2.5.
void Neighbours::on_advertisement(NextHop& hop, const NeighbourMessage& message, TimeNs now, Outbox& out) {
  if (hop.state == State::kSearching) {
    if (!message.mac) return;
    use(hop, *message.mac, out);
    return message.solicited ? become_reachable(hop, now) : probe(hop, now, out);
  }
  const bool differs = message.mac && *message.mac != hop.mac;
  if (differs && !message.overrides) {
    if (hop.state == State::kReachable) probe(hop, now, out);
    return;
  }
  if (differs) use(hop, *message.mac, out);
  if (message.solicited) {
    become_reachable(hop, now);
  } else if (differs) {
    probe(hop, now, out);
  }
}

bool Neighbours::hold(ExitId exit, Bytes frame, TimeNs now) {
  const auto hop = std::ranges::find(next_hops_, exit, &NextHop::exit);
  if (hop == next_hops_.end() || hop->given_up || frame.size() < sizeof(MacAddress)) return false;
  // RFC 4861 7.2.2: the newest replaces the oldest.
  if (hop->held.size() == kMaxHeld) {
    hop->held.pop_front();
    ++hop->held_lost;
  }
  hop->held.emplace_back(frame.begin(), frame.end());
  if (hop->state != State::kSearching) hop->release = now;  // answered since the frame was judged
  return true;
}

void Neighbours::on_port_up(PortId port, TimeNs now, Outbox& out) {
  for (NextHop& hop : next_hops_) {
    if (hop.port != port) continue;
    // There may be another neighbour at the other end now, so ask everyone.
    if (hop.state == State::kReachable) hop.state = State::kProbing;
    hop.unanswered = 0;
    solicit(hop, true, now, out);
  }
}

void Neighbours::tick(TimeNs now, Outbox& out) {
  for (NextHop& hop : next_hops_) {
    if (now >= hop.release) release_held(hop, out);
    if (now >= hop.deadline) on_timer(hop, now, out);
  }
}

void Neighbours::on_timer(NextHop& hop, TimeNs now, Outbox& out) {
  const bool exhausted = hop.state != State::kReachable && hop.unanswered >= kMaxSolicitations;
  switch (hop.state) {
    case State::kReachable:
      return probe(hop, now, out);
    case State::kProbing:
      if (!exhausted) return solicit(hop, false, now, out);
      hop.state = State::kSearching;
      hop.unanswered = 0;
      put_next_hop(hop, out);
      return solicit(hop, true, now, out);
    case State::kSearching:
      if (exhausted && !hop.given_up) {
        hop.given_up = true;
        hop.held_lost += hop.held.size();
        hop.held.clear();
        put_next_hop(hop, out);
      }
      return solicit(hop, true, now, out);
  }
}

/// Sends to `mac` from now on.
void Neighbours::use(NextHop& hop, const MacAddress& mac, Outbox& out) {
  hop.mac = mac;
  hop.given_up = false;
  if (hop.state == State::kSearching) hop.state = State::kProbing;
  put_next_hop(hop, out);
  release_held(hop, out);
}

void Neighbours::become_reachable(NextHop& hop, TimeNs now) {
  hop.state = State::kReachable;
  hop.unanswered = 0;
  hop.deadline = now + kReachableTime;
}

void Neighbours::probe(NextHop& hop, TimeNs now, Outbox& out) {
  hop.state = State::kProbing;
  hop.unanswered = 0;
  solicit(hop, false, now, out);
}

void Neighbours::solicit(NextHop& hop, bool everyone, TimeNs now, Outbox& out) {
  const auto known = everyone ? std::nullopt : std::optional(hop.mac);
  out.frames.push_back({hop.port, encode_solicitation(hop.self, hop.ip, known)});
  ++counters_.solicitations_sent;
  ++hop.unanswered;
  hop.deadline = now + kRetransTimer;
}

void Neighbours::release_held(NextHop& hop, Outbox& out) {
  for (auto& frame : hop.held) {
    std::memcpy(frame.data(), &hop.mac, sizeof hop.mac);
    out.frames.push_back({hop.port, std::move(frame)});
  }
  hop.held.clear();
  hop.release = kNever;
}

void Neighbours::put_next_hop(const NextHop& hop, Outbox& out) {
  const auto mac = hop.state == State::kSearching ? std::nullopt : std::optional(hop.mac);
  out.deltas.emplace_back(SetNextHop{hop.exit, mac, !hop.given_up});
  ++counters_.next_hop_changes;
}

TimeNs Neighbours::next_deadline() const noexcept {
  TimeNs earliest = kNever;
  for (const NextHop& hop : next_hops_) earliest = std::min({earliest, hop.deadline, hop.release});
  return earliest;
}

std::uint64_t Neighbours::held_frames_lost(ExitId exit) const noexcept {
  const auto hop = std::ranges::find(next_hops_, exit, &NextHop::exit);
  return hop == next_hops_.end() ? 0 : hop->held_lost;
}

}  // namespace lisper
