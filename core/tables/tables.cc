#include "core/tables/tables.h"

#include <algorithm>
#include <cstring>

#include "core/tables/header_template.h"
#include "core/tables/mac_prefix.h"

namespace lisper {

void Tables::apply(const TableDelta& delta) {
  std::visit([this](const auto& d) { change(d); }, delta);
}

void Tables::change(const SetEntry& delta) { fib_.set(FibKey(delta.network, delta.mac), delta.value, delta.stamp); }

void Tables::change(const EraseEntry& delta) { fib_.erase(FibKey(delta.network, delta.mac)); }

void Tables::change(const SetPrefixes& delta) {
  auto& prefixes = networks_[delta.network.value].prefixes;
  prefixes = delta.prefixes;
  std::ranges::stable_sort(prefixes, std::ranges::greater{}, &MacPrefix::length);
}

void Tables::change(const SetLocators& delta) {
  if (sets_.size() <= delta.set.value) sets_.resize(delta.set.value + 1);
  sets_[delta.set.value].locators = delta.locators;
  fill_buckets(sets_[delta.set.value], locations_);
}

void Tables::change(const SetReplication& delta) {
  if (lists_.size() <= delta.list.value) lists_.resize(delta.list.value + 1);
  lists_[delta.list.value] = {delta.locations, delta.relays};
}

void Tables::change(const SetGroupLists& delta) {
  Network& network = networks_[delta.network.value];
  network.unregistered = delta.unregistered;
  network.reports = delta.reports;
  network.queries = delta.queries;
}

void Tables::change(const SetSourceEntry& delta) {
  const SourceTable::Key key{FibKey(delta.network, delta.source), FibKey(delta.network, delta.group)};
  if (sources_.set(key, delta.entry)) ++networks_[delta.network.value].source_entries;
}

void Tables::change(const EraseSourceEntry& delta) {
  const SourceTable::Key key{FibKey(delta.network, delta.source), FibKey(delta.network, delta.group)};
  if (sources_.erase(key)) --networks_[delta.network.value].source_entries;
}

void Tables::change(const SetNextHop& delta) {
  ExitState& exit = exits_[delta.exit.value];
  exit.next_hop_mac = delta.mac;
  exit.reachable = delta.reachable;
  for (Location& location : locations_) {
    if (location.exit != delta.exit) continue;
    location.resolved = delta.mac.has_value();
    const MacAddress mac = delta.mac.value_or(MacAddress{});
    std::memcpy(location.start(), &mac, sizeof mac);
  }
  refresh_locations();
}

void Tables::change(const SetPortState& delta) {
  ports_[delta.port.value].up = delta.up;
  refresh_locations();
}

void Tables::change(const SetOutboundSa& delta) {
  sas_.set_out(delta.peer, delta.sa);
  for (Location& location : locations_)
    if (location.kind == LocationKind::kLisper && location.peer == delta.peer) seal_template(delta.sa.get(), location);
  refresh_locations();
}

void Tables::change(const SetInboundSas& delta) {
  sas_.set_in(delta.peer, delta.sas);
  sessions_.require_esp(delta.peer);
}

void Tables::change(const SetPin& delta) {
  const FibKey host(delta.network, delta.mac);
  if (delta.home) {
    pins_.insert_or_assign(host.value, *delta.home);
  } else {
    pins_.erase(host.value);
  }
}

void Tables::refresh_locations() {
  for (Location& location : locations_) {
    location.up = ports_[location.port.value].up && (location.exit == kNoExit || exits_[location.exit.value].reachable);
    location.update();
  }
  for (LocatorSet& set : sets_) fill_buckets(set, locations_);
}

std::optional<NetworkId> Tables::network_of(Iid iid) const noexcept {
  for (std::size_t i = 1; i < networks_.size(); ++i)
    if (networks_[i].iid == iid) return NetworkId(static_cast<std::uint16_t>(i));
  return std::nullopt;
}

std::optional<LocationId> Tables::lisper_location(const IpAddress& rloc, NetworkId network) const noexcept {
  for (std::size_t i = 0; i < locations_.size(); ++i) {
    const Location& location = locations_[i];
    if (location.kind == LocationKind::kLisper && location.network == network && location.peer == rloc)
      return LocationId(static_cast<std::uint32_t>(i));
  }
  return std::nullopt;
}

std::vector<LocationId> Tables::local_locations(NetworkId network) const {
  std::vector<LocationId> ids;
  for (std::size_t i = 0; i < locations_.size(); ++i)
    if (locations_[i].kind != LocationKind::kLisper && locations_[i].network == network)
      ids.emplace_back(static_cast<std::uint32_t>(i));
  return ids;
}

LocationId Tables::local_location(const LisperConfig& config, std::size_t index) const noexcept {
  const auto& interface = config.local_networks[index].interface;
  const LocationKind kind = interface ? LocationKind::kEthernet : LocationKind::kTunnel;
  const auto place = interface ? interface->value : static_cast<std::uint16_t>(index);
  const auto found = std::ranges::find_if(
      locations_, [&](const Location& location) { return location.kind == kind && location.index == place; });
  return LocationId(static_cast<std::uint32_t>(found - locations_.begin()));
}

bool Tables::is_own_address(const IpAddress& ip) const noexcept {
  return std::ranges::any_of(exits_, [&](const ExitState& exit) { return exit.ip == ip; });
}

bool Tables::is_own_mac(const MacAddress& mac) const noexcept {
  return std::ranges::find(own_macs_, mac) != own_macs_.end();
}

bool Tables::is_peer(const IpAddress& ip) const noexcept {
  return std::ranges::any_of(sessions_.all(), [&](const Session& session) { return session.peer == ip; });
}

FibValue Tables::match_prefix(NetworkId network, const MacAddress& mac) const noexcept {
  const MacPrefix* prefix = find_prefix(networks_[network.value].prefixes, mac);
  return prefix == nullptr ? FibValue{} : prefix->value;
}

}  // namespace lisper
