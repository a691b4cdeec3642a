#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/base/result.h"
#include "core/forward/config.h"
#include "core/tables/binding_table.h"
#include "core/tables/delta.h"
#include "core/tables/fib.h"
#include "core/tables/location.h"
#include "core/tables/locator_set.h"
#include "core/tables/replication_list.h"
#include "core/tables/sa_table.h"
#include "core/tables/session_table.h"
#include "core/tables/source_table.h"
#include "core/tables/storm_meter.h"

namespace lisper {

/// One L2 network (IID) of this LISPER.
struct Network {
  Iid iid;
  std::vector<MacPrefix> prefixes;  ///< longest first
  NetworkPolicy policy{};
  ReplicationListId unregistered{};  ///< for frames to groups that have no entry
  ReplicationListId reports{};       ///< for reports of membership
  ReplicationListId queries{};       ///< for queries of multicast routers
  std::uint32_t source_entries = 0;  ///< how many it has in the SourceTable
};

/// What an interface is used for.
struct InterfaceRole {
  enum class Kind : std::uint8_t { kUnused, kEthernet, kExit } kind = Kind::kUnused;
  LocationId location = kNoLocation;  ///< kEthernet
  NetworkId network;                  ///< kEthernet
};

/// A port's interfaces, by VLAN.
struct PortTable {
  InterfaceRole untagged;
  std::vector<InterfaceRole> by_vlan;  ///< empty, or 4096 entries
  bool up = true;
  StormMeter broadcast, multicast, unknown_unicast;
};

struct ExitState {
  IpAddress ip;
  PortId port;
  std::optional<MacAddress> next_hop_mac;
  bool reachable = true;
};

/// All that forwarding looks at. Built from the configuration, changed by deltas only.
class Tables {
 public:
  /// Refuses what the configuration's types cannot rule out: ids out of range, two sessions that
  /// receivers could not tell apart, an interface that is both exit and Ethernet network.
  [[nodiscard]] static Result<Tables> build(const LisperConfig& config);

  /// An equal copy, which counts the packets of tunnels with a counter together with this one. Its FIB is a copy for
  /// readers, see Fib: it is this one that SetEntry and EraseEntry are applied to.
  [[nodiscard]] Tables twin() const { return *this; }
  /// To be called on a twin: what SetEntry and EraseEntry have changed in `original` is here as well.
  void follow_entries(const Tables& original) { fib_ = original.fib_; }
  Tables(Tables&&) = default;

  void apply(const TableDelta& delta);

  // Shape: fixed by the configuration.
  [[nodiscard]] std::optional<NetworkId> network_of(Iid iid) const noexcept;
  [[nodiscard]] std::size_t network_count() const noexcept { return networks_.size() - 1; }
  [[nodiscard]] const Network& network(NetworkId id) const noexcept { return networks_[id.value]; }
  [[nodiscard]] std::size_t location_count() const noexcept { return locations_.size(); }
  [[nodiscard]] const Location& location(LocationId id) const noexcept { return locations_[id.value]; }
  /// The location of remote LISPER `rloc` in a network; nullopt if it is not in `lispers`.
  [[nodiscard]] std::optional<LocationId> lisper_location(const IpAddress& rloc, NetworkId network) const noexcept;
  /// Every Ethernet and tunnel location of a network, in configuration order.
  [[nodiscard]] std::vector<LocationId> local_locations(NetworkId network) const;
  /// Of `config.local_networks[index]`, of the configuration that this was built from.
  [[nodiscard]] LocationId local_location(const LisperConfig& config, std::size_t index) const noexcept;
  [[nodiscard]] bool is_own_address(const IpAddress& ip) const noexcept;
  [[nodiscard]] bool is_own_mac(const MacAddress& mac) const noexcept;
  /// Where a host is held, see SetPin; null: it is not.
  [[nodiscard]] const LocationId* pin(FibKey host) const noexcept {
    const auto found = pins_.find(host.value);
    return found == pins_.end() ? nullptr : &found->second;
  }
  /// True if the policy of some network has `suppress_arp`.
  [[nodiscard]] bool suppresses_arp() const noexcept { return suppresses_arp_; }
  /// True if `ip` is the outer source of some configured session.
  [[nodiscard]] bool is_peer(const IpAddress& ip) const noexcept;

