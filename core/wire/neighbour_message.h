#pragma once

#include <cstdint>
#include <optional>
#include <tl/expected.hpp>

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
  std::optional<bool> router;     ///< ND advertisements: whether the target is one
};

enum class NeighbourProblem : std::uint8_t {
  kOther,      ///< not a neighbour message at all
  kMalformed,  ///< one that RFC 4861 7.1.1, 7.1.2 or RFC 826 has us discard
};

/// Reads an Ethernet frame, with or without a VLAN tag. VLAN 0 is a mere priority tag, IEEE 802.1Q 9.6.
[[nodiscard]] tl::expected<NeighbourMessage, NeighbourProblem> decode_neighbour_message(Bytes frame);

/// Reads a Router Advertisement (RFC 4861 4.2) as a router's advertisement of its own link-local address, which
/// overrides if it has a source link-layer address (6.3.4).
[[nodiscard]] tl::expected<NeighbourMessage, NeighbourProblem> decode_router_advertisement(Bytes frame);

}  // namespace lisper
