#include "hw/ctl/prometheus.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/forward/reasons.h"
#include "hw/ctl/exposition.h"

namespace lisper::hw {

namespace {

using Type = Exposition::Type;

template <typename Item>
struct Family {
  Type type;
  const char* name;
  const char* help;
  std::uint64_t (*value)(const Item&);
};

constexpr Family<PortStatus> kPortFamilies[] = {
    {Type::kGauge, "lisper_port_up", "1 if the port has carrier", [](auto& p) { return std::uint64_t{p.up}; }},
    {Type::kGauge, "lisper_port_speed_bytes_per_second", "Of the link; 0 if not known",
     [](auto& p) { return p.speed_mbps * std::uint64_t{125'000}; }},
    {Type::kGauge, "lisper_port_mtu_bytes", "Largest IP packet sent", [](auto& p) { return std::uint64_t{p.mtu}; }},
    {Type::kCounter, "lisper_port_rx_packets_total", "Frames received", [](auto& p) { return p.rx_packets; }},
    {Type::kCounter, "lisper_port_rx_bytes_total", "Bytes received", [](auto& p) { return p.rx_bytes; }},
    {Type::kCounter, "lisper_port_rx_missed_total", "Frames lost because no descriptor was free",
     [](auto& p) { return p.rx_missed; }},
    {Type::kCounter, "lisper_port_rx_errors_total", "Frames received damaged", [](auto& p) { return p.rx_errors; }},
    {Type::kCounter, "lisper_port_rx_no_buffer_total", "Frames lost because no buffer was free",
     [](auto& p) { return p.rx_no_buffer; }},
    {Type::kCounter, "lisper_port_tx_packets_total", "Frames sent", [](auto& p) { return p.tx_packets; }},
    {Type::kCounter, "lisper_port_tx_bytes_total", "Bytes sent", [](auto& p) { return p.tx_bytes; }},
    {Type::kCounter, "lisper_port_tx_errors_total", "Frames that could not be sent",
     [](auto& p) { return p.tx_errors; }},
};

constexpr Family<WorkerStatus> kWorkerFamilies[] = {
    {Type::kCounter, "lisper_worker_packets_total", "Packets that went through the core",
     [](auto& w) { return w.packets; }},
    {Type::kCounter, "lisper_worker_batches_total", "Polls that found packets", [](auto& w) { return w.batches; }},
    {Type::kCounter, "lisper_worker_polls_total", "Polls, the empty ones included", [](auto& w) { return w.polls; }},
    {Type::kCounter, "lisper_worker_spread_packets_total", "Packets handed to other workers",
     [](auto& w) { return w.spread_out; }},
    {Type::kCounter, "lisper_worker_spread_full_total", "Packets lost because a worker's ring was full",
     [](auto& w) { return w.spread_full; }},
    {Type::kCounter, "lisper_worker_tx_refused_total", "Packets lost because a port took no more",
     [](auto& w) { return w.tx_refused; }},
};

std::uint64_t count(const report::Counters& counters, std::string_view name) {
  const auto counter = counters.find(std::string(name));
  return counter == counters.end() ? 0 : counter->second;
}

bool is_reason(std::string_view name) {
  return std::ranges::find(kReasonTexts, name, &ReasonText::name) != kReasonTexts.end();
}

bool is_punt(std::string_view reason) { return reason.starts_with("punt_"); }

void add_ports(Exposition& out, const Status& status) {
  for (const auto& family : kPortFamilies) {
    out.begin(family.type, family.name, family.help);
    for (const PortStatus& port : status.ports) out.sample({{"port", port.name}}, family.value(port));
  }
}

void add_workers(Exposition& out, const Status& status) {
  for (const auto& family : kWorkerFamilies) {
    out.begin(family.type, family.name, family.help);
    for (const WorkerStatus& worker : status.workers)
      out.sample({{"worker", fmt::to_string(worker.index)}, {"cpu", fmt::to_string(worker.cpu)}}, family.value(worker));
  }
}

void add_reasons(Exposition& out, const Status& status, const char* name, const char* help, bool punts) {
  out.begin(Type::kCounter, name, help);
  for (const auto& [port, counters] : status.node.ports)
    for (std::size_t i = 1; i < kReasonCount; ++i)
      if (is_punt(kReasonTexts[i].name) == punts)
        out.sample({{"port", port}, {"reason", kReasonTexts[i].name}}, count(counters, kReasonTexts[i].name));
}

/// By IID, only what was counted: there may be thousands.
void add_networks(Exposition& out, const Status& status) {
  const auto each = [&](const char* name, const char* help, const char* counter) {
    out.begin(Type::kCounter, name, help);
    for (const auto& [iid, counters] : status.node.networks)
      out.sample({{"iid", fmt::to_string(iid)}}, count(counters, counter));
  };
  each("lisper_network_rx_packets_total", "Packets received for an IID; 0: not known", "rx_packets");
  each("lisper_network_tx_packets_total", "Packets sent for an IID", "tx_packets");
  out.begin(Type::kCounter, "lisper_network_drops_total", "Packets of an IID by reason; those of its ports again");
  for (const auto& [iid, counters] : status.node.networks)
    for (const auto& [name, value] : counters)
      if (is_reason(name) && !is_punt(name)) out.sample({{"iid", fmt::to_string(iid)}, {"reason", name}}, value);
}

void add_control(Exposition& out, const Status& status) {
  for (const auto& [name, value] : status.node.control) {
    out.begin(Type::kCounter, fmt::format("lisper_control_{}_total", name), "See lisper-ctl show control");
    out.sample({}, value);
  }
  out.begin(Type::kGauge, "lisper_controller_connected", "1 if somebody reads the punt socket");
  out.sample({}, std::uint64_t{status.controller.connected});
  out.begin(Type::kCounter, "lisper_controller_punts_lost_total", "Punts that nobody read");
  out.sample({}, status.controller.punts_lost);
  out.begin(Type::kCounter, "lisper_controller_truncated_total", "Datagrams larger than the receive buffer");
  out.sample({}, status.controller.truncated);
}

void add_sessions(Exposition& out, const Status& status) {
  out.begin(Type::kGauge, "lisper_sessions", "Sessions by state");
  const auto up = static_cast<std::uint64_t>(std::ranges::count_if(status.sessions, &SessionStatus::up));
  out.sample({{"state", "up"}}, up);
  out.sample({{"state", "down"}}, status.sessions.size() - up);
  out.begin(Type::kGauge, "lisper_neighbour_reachable", "1 if the next hop of an exit is resolved");
  for (const NeighbourStatus& neighbour : status.neighbours)
    out.sample({{"exit", neighbour.exit}}, std::uint64_t{neighbour.reachable});
}

}  // namespace

std::string to_prometheus(const Status& status) {
  Exposition out({{"node", status.name}});
  out.begin(Type::kGauge, "lisper_info", "Always 1; what runs");
  out.sample({{"scenario", status.scenario}, {"version", status.version}}, std::uint64_t{1});
  out.begin(Type::kGauge, "lisper_uptime_seconds", "Since the start");
  out.sample({}, status.uptime_s);
  add_ports(out, status);
  add_workers(out, status);
  add_reasons(out, status, "lisper_drops_total", "Packets that were dropped, or held for reassembly, by reason", false);
  add_reasons(out, status, "lisper_punts_total", "Packets that the control plane was told of, by reason", true);
  add_networks(out, status);
  add_control(out, status);
  add_sessions(out, status);
  for (const char* table : {"fib", "map_cache"}) {
    out.begin(Type::kGauge, fmt::format("lisper_{}_entries", table), "Entries of the table");
    out.sample({}, count(status.node.tables, table));
  }
  return out.take();
}

}  // namespace lisper::hw
