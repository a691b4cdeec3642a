#include "hw/ctl/client/show.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/forward/reasons.h"
#include "hw/ctl/client/drops.h"
#include "hw/ctl/status_json.h"
#include "report/units.h"

namespace lisper::hw::ctl {

namespace {

using report::Cell;
using Rows = std::vector<std::vector<Cell>>;

Cell text(const std::string& value) { return {value.empty() ? "-" : report::printable(value)}; }
Cell number(std::uint64_t value) { return {fmt::to_string(value)}; }
/// A count that should be zero.
Cell loss(std::uint64_t value) { return {fmt::to_string(value), value != 0}; }
/// A state that should be `good`.
Cell state(bool good, const char* yes, const char* no) { return {good ? yes : no, !good}; }
Cell size(std::uint64_t bytes) { return {report::bytes_text(static_cast<double>(bytes))}; }

std::uint64_t table_size(const Status& status, const char* name) {
  const auto table = status.node.tables.find(name);
  return table == status.node.tables.end() ? 0 : table->second;
}

/// "3 d 04:05:06"
std::string uptime_text(double seconds) {
  const auto s = static_cast<std::uint64_t>(std::max(seconds, 0.0));
  const std::string clock = fmt::format("{:02}:{:02}:{:02}", s / 3600 % 24, s / 60 % 60, s % 60);
  return s >= 86'400 ? fmt::format("{} d {}", s / 86'400, clock) : clock;
}

std::string link_text(const PortStatus& port) {
  if (!port.up) return "down";
  if (port.speed_mbps == 0) return "up";
  return report::rate_text(1e6 * port.speed_mbps);
}

std::string show_status(const Status& status, const ShowStyle& style) {
  const auto up = std::ranges::count_if(status.ports, &PortStatus::up);
  const auto sessions_up = std::ranges::count_if(status.sessions, &SessionStatus::up);
  std::uint64_t lost = 0;
  for (const Drop& drop : drops(status, false))
    if (!drop.where.starts_with("IID ")) lost += drop.packets;
  const auto part = [](std::ptrdiff_t good, std::size_t all) {
    return Cell{fmt::format("{} of {} up", good, all), good != static_cast<std::ptrdiff_t>(all)};
  };
  const bool expects_controller = !status.controller.punt_sock.empty();
  return report::aligned({"node", report::printable(status.name)},
                         {{{"scenario"}, text(status.scenario)},
                          {{"version"}, text(status.version)},
                          {{"up for"}, {uptime_text(status.uptime_s)}},
                          {{"ports"}, part(up, status.ports.size())},
                          {{"sessions"}, part(sessions_up, status.sessions.size())},
                          {{"workers"}, number(status.workers.size())},
                          {{"FIB"}, {fmt::format("{} entries", table_size(status, "fib"))}},
                          {{"map-cache"}, {fmt::format("{} entries", table_size(status, "map_cache"))}},
                          {{"controller"},
                           expects_controller ? state(status.controller.connected, "connected", "not connected")
                                              : Cell{"none configured"}},
                          {{"dropped"}, number(lost)}},
                         2, style.table);
}

std::string show_ports(const Status& status, const ShowStyle& style) {
  Rows rows;
  for (const PortStatus& port : status.ports)
    rows.push_back({text(port.name),
                    text(port.device),
                    text(port.driver),
                    text(port.mac),
                    {link_text(port), !port.up},
                    number(port.mtu),
                    number(port.rx_packets),
                    size(port.rx_bytes),
                    loss(port.rx_missed + port.rx_no_buffer),
                    loss(port.rx_errors),
                    number(port.tx_packets),
                    size(port.tx_bytes),
                    loss(port.tx_errors)});
  return report::aligned({"port", "device", "driver", "MAC", "link", "MTU", "received", "bytes", "missed", "errors",
                          "sent", "bytes", "errors"},
                         rows, 5, style.table);
}

std::string show_sessions(const Status& status, const ShowStyle& style) {
  Rows rows;
  for (const SessionStatus& session : status.sessions)
    rows.push_back({text(session.kind), text(session.peer), text(session.own), text(session.transport),
                    state(session.up, "up", "down"), state(session.resolved, "resolved", "not resolved"),
                    number(session.iid), number(session.session_id)});
  return report::aligned({"kind", "peer", "own address", "over", "state", "next hop", "IID", "session"}, rows, 6,
                         style.table);
}

std::string show_neighbours(const Status& status, const ShowStyle& style) {
  Rows rows;
  for (const NeighbourStatus& neighbour : status.neighbours)
    rows.push_back({text(neighbour.exit), text(neighbour.ip), text(neighbour.next_hop), text(neighbour.mac),
                    state(neighbour.reachable, "reachable", "not reachable")});
  return report::aligned({"exit", "own address", "next hop", "MAC", "state"}, rows, 5, style.table);
}

/// After the rows of a table of `total`.
std::string cut_note(std::size_t shown, std::uint64_t total) {
  return shown < total ? fmt::format("... {} of {} shown; see --rows\n", shown, total) : std::string();
}

std::string show_fib(const Status& status, const ShowStyle& style) {
  Rows rows;
  for (const report::TableRow& row : status.node.fib)
    rows.push_back({text(row.mac), text(row.leads_to), number(row.iid)});
  return report::aligned({"MAC", "leads to", "IID"}, rows, 2, style.table) +
         cut_note(rows.size(), table_size(status, "fib"));
}

std::string show_map_cache(const Status& status, const ShowStyle& style) {
  Rows rows;
  for (const MapCacheStatus& entry : status.map_cache)
    rows.push_back({text(entry.eid),
                    text(fmt::format("{}", fmt::join(entry.rlocs, ", "))),
                    {entry.replicate ? "each" : "one"},
                    number(entry.iid)});
  return report::aligned({"EID", "RLOCs", "to", "IID"}, rows, 3, style.table) +
         cut_note(rows.size(), table_size(status, "map_cache"));
}

std::string show_groups(const Status& status, const ShowStyle& style) {
  if (status.groups.empty()) return "nobody listens to a group\n";
  Rows rows;
  for (const GroupStatus& group : status.groups)
    rows.push_back({{group.group.empty() ? "all" : report::printable(group.group)},
                    text(group.member),
                    {group.group.empty() ? "-" : uptime_text(group.since_s)},
                    {uptime_text(group.left_s)},
                    number(group.iid)});
  return report::aligned({"group", "goes to", "for", "ends in", "IID"}, rows, 2, style.table);
}

std::string show_bindings(const Status& status, const ShowStyle& style) {
  Rows rows;
  for (const BindingStatus& binding : status.bindings)
    rows.push_back({text(binding.ip), text(binding.mac), text(binding.kind),
                    state(!binding.contested, "answered", "contested"), number(binding.iid)});
  return report::aligned({"IP address", "MAC", "kind", "ARP, ND", "IID"}, rows, 4, style.table) +
         cut_note(rows.size(), table_size(status, "bindings"));
}

std::string show_drops(const Status& status, const ShowStyle& style) {
  Rows rows;
  for (const Drop& drop : drops(status, style.all))
    rows.push_back({{std::string(drop.counter)},
                    text(drop.where),
                    number(drop.packets),
                    {std::string(drop.help)},
                    {std::string(drop.clause)}});
  if (rows.empty()) return "no packet was dropped\n";
  // The number stands before the words that explain it: padded here, because only trailing columns align right.
  std::size_t widest = std::string_view("packets").size();
  for (const auto& row : rows) widest = std::max(widest, row[2].text.size());
  for (auto& row : rows) row[2].text.insert(0, widest - row[2].text.size(), ' ');
  return report::aligned({"counter", "where", fmt::format("{:>{}}", "packets", widest), "meaning", "clause"}, rows, 5,
                         style.table);
}

/// What the forwarding plane told the control plane of, all IIDs together.
report::Counters told(const Status& status) {
  report::Counters sum;
  for (const auto& [iid, counters] : status.node.networks)
    for (const auto& [name, value] : counters)
      if (name.starts_with("punt_")) sum[name] += value;
  return sum;
}

std::string show_control(const Status& status, const ShowStyle& style) {
  const ControllerStatus& controller = status.controller;
  std::string out;
  if (controller.control_sock.empty() && controller.punt_sock.empty()) {
    out = "no controller is configured\n";
  } else {
    out = report::aligned({"control socket", report::printable(controller.control_sock)},
                          {{{"punt socket"}, text(controller.punt_sock)},
                           {{"controller"}, state(controller.connected, "connected", "not connected")},
                           {{"punts lost"}, loss(controller.punts_lost)},
                           {{"datagrams cut"}, loss(controller.truncated)}},
                          2, style.table);
  }
  Rows rows;
  for (const auto& [name, value] : status.node.control) rows.push_back({text(name), number(value)});
  for (const auto& [name, value] : told(status)) rows.push_back({text(name), number(value)});
  if (!rows.empty()) out += "\n" + report::aligned({"counter", "count"}, rows, 1, style.table);
  return out;
}

std::string show_workers(const Status& status, const ShowStyle& style) {
  Rows rows;
  for (const WorkerStatus& worker : status.workers) {
    const auto ratio = [](std::uint64_t part, std::uint64_t whole) {
      return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
    };
    rows.push_back({number(worker.index),
                    number(worker.cpu),
                    number(worker.packets),
                    {fmt::format("{:.1f}", ratio(worker.packets, worker.batches))},
                    {report::percent_text(ratio(worker.batches, worker.polls))},
                    number(worker.spread_out),
                    loss(worker.spread_full),
                    loss(worker.tx_refused)});
  }
  return report::aligned(
      {"worker", "CPU", "packets", "a batch", "busy polls", "handed over", "ring full", "TX refused"}, rows, 0,
      style.table);
}

}  // namespace

