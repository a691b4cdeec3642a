#pragma once

#include "core/forward/config.h"
#include "core/tables/location.h"

namespace lisper {

/// Everything of an outer header that is the same for every packet to a location.
struct OuterHeader {
  const InterfaceConfig* interface = nullptr;
  const ExitConfig* exit = nullptr;
  IpAddress peer;
  SessionId session_id;
  Cookie cookie;
  Transport transport = Transport::kIp;
  bool counter = false;
  std::uint16_t remote_port = 0;             ///< UDP
  std::optional<std::uint16_t> source_port;  ///< UDP; absent: entropy
};

/// Fills in `location`'s template and the fields that describe it. The destination MAC is zero until the
/// next hop is known.
void write_template(const OuterHeader& outer, Location& location) noexcept;

/// Puts ESP between IP and L2TPv3, unless it is there already. A null `sa` is for a location that nothing can be sent
/// to.
void seal_template(OutboundSa* sa, Location& location) noexcept;

/// The template of an Ethernet location: its VLAN tag, or nothing.
void write_template(const InterfaceConfig& interface, Location& location) noexcept;

}  // namespace lisper
