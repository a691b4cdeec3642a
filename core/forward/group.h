#pragma once

#include "core/forward/packet.h"
#include "core/forward/shard.h"
#include "core/tables/tables.h"

namespace lisper {

/// Which way a frame to a group or to all takes.
enum class GroupPath {
  kDone,        ///< its verdict is written
  kFlood,       ///< the flood list, whatever the FIB says
  kLookUp,      ///< the FIB; without an entry, the flood list
  kRegistered,  ///< the FIB; without an entry, Network::unregistered
};

/// Holds a bare frame to a group address against its port's storm limits and its network's policy. IGMP and MLD of a
/// network that snoops are to be replicated to where they belong, with `Verdict::snooped` (RFC 4541 2.1.1).
[[nodiscard]] GroupPath group_path(Packet& packet, const Tables& tables, Shard& shard, TimeNs now) noexcept;

/// The (S,G) entry of a frame to a group, which comes before that of (*,G). Notes in the verdict what its copies are
/// counted by. Null: there is none.
[[nodiscard]] const SourceEntry* find_source_entry(Packet& packet, const Tables& tables) noexcept;

}  // namespace lisper
