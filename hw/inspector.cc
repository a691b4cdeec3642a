#include "hw/inspector.h"

#include <fmt/format.h>
#include <rte_lcore.h>

#include <algorithm>
#include <utility>

#include "core/forward/explain.h"
#include "crypto/ipsec_mb.h"
#include "hw/ctl/server.h"
#include "report/node_result.h"

namespace lisper::hw {

namespace {

constexpr std::size_t kTracedBytes = 2048;

const char* transport_name(Carrier carrier) {
  if (carrier == Carrier::kEsp) return "esp";
  return carrier == Carrier::kUdp ? "udp" : "ip";
}

}  // namespace

Inspector::Inspector(Node& node, const ControllerSockets& sockets, const Clock& clock, Names names)
    : node_(node), sockets_(sockets), clock_(clock), names_(std::move(names)) {
  node_.control().set_trace_handler([this](const Control::Traced& traced) { publish(traced); });
}

Status Inspector::status(std::size_t rows) {
  const TimeNs now = clock_.now();
  Control::Gathered gathered = node_.control().gather(now, rows);
  Status status;
  status.name = names_.node;
  status.scenario = names_.scenario;
  status.version = names_.version;
  status.uptime_s = static_cast<double>(now.ns) / 1e9;
  for (const Device& device : node_.devices()) status.ports.push_back(device.status());
  for (unsigned i = 0; i < gathered.workers.size(); ++i) {
    const WorkerCounters& worker = gathered.workers[i];
    status.workers.push_back({.index = i,
                              .cpu = rte_lcore_to_cpu_id(static_cast<int>(i) + 1) < 0
                                         ? 0
                                         : static_cast<std::uint32_t>(rte_lcore_to_cpu_id(static_cast<int>(i) + 1)),
                              .packets = worker.packets,
                              .batches = worker.batches,
                              .polls = worker.polls,
                              .spread_out = worker.spread_out,
                              .spread_full = worker.spread_full,
                              .tx_refused = worker.tx_refused});
  }
  status.sessions = sessions();
  status.neighbours = neighbours();
  if (rows > 0)
    for (const ControlPlane::MapCacheRow& row : node_.control().plane().map_cache()) {
      if (status.map_cache.size() == rows) break;
      MapCacheStatus entry{row.iid.value, fmt::format("{}/{}", to_string(row.mac), row.length), {}, row.replicate};
      if (!row.source.is_zero()) entry.eid += " from " + to_string(row.source);
      for (const IpAddress& rloc : row.rlocs) entry.rlocs.push_back(to_string(rloc));
      for (std::size_t i = 0; i < row.levels.size(); ++i) entry.rlocs[i] += fmt::format(" level {}", row.levels[i]);
      status.map_cache.push_back(std::move(entry));
    }
  status.groups = groups(now, rows);
  if (rows > 0)
    for (const ControlPlane::BindingRow& row : node_.control().plane().bindings()) {
      if (status.bindings.size() == rows) break;
      const char* kind = !row.router ? "" : *row.router ? "router" : "host";
      status.bindings.push_back({row.iid.value, to_string(row.ip), to_string(row.mac), kind, row.contested});
    }
  status.controller = {sockets_.control_path(), sockets_.punt_path(), sockets_.connected(), sockets_.punts_lost(),
                       sockets_.truncated()};
  status.node = std::move(gathered.node);
  status.node.name = names_.node;
  status.node.kind = "lisper";
  return status;
}

std::vector<GroupStatus> Inspector::groups(TimeNs now, std::size_t rows) const {
  const auto name = [&](LocationId location) {
    return report::name_of(node_.config(), node_.control().tables(), location);
  };
  const auto in_seconds = [](TimeNs time) { return static_cast<double>(time.ns) / 1e9; };
  std::vector<GroupStatus> result;
  const ControlPlane::GroupView view = node_.control().plane().groups();
  for (const auto& router : view.routers)
    result.push_back({router.iid.value, {}, name(router.location), 0, in_seconds(router.until - now)});
  for (const auto& member : view.members)
    result.push_back({member.iid.value, to_string(member.group), name(member.location), in_seconds(now - member.since),
                      in_seconds(member.until - now)});
  if (result.size() > rows) result.resize(rows);
  return result;
}

std::vector<SessionStatus> Inspector::sessions() const {
  const Tables& tables = node_.control().tables();
  std::vector<SessionStatus> rows;
  for (const Session& session : tables.sessions().all()) {
    const Location& location = tables.location(session.location);
    rows.push_back({.iid = tables.network(session.network).iid.value,
                    .session_id = session.session_id,
                    .peer = to_string(session.peer),
                    .own = to_string(session.own),
                    .kind = session.from_lisper ? "lisper" : "tunnel",
                    .transport = transport_name(session.carrier),
                    .up = location.up,
                    .resolved = location.resolved});
  }
  return rows;
}

std::vector<NeighbourStatus> Inspector::neighbours() const {
  const Tables& tables = node_.control().tables();
  std::vector<NeighbourStatus> rows;
  for (std::size_t i = 0; i < tables.exit_count(); ++i) {
    const ExitConfig& config = node_.config().exits[i];
    const ExitState& state = tables.exit(ExitId(static_cast<std::uint16_t>(i)));
    rows.push_back({.exit = config.name,
                    .ip = to_string(config.ip),
                    .next_hop = config.next_hop ? to_string(*config.next_hop) : "",
                    .mac = state.next_hop_mac ? to_string(*state.next_hop_mac) : "",
                    .reachable = state.reachable});
  }
  return rows;
}

void Inspector::clear_counters() {
  node_.control().clear_counters();
  for (const Device& device : node_.devices()) device.clear_counters();
}

Result<void> Inspector::start_trace(std::uint32_t /*count*/, const std::string& port) {
  const auto& ports = node_.config().ports;
  if (!port.empty() && std::ranges::find(ports, port, &PortConfig::name) == ports.end())
    return fail(fmt::format("there is no port {}", port));
  trace_port_ = port;
  tracing_ = true;
  // Until it is stopped: how many of them are from that port is not known before.
  for (unsigned i = 0; i < node_.workers(); ++i) node_.worker(i).trace(UINT32_MAX);
  return {};
}

void Inspector::stop_trace() {
  tracing_ = false;
  for (unsigned i = 0; i < node_.workers(); ++i) node_.worker(i).trace(0);
}

void Inspector::publish(const Control::Traced& traced) {
  const std::string& port = node_.config().ports[traced.port.value].name;
  if (!tracing_ || server_ == nullptr || (!trace_port_.empty() && port != trace_port_)) return;
  TracedPacket packet{.time = traced.at,
                      .worker = traced.worker,
                      .port = port,
                      .bytes = std::string(reinterpret_cast<const char*>(traced.frame.data()),
                                           std::min(traced.frame.size(), kTracedBytes)),
                      .len = static_cast<std::uint32_t>(traced.frame.size()),
                      .steps = {},
                      .outcome = {}};
  const auto steps =
      explain(traced.frame, traced.port, node_.control().tables(), node_.config(), traced.at, &crypto::ipsec_mb());
  for (const Step& step : steps) packet.steps.push_back({step.stage, step.text, step.clause});
  packet.outcome = steps.back().text;  // the verdict
  server_->publish(packet);
}

Result<std::string> Inspector::look_up(Iid iid, const MacAddress& mac) {
  const Tables& tables = node_.control().tables();
  if (!tables.network_of(iid)) return fail(fmt::format("IID {} is not configured here", iid.value));
  return report::look_up(node_.config(), tables, iid, mac, clock_.now()).leads_to;
}

}  // namespace lisper::hw
