#include "core/forward/scratch_tables.h"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/tables/mac_prefix.h"

namespace lisper {
namespace {

/// The same keys, but with numbers and counters of their own.
void copy_keys(const SaTable& sas, Tables& scratch) {
  for (const PeerSecurity& security : sas.all()) {
    if (security.sends_sealed) {
      std::shared_ptr<OutboundSa> copy;
      if (security.out != nullptr) {
        copy = std::make_shared<OutboundSa>(security.out->sa);
        copy->packets = security.out->packets.load();
      }
      scratch.apply(SetOutboundSa{security.peer, std::move(copy)});
    }
    if (!security.receives_sealed) continue;
    SetInboundSas delta{security.peer, {}};
    for (const auto& sa : security.in) {
      const auto& copy = delta.sas.emplace_back(std::make_shared<InboundSa>(sa->sa));
      copy->packets = sa->packets.load();
      const std::uint64_t top = sa->window.top();
      copy->window.start_at(top > ReplayWindow::kSize ? top - ReplayWindow::kSize : 0);
    }
    scratch.apply(std::move(delta));
  }
}

}  // namespace

Tables scratch_tables(const Tables& tables, LisperConfig config, NetworkId network, const MacAddress& source,
                      const MacAddress& destination, std::span<const IpAddress> bindings) {
  config.max_macs = static_cast<std::uint32_t>(2 + bindings.size());
  Tables scratch = Tables::build(config).value();
  for (std::size_t i = 0; i < tables.port_count(); ++i) {
    const PortId id(static_cast<std::uint16_t>(i));
    scratch.apply(SetPortState{id, tables.port(id).up});
  }
  for (std::size_t i = 0; i < tables.exit_count(); ++i) {
    const ExitId id(static_cast<std::uint16_t>(i));
    scratch.apply(SetNextHop{id, tables.exit(id).next_hop_mac, tables.exit(id).reachable});
  }
  copy_keys(tables.sas(), scratch);
  if (network == kNoNetwork) return scratch;
  const auto copy_target = [&](FibValue value) {
    if (value.kind == FibKind::kSet) {
      const LocatorSetId id(value.target);
      scratch.apply(SetLocators{id, tables.locator_set(id).locators});
    } else if (value.kind == FibKind::kReplicate || value.kind == FibKind::kNone) {
      const auto id = value.kind == FibKind::kNone ? Tables::flood_list(network) : ReplicationListId(value.target);
      const auto list = tables.replication(id);
      const auto relays = tables.relays(id);
      scratch.apply(SetReplication{id, {list.begin(), list.end()}, {relays.begin(), relays.end()}});
    }
  };
  copy_target({});
  const Network& here = tables.network(network);
  for (const ReplicationListId list : {here.unregistered, here.reports, here.queries})
    copy_target({FibKind::kReplicate, list.value});
  scratch.apply(SetGroupLists{network, here.unregistered, here.reports, here.queries});
  if (const SourceEntry* entry = tables.sources().find({FibKey(network, source), FibKey(network, destination)})) {
    scratch.apply(SetSourceEntry{network, source, destination, *entry});
    copy_target({FibKind::kReplicate, entry->list.value});
  }
  for (std::uint32_t i = 0; i < tables.location_count(); ++i)
    scratch.apply(SetFull{LocationId(i), tables.location(LocationId(i)).full});
  if (const LocationId* home = tables.pin(FibKey(network, source))) scratch.apply(SetPin{network, source, *home});
  std::vector<MacAddress> macs{source, destination};
  for (const IpAddress& ip : bindings) {
    const Binding* binding = tables.bindings().find({network, ip});
    if (binding == nullptr) continue;
    scratch.apply(SetBinding{{network, ip}, *binding});
    macs.push_back(binding->mac);
  }
  for (const MacAddress& mac : macs) {
    const Fib::Entry* entry = tables.fib().find(FibKey(network, mac));
    if (entry == nullptr) continue;
    scratch.apply(SetEntry{network, mac, entry->load(), entry->stamp()});
    copy_target(entry->load());
  }
  if (const MacPrefix* prefix = find_prefix(here.prefixes, destination)) {
    scratch.apply(SetPrefixes{network, {*prefix}});
    copy_target(prefix->value);
  }
  return scratch;
}

}  // namespace lisper
