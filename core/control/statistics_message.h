#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "core/base/address.h"
#include "core/base/ids.h"
#include "core/base/time.h"

namespace lisper {

/// What was sent by one map-cache entry to one RLOC since it was last said.
struct RlocUsage {
  Iid iid;
  MacAddress eid;
  std::uint8_t length = 48;  ///< [bits]
  IpAddress rloc;
  std::uint16_t port = 0;  ///< as the controller gave it
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  TimeNs idle{};        ///< since the last packet
  MacAddress source{};  ///< of an entry for one source only; zero: for all
};

struct StatisticsMessage {
  std::string text;
  std::size_t rows = 0;  ///< how many of the rows it holds, from the first; those of one entry stand together
};

/// A datagram with as many rows as fit into kMaxPuntBytes. `rows` is not empty.
[[nodiscard]] StatisticsMessage encode_statistics(std::span<const RlocUsage> rows);

/// What LISPERs sent to us.
[[nodiscard]] std::string encode_decap_statistics(std::uint64_t packets, std::uint64_t bytes, TimeNs idle);

}  // namespace lisper
