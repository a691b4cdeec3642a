#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/address.h"
#include "core/base/ids.h"
#include "core/base/json.h"
#include "core/base/result.h"
#include "core/control/key_message.h"
#include "core/forward/config.h"

namespace lisper {

/// One element of `rlocs` or `rles`.
struct RlocRecord {
  IpAddress rloc;
  std::uint8_t priority = 1;
  std::uint8_t weight = 1;
  std::uint8_t level = 128;     ///< of a replication list (RFC 8060 4.6): lower ones pass frames on to higher ones
  std::uint16_t port = 4341;    ///< UDP, of LISP's own encapsulation (RFC 9300 4.3); only repeated in statistics
  std::vector<SecretKey> keys;  ///< for what is sent there
  std::vector<SecretKey> decap_keys;  ///< for what comes from there; in 2016's form only

  friend bool operator==(const RlocRecord&, const RlocRecord&) = default;
};

/// What the controller says about one MAC EID-prefix. It is the whole entry: what was there goes.
struct MapCacheUpdate {
  Dialect dialect = Dialect::kToday;  ///< the message's own, not the configured one
  Iid iid;
  MacAddress eid;            ///< bits past `length` are zero
  std::uint8_t length = 48;  ///< [bits]
  MacAddress source;         ///< for frames from this host to a group only; zero: from all
  bool remove = false;       ///< opcode "delete"; what follows is then without meaning
  bool replicate = false;    ///< `rles`: each gets a copy; else `rlocs`: one of them is chosen
  std::vector<RlocRecord> rlocs;
};

/// What the controller says about the map-cache.
struct MapCacheMessage {
  bool clear = false;  ///< entire-map-cache without entries
  std::vector<MapCacheUpdate> updates;
  std::uint64_t ignored = 0;  ///< entries for IP EIDs, and for frames of one source to anything but one group
};

// An error stands for the whole message. Members that are not known are passed over.

/// One entry: a message of 2016, or `map-cache`.
[[nodiscard]] Result<MapCacheMessage> read_map_cache_entry(const json::Value& root, Dialect dialect);
/// `entire-map-cache`.
[[nodiscard]] Result<MapCacheMessage> read_entire_map_cache(const json::Value& root);

}  // namespace lisper
