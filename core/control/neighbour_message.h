#pragma once

#include <cstdint>
#include <optional>
#include <tl/expected.hpp>
#include <vector>

#include "core/base/address.h"
#include "core/base/big_endian.h"

namespace lisper {

/// Who asks whom for which MAC: Neighbour Discovery (RFC 4861) and ARP (RFC 826) in one shape.
struct NeighbourMessage {
  enum class Kind : std::uint8_t {
    kSolicitation,   ///< Neighbour Solicitation, ARP request
    kAdvertisement,  ///< Neighbour Advertisement, ARP reply
  };
  Kind kind = Kind::kSolicitation;
  std::optional<std::uint16_t> vlan_id;
  MacAddress frame_source;
  IpAddress sender;               ///< unspecified in duplicate address detection
  IpAddress target;               ///< asked for, or advertised; of an ARP reply it is the sender
  std::optional<MacAddress> mac;  ///< of the sender in a solicitation, of the target in an advertisement
  bool solicited = false;         ///< advertisements: an answer, hence proof of both directions
  bool overrides = false;         ///< advertisements: stronger than what is cached
};

enum class NeighbourProblem : std::uint8_t {
  kOther,      ///< not a neighbour message at all
  kMalformed,  ///< one that RFC 4861 7.1.1, 7.1.2 or RFC 826 has us discard
};

/// Reads an Ethernet frame, with or without a VLAN tag. VLAN 0 is a mere priority tag, IEEE 802.1Q 9.6.
[[nodiscard]] tl::expected<NeighbourMessage, NeighbourProblem> decode_neighbour_message(Bytes frame);

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
