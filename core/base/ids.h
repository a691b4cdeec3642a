#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace lisper {

/// A number that is not interchangeable with other kinds of number.
template <typename Tag, typename Rep>
struct StrongId {
  Rep value{};

  constexpr StrongId() noexcept = default;
  constexpr explicit StrongId(Rep v) noexcept : value(v) {}
  friend constexpr auto operator<=>(StrongId, StrongId) noexcept = default;
};

/// LISP instance ID: names an L2 network across sites. On the wire 24 bits in LISP, 32 in L2TPv3.
using Iid = StrongId<struct IidTag, std::uint32_t>;
/// L2TPv3 session ID, RFC 3931 4.1. 0 is reserved for control messages.
using SessionId = StrongId<struct SessionIdTag, std::uint32_t>;
/// A physical port of the adapter, dense from 0 in the order of `LisperConfig::ports`.
using PortId = StrongId<struct PortIdTag, std::uint16_t>;
/// An entry of `LisperConfig::interfaces`: a port, or one VLAN of a port. Dense from 0.
using InterfaceId = StrongId<struct InterfaceIdTag, std::uint16_t>;
/// An entry of `LisperConfig::exits`. Dense from 0.
using ExitId = StrongId<struct ExitIdTag, std::uint16_t>;
/// A configured IID, dense from 1; 0 means none. 16 bits, because a FIB key holds it beside the MAC.
using NetworkId = StrongId<struct NetworkIdTag, std::uint16_t>;
/// A place frames can be sent to: an Ethernet interface, a tunnel, or a remote LISPER for one IID.
using LocationId = StrongId<struct LocationIdTag, std::uint32_t>;
/// A locator set with more than one locator.
using LocatorSetId = StrongId<struct LocatorSetIdTag, std::uint32_t>;
/// A list of locations that each get a copy.
using ReplicationListId = StrongId<struct ReplicationListIdTag, std::uint32_t>;
/// A map-cache entry for frames of one source to a group; 0 means none.
using SourceEntryId = StrongId<struct SourceEntryIdTag, std::uint16_t>;

inline constexpr NetworkId kNoNetwork{0};
inline constexpr LocationId kNoLocation{UINT32_MAX};
inline constexpr PortId kNoPort{UINT16_MAX};
inline constexpr SourceEntryId kNoSourceEntry{0};
inline constexpr ExitId kNoExit{UINT16_MAX};

}  // namespace lisper

template <typename Tag, typename Rep>
struct std::hash<lisper::StrongId<Tag, Rep>> {
  std::size_t operator()(lisper::StrongId<Tag, Rep> id) const noexcept { return std::hash<Rep>{}(id.value); }
};
