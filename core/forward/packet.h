#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/ids.h"
#include "core/forward/reasons.h"

namespace lisper {

/// Bytes that must be writable before `Packet::data` when it is handed to `process`.
inline constexpr std::size_t kHeadroom = 128;
/// Bytes that must be writable behind `Packet::data` + `Packet::len`, where something may have to be encrypted.
inline constexpr std::size_t kTailroom = 32;

enum class Action : std::uint8_t {
  kDrop,       ///< `reason` says why; it has been counted
  kForward,    ///< send `data`,`len` on `port`
  kReplicate,  ///< `list` names locations that each get a copy, see replicate.h; `data` is the bare frame
  kControl,    ///< hand to ControlPlane::on_frame with the ingress port (ND, ARP)
  kHold,       ///< hand to ControlPlane::hold: encapsulated, but the exit's next hop is not resolved
  kQueue,      ///< hand to ControlPlane::on_overlay_frame: a bare frame that waits for the controller's answer
};

struct Verdict {
  Action action = Action::kDrop;
  Reason reason = Reason::kNone;
  PortId port = kNoPort;             ///< kForward
  ExitId exit = kNoExit;             ///< kHold
  NetworkId network = kNoNetwork;    ///< kReplicate, and counters
  LocationId ingress = kNoLocation;  ///< where the frame came from
  ReplicationListId list{};          ///< kReplicate
  LocationId seal = kNoLocation;     ///< kForward, kHold of a copy: to be encrypted for this location, see seal.h
  std::uint32_t flow_hash = 0;       ///< of the inner frame
  std::uint8_t traffic_class = 0;    ///< of the inner frame's IP header, 0 if it has none
  std::uint8_t eid_length = kNoEid;  ///< [bits] of the map-cache entry that the destination matched
  SourceEntryId source_entry{};      ///< that entry, if it is one for this source only
  /// kReplicate: IGMP, MLD or PIM, of which ControlPlane::on_overlay_frame gets a copy after the others.
  bool snooped = false;

  static constexpr std::uint8_t kNoEid = 0xff;  ///< it matched none
};

/// One packet of a batch. The adapter owns the memory: `kHeadroom` writable bytes before `data`, `kTailroom` behind.
/// `process` moves `data` and `len` and fills in `verdict`.
struct Packet {
  std::byte* data = nullptr;
  std::uint32_t len = 0;
  PortId port = kNoPort;  ///< ingress
  Verdict verdict;
};

}  // namespace lisper