  // State.
  [[nodiscard]] const Fib& fib() const noexcept { return fib_; }
  [[nodiscard]] const SessionTable& sessions() const noexcept { return sessions_; }
  [[nodiscard]] const SaTable& sas() const noexcept { return sas_; }
  [[nodiscard]] const BindingTable& bindings() const noexcept { return bindings_; }
  [[nodiscard]] const SourceTable& sources() const noexcept { return sources_; }
  [[nodiscard]] const PortTable& port(PortId id) const noexcept { return ports_[id.value]; }
  [[nodiscard]] std::size_t port_count() const noexcept { return ports_.size(); }
  [[nodiscard]] const ExitState& exit(ExitId id) const noexcept { return exits_[id.value]; }
  [[nodiscard]] std::size_t exit_count() const noexcept { return exits_.size(); }
  [[nodiscard]] const LocatorSet& locator_set(LocatorSetId id) const noexcept { return sets_[id.value]; }
  [[nodiscard]] std::span<const LocationId> replication(ReplicationListId id) const noexcept {
    return lists_[id.value].locations;
  }
  [[nodiscard]] std::span<const Relay> relays(ReplicationListId id) const noexcept { return lists_[id.value].relays; }
  [[nodiscard]] static ReplicationListId flood_list(NetworkId network) noexcept {
    return ReplicationListId(network.value);
  }
  /// The first ids that the control plane may define itself.
  [[nodiscard]] ReplicationListId first_free_list() const noexcept {
    return ReplicationListId(static_cast<std::uint32_t>(networks_.size()));
  }
  /// The value for a MAC without a FIB entry: longest matching prefix, or kNone. A prefix that does not
  /// fix the I/G bit does not match group addresses.
  [[nodiscard]] FibValue match_prefix(NetworkId network, const MacAddress& mac) const noexcept;

 private:
  explicit Tables(std::size_t max_macs) : fib_(max_macs) {}
  Tables(const Tables&) = default;

  void change(const SetEntry& delta);
  void change(const EraseEntry& delta);
  void change(const SetPrefixes& delta);
  void change(const SetLocators& delta);
  void change(const SetReplication& delta);
  void change(const SetGroupLists& delta);
  void change(const SetSourceEntry& delta);
  void change(const EraseSourceEntry& delta);
  void change(const SetNextHop& delta);
  void change(const SetPortState& delta);
  void change(const SetOutboundSa& delta);
  void change(const SetInboundSas& delta);
  void change(const SetFull& delta) { locations_[delta.location.value].full = delta.full; }
  void change(const SetPin& delta);
  void change(const SetBinding& delta) { bindings_.set(delta.key, delta.binding); }
  void change(const EraseBinding& delta) { bindings_.erase(delta.key); }
  /// Recomputes which locations are up, and every locator set.
  void refresh_locations();

  Fib fib_;
  SessionTable sessions_;
  SaTable sas_;
  BindingTable bindings_;
  SourceTable sources_;
  std::unordered_map<std::uint64_t, LocationId> pins_;  ///< by FibKey
  std::vector<MacAddress> own_macs_;                    ///< of interfaces
  bool suppresses_arp_ = false;
  std::vector<Network> networks_;  ///< [0] unused
  std::vector<Location> locations_;
  std::vector<LocatorSet> sets_;
  std::vector<ReplicationList> lists_;  ///< [0] unused
  std::vector<PortTable> ports_;
  std::vector<ExitState> exits_;
  std::shared_ptr<std::atomic<std::uint32_t>[]> sent_;   ///< what Location::sent points to
  std::shared_ptr<std::atomic<std::int64_t>[]> meters_;  ///< what StormMeter points to

  friend class TablesBuilder;
};

}  // namespace lisper
