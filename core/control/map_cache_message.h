#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/address.h"
#include "core/base/big_endian.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/forward/config.h"

namespace lisper {

/// One element of `rlocs` or `rles`.
struct RlocRecord {
  IpAddress rloc;
  std::uint8_t priority = 1;
  std::uint8_t weight = 1;

  friend constexpr bool operator==(const RlocRecord&, const RlocRecord&) noexcept = default;
};

/// What the controller says about one MAC EID-prefix. It is the whole entry: what was there goes.
struct MapCacheUpdate {
  Dialect dialect = Dialect::kToday;  ///< the message's own, not the configured one
  Iid iid;
  MacAddress eid;            ///< bits past `length` are zero
  std::uint8_t length = 48;  ///< [bits]
  bool remove = false;       ///< opcode "delete"; what follows is then without meaning
  bool replicate = false;    ///< `rles`: each gets a copy; else `rlocs`: one of them is chosen
  std::vector<RlocRecord> rlocs;
};

/// A datagram of the control socket, as far as it concerns a layer 2 data plane.
struct MapCacheMessage {
  bool clear = false;  ///< entire-map-cache without entries
  std::vector<MapCacheUpdate> updates;
  std::uint64_t ignored = 0;  ///< entries for IP EIDs, keys, and messages of other types
};

/// Reads either dialect; which one, a message shows by having a `type` or not. An error stands for the
/// whole datagram: it is not one JSON object, or a field that matters here is absent or of the wrong
/// shape. Members that are not known are passed over.
[[nodiscard]] Result<MapCacheMessage> decode_map_cache_message(Bytes datagram);

}  // namespace lisper
