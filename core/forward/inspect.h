#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/hash.h"
#include "core/wire/ethernet.h"
#include "core/wire/ip_protocol.h"
#include "core/wire/ipv4.h"
#include "core/wire/ipv6.h"

namespace lisper {

/// The network layer inside an Ethernet frame, behind at most two VLAN tags.
struct NetworkLayer {
  std::uint16_t ether_type = 0;
  std::uint32_t offset = 0;  ///< [bytes] from the frame's start
};

[[nodiscard]] inline NetworkLayer find_network_layer(const std::byte* frame, std::uint32_t len) noexcept {
  std::uint32_t offset = 14;
  std::uint16_t type = at<Be16>(frame, 12).value();
  if (type == wire::kEtherTypeIpv4) [[likely]]
    return {type, offset};
  for (int tags = 0; tags < 2 && (type == wire::kEtherTypeVlan || type == wire::kEtherTypeServiceVlan); ++tags) {
    if (offset + 4 > len) break;
    type = at<Be16>(frame, offset + 2).value();
    offset += 4;
  }
  return {type, offset};
}

/// What outer headers take from the frame inside.
struct InnerFlow {
  std::uint32_t hash = 0;          ///< of the IP 5-tuple; of a fragment the 3-tuple; else of MACs and EtherType
  std::uint8_t traffic_class = 0;  ///< DSCP and ECN, 0 if not IP
};

[[nodiscard]] inline bool has_ports(std::uint8_t protocol) noexcept {
  return protocol == wire::kProtocolTcp || protocol == wire::kProtocolUdp || protocol == wire::kProtocolSctp;
}

/// `len` >= 14.
[[nodiscard]] inline InnerFlow inspect(const std::byte* frame, std::uint32_t len) noexcept {
  const auto [type, offset] = find_network_layer(frame, len);
  const std::byte* network = frame + offset;
  const std::uint32_t left = len - offset;
  InnerFlow flow;
  std::uint64_t addresses = 0;
  std::uint64_t rest = 0;
  if (type == wire::kEtherTypeIpv4 && left >= sizeof(wire::Ipv4)) {
    const auto& ip = at<wire::Ipv4>(network);
    flow.traffic_class = ip.tos;
    addresses = load<std::uint64_t>(&ip.source);
    rest = ip.protocol;
    const std::size_t header = ip.header_length();
    if (has_ports(ip.protocol) && !ip.is_fragment() && left >= header + 4)
      rest |= std::uint64_t{load<std::uint32_t>(network + header)} << 32;
  } else if (type == wire::kEtherTypeIpv6 && left >= sizeof(wire::Ipv6)) {
    const auto& ip = at<wire::Ipv6>(network);
    flow.traffic_class = ip.traffic_class();
    addresses = mix(load<std::uint64_t>(&ip.source) ^ kHashMultiplier, load<std::uint64_t>(&ip.source.octets[8]) + 1) ^
                mix(load<std::uint64_t>(&ip.destination) + 3,
                    load<std::uint64_t>(&ip.destination.octets[8]) ^ ~kHashMultiplier);
    rest = ip.next_header;
    if (has_ports(ip.next_header) && left >= sizeof(wire::Ipv6) + 4)
      rest |= std::uint64_t{load<std::uint32_t>(network + sizeof(wire::Ipv6))} << 32;
  } else {
    addresses = load<std::uint64_t>(frame);
    rest = load<std::uint32_t>(frame + 8) | std::uint64_t{type} << 32;
  }
  const std::uint64_t hash = mix(addresses ^ 0xa0761d6478bd642f, rest ^ kHashMultiplier);
  flow.hash = static_cast<std::uint32_t>(hash ^ hash >> 32);
  return flow;
}

}  // namespace lisper
