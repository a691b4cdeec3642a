#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "core/base/address.h"
#include "core/base/ids.h"
#include "core/tables/binding_table.h"
#include "core/tables/fib.h"
#include "core/tables/replication_list.h"
#include "core/tables/security_association.h"
#include "core/tables/source_table.h"

namespace lisper {

/// One RLOC of a locator set. RFC 9300: lower priority is preferred, 255 is never used, weights share
/// the flows of equal priority.
struct Locator {
  LocationId location = kNoLocation;
  std::uint8_t priority = 1;
  std::uint8_t weight = 1;

  friend constexpr auto operator<=>(const Locator&, const Locator&) noexcept = default;
};

struct MacPrefix {
  MacAddress mac;
  std::uint8_t length = 48;  ///< [bits] 0..47; /48 entries are in the FIB
  FibValue value;
};

// Changes of the tables. Only these change them; each is whole in itself and safe to apply twice.

struct SetEntry {
  NetworkId network;
  MacAddress mac;
  FibValue value;
  Stamp stamp = 0;  ///< of a kLocal entry
};
struct EraseEntry {
  NetworkId network;
  MacAddress mac;
};
/// All prefixes of a network that are shorter than /48.
struct SetPrefixes {
  NetworkId network;
  std::vector<MacPrefix> prefixes;
};
/// Defines or replaces a locator set.
struct SetLocators {
  LocatorSetId set;
  std::vector<Locator> locators;
};
/// Defines or replaces a replication list. Lists 1..N are the flood lists of networks 1..N and exist
/// from the start, holding every local location; further ids are the control plane's to give out.
struct SetReplication {
  ReplicationListId list;
  std::vector<LocationId> locations;
  std::vector<Relay> relays{};
};
/// Where a network's frames for groups go that have no entry, where reports of membership go, and where routers'
/// queries. All are its flood list from the start.
struct SetGroupLists {
  NetworkId network;
  ReplicationListId unregistered;
  ReplicationListId reports;
  ReplicationListId queries;
};
/// Frames of one host to a group, whatever else is said of the group.
struct SetSourceEntry {
  NetworkId network;
  MacAddress source;
  MacAddress group;
  SourceEntry entry;
};
struct EraseSourceEntry {
  NetworkId network;
  MacAddress source;
  MacAddress group;
};
struct SetNextHop {
  ExitId exit;
  std::optional<MacAddress> mac;  ///< absent: packets are held
  bool reachable = true;          ///< false: given up; locators through this exit are skipped
};
struct SetPortState {
  PortId port;
  bool up = true;
};

/// No more hosts may be learned at a local location, or again some.
struct SetFull {
  LocationId location;
  bool full = false;
};
/// A host is held at `home`, kNoLocation being none of the local ones, and may not be learned elsewhere. Absent: it
/// may.
struct SetPin {
  NetworkId network;
  MacAddress mac;
  std::optional<LocationId> home;
};
struct SetBinding {
  BindingTable::Key key;
  Binding binding;
};
struct EraseBinding {
  BindingTable::Key key;
};

/// From now on all that is sent to a LISPER is sealed with this; null: nothing can be sent there.
struct SetOutboundSa {
  IpAddress peer;
  std::shared_ptr<OutboundSa> sa;
};
/// From now on only what is sealed with one of these is accepted from a LISPER. The newest first.
struct SetInboundSas {
  IpAddress peer;
  std::vector<std::shared_ptr<InboundSa>> sas;
};

using TableDelta = std::variant<SetEntry, EraseEntry, SetPrefixes, SetLocators, SetReplication, SetGroupLists,
                                SetSourceEntry, EraseSourceEntry, SetNextHop, SetPortState, SetOutboundSa,
                                SetInboundSas, SetFull, SetPin, SetBinding, EraseBinding>;

}  // namespace lisper
