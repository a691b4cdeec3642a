#include "report/node_result.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace lisper::report {

namespace {

std::string leads_to(const LisperConfig& config, const Tables& tables, FibValue value) {
  switch (value.kind) {
    case FibKind::kNone:
      return "nothing";
    case FibKind::kSet:
      return "set";
    case FibKind::kReplicate:
      return "replicate";
    case FibKind::kNoLocator:
      return "no locator";
    case FibKind::kLocal:
    case FibKind::kMapped:
      break;
  }
  return name_of(config, tables, LocationId(value.target));
}

void add(Counters& counters, const char* name, std::uint64_t value) {
  if (value != 0) counters[name] += value;
}

/// Two keys of one SPI, while they change, are told of together.
std::map<std::string, Counters> associations(const SaTable& sas) {
  std::map<std::string, Counters> result;
  for (const PeerSecurity& security : sas.all()) {
    if (security.out != nullptr) {
      const OutboundSa& sa = *security.out;
      Counters& counters = result[fmt::format("to {} spi {}", to_string(security.peer), sa.sa.spi)];
      add(counters, "packets", sa.packets);
      add(counters, "bytes", sa.bytes);
    }
    for (const auto& sa : security.in) {
      Counters& counters = result[fmt::format("from {} spi {}", to_string(security.peer), sa->sa.spi)];
      add(counters, "packets", sa->packets);
      add(counters, "bytes", sa->bytes);
      add(counters, "replayed", sa->replayed);
      add(counters, "bad_icv", sa->bad_icv);
    }
  }
  return result;
}

}  // namespace

std::string name_of(const LisperConfig& config, const Tables& tables, LocationId id) {
  const Location& location = tables.location(id);
  switch (location.kind) {
    case LocationKind::kEthernet:
      return "interface " + config.interfaces[location.index].name;
    case LocationKind::kLisper:
      return "lisper " + to_string(location.peer);
    case LocationKind::kTunnel:
      break;
  }
  const auto& tunnel = config.local_networks[location.index].tunnel;
  return fmt::format("tunnel {} session {}", to_string(location.peer), tunnel ? tunnel->session_id.value : 0);
}

TableRow look_up(const LisperConfig& config, const Tables& tables, Iid iid, const MacAddress& mac, TimeNs now) {
  FibValue value;
  if (const auto network = tables.network_of(iid)) {
    const Fib::Entry* entry = tables.fib().find(FibKey(*network, mac));
    value = entry != nullptr ? entry->load() : tables.match_prefix(*network, mac);
  }
  return {.at_ns = now.ns, .iid = iid.value, .mac = to_string(mac), .leads_to = leads_to(config, tables, value)};
}

NodeResult node_result(const CoreView& core, TimeNs now, std::size_t rows) {
  NodeResult result;
  std::vector<TrafficCounters> ports(core.ports.begin(), core.ports.end());
  for (std::size_t i = 0; i < core.tables.exit_count(); ++i) {
    const ExitId exit(static_cast<std::uint16_t>(i));
    ports[core.tables.exit(exit).port.value].reasons[static_cast<std::size_t>(Reason::kNextHopTimeout)] +=
        core.control.held_frames_lost(exit);
  }
  const auto add_losses = [](TrafficCounters counters, const ControlPlane::QueueLosses& losses) {
    counters.reasons[static_cast<std::size_t>(Reason::kQueueFull)] += losses.full;
    counters.reasons[static_cast<std::size_t>(Reason::kQueueTimeout)] += losses.timeout;
    return to_counters(counters);
  };
  for (std::size_t i = 0; i < ports.size(); ++i)
    result.ports[core.config.ports[i].name] =
        add_losses(ports[i], core.control.queue_losses(PortId(static_cast<std::uint16_t>(i))));
  for (std::size_t i = 0; i < core.networks.size(); ++i) {
    const NetworkId network(static_cast<std::uint16_t>(i));
    result.networks[network == kNoNetwork ? 0 : core.tables.network(network).iid.value] =
        add_losses(core.networks[i], core.control.queue_losses(network));
  }
  result.control = to_counters(core.control.counters());
  result.tables = {{"fib", core.tables.fib().size()},
                   {"map_cache", core.control.map_cache_size()},
                   {"sessions", core.tables.sessions().all().size()}};
  if (core.tables.suppresses_arp()) result.tables["bindings"] = core.tables.bindings().size();
  result.associations = associations(core.tables.sas());
  core.tables.fib().for_each([&](FibKey key, const Fib::Entry&) {
    if (result.fib.size() == rows) return;
    result.fib.push_back(look_up(core.config, core.tables, core.tables.network(key.network()).iid, key.mac(), now));
  });
  std::ranges::sort(result.fib, {}, [](const TableRow& row) { return std::tie(row.iid, row.mac); });
  return result;
}

Counters to_counters(const TrafficCounters& counters) {
  Counters result;
  const auto put = [&](std::string_view name, std::uint64_t value) {
    if (value != 0) result.emplace(name, value);
  };
  put("rx_packets", counters.rx_packets);
  put("rx_bytes", counters.rx_bytes);
  put("tx_packets", counters.tx_packets);
  put("tx_bytes", counters.tx_bytes);
  for (std::size_t i = 1; i < kReasonCount; ++i) put(kReasonTexts[i].name, counters.reasons[i]);
  return result;
}

Counters to_counters(const ControlCounters& counters) {
  Counters result;
  const auto put = [&](const char* name, std::uint64_t value) {
    if (value != 0) result.emplace(name, value);
  };
#define LISPER_PUT(field) put(#field, counters.field)
  LISPER_PUT(messages);
  LISPER_PUT(malformed);
  LISPER_PUT(ignored);
  LISPER_PUT(entries_set);
  LISPER_PUT(entries_deleted);
  LISPER_PUT(unknown_iid);
  LISPER_PUT(unknown_rloc);
  LISPER_PUT(own_rloc);
  LISPER_PUT(table_full);
  LISPER_PUT(hosts_learned);
  LISPER_PUT(hosts_aged);
  LISPER_PUT(hosts_pinned);
  LISPER_PUT(punts_sent);
  LISPER_PUT(punts_suppressed);
  LISPER_PUT(statistics_sent);
  LISPER_PUT(statistics_lost);
  LISPER_PUT(solicitations_sent);
  LISPER_PUT(neighbour_malformed);
  LISPER_PUT(next_hop_changes);
  LISPER_PUT(keys_set);
  LISPER_PUT(keys_refused);
  LISPER_PUT(group_messages);
  LISPER_PUT(group_malformed);
  LISPER_PUT(group_queries_sent);
  LISPER_PUT(groups_crowded);
  LISPER_PUT(bindings_learned);
  LISPER_PUT(bindings_contested);
#undef LISPER_PUT
  return result;
}

}  // namespace lisper::report