std::string show(View view, const Status& status, const ShowStyle& style) {
  switch (view) {
    case View::kStatus:
      return show_status(status, style);
    case View::kPorts:
      return show_ports(status, style);
    case View::kSessions:
      return show_sessions(status, style);
    case View::kNeighbours:
      return show_neighbours(status, style);
    case View::kFib:
      return show_fib(status, style);
    case View::kMapCache:
      return show_map_cache(status, style);
    case View::kGroups:
      return show_groups(status, style);
    case View::kBindings:
      return show_bindings(status, style);
    case View::kDrops:
      return show_drops(status, style);
    case View::kControl:
      return show_control(status, style);
    case View::kWorkers:
      return show_workers(status, style);
  }
  return {};
}

nlohmann::ordered_json select(View view, const Status& status, bool all_drops) {
  using Json = nlohmann::ordered_json;
  const Json whole = to_json(status);
  switch (view) {
    case View::kStatus:
      return whole;
    case View::kPorts:
      return whole["ports"];
    case View::kSessions:
      return whole["sessions"];
    case View::kNeighbours:
      return whole["neighbours"];
    case View::kFib:
      return whole["node"]["fib"];
    case View::kMapCache:
      return whole["map_cache"];
    case View::kGroups:
      return whole["groups"];
    case View::kBindings:
      return whole["bindings"];
    case View::kControl:
      return {{"controller", whole["controller"]}, {"counters", whole["node"]["control"]}};
    case View::kWorkers:
      return whole["workers"];
    case View::kDrops:
      break;
  }
  Json list = Json::array();
  for (const Drop& drop : drops(status, all_drops))
    list.push_back({{"counter", drop.counter},
                    {"where", drop.where},
                    {"packets", drop.packets},
                    {"help", drop.help},
                    {"clause", drop.clause}});
  return list;
}

}  // namespace lisper::hw::ctl
