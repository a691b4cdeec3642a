#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/address.h"
#include "core/wire/neighbour_message.h"

namespace lisper {

/// Us on a link.
struct NeighbourSelf {
  MacAddress mac;
  IpAddress ip;
  std::optional<std::uint16_t> vlan_id;
};

/// The frame that asks for `target`: to everyone concerned, or to `known_mac` alone.
[[nodiscard]] std::vector<std::byte> encode_solicitation(const NeighbourSelf& self, const IpAddress& target,
                                                         const std::optional<MacAddress>& known_mac);

/// The frame that answers `solicitation`, which asked for us.
[[nodiscard]] std::vector<std::byte> encode_advertisement(const NeighbourSelf& self,
                                                          const NeighbourMessage& solicitation);

}  // namespace lisper
