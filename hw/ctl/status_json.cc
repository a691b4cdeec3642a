#include "hw/ctl/status_json.h"

#include "report/archive.h"
#include "report/result_fields.h"

namespace lisper::hw {

using report::Is;

void fields(auto& ar, Is<PortStatus> auto& port) {
  ar("name", port.name);
  ar("device", port.device);
  ar("driver", port.driver);
  ar("mac", port.mac);
  ar("mtu", port.mtu);
  ar("up", port.up);
  ar("speed_mbps", port.speed_mbps);
  ar("rx_queues", port.rx_queues);
  ar("tx_queues", port.tx_queues);
  ar("rx_mode", port.rx_mode);
  ar("tx_mode", port.tx_mode);
  ar("rx_packets", port.rx_packets);
  ar("rx_bytes", port.rx_bytes);
  ar("rx_missed", port.rx_missed);
  ar("rx_errors", port.rx_errors);
  ar("rx_no_buffer", port.rx_no_buffer);
  ar("tx_packets", port.tx_packets);
  ar("tx_bytes", port.tx_bytes);
  ar("tx_errors", port.tx_errors);
}

void fields(auto& ar, Is<WorkerStatus> auto& worker) {
  ar("index", worker.index);
  ar("cpu", worker.cpu);
  ar("packets", worker.packets);
  ar("batches", worker.batches);
  ar("polls", worker.polls);
  ar("spread_out", worker.spread_out);
  ar("spread_full", worker.spread_full);
  ar("tx_refused", worker.tx_refused);
}

void fields(auto& ar, Is<SessionStatus> auto& session) {
  ar("iid", session.iid);
  ar("session_id", session.session_id);
  ar("peer", session.peer);
  ar("own", session.own);
  ar("kind", session.kind);
  ar("transport", session.transport);
  ar("up", session.up);
  ar("resolved", session.resolved);
}

void fields(auto& ar, Is<NeighbourStatus> auto& neighbour) {
  ar("exit", neighbour.exit);
  ar("ip", neighbour.ip);
  ar("next_hop", neighbour.next_hop);
  ar("mac", neighbour.mac);
  ar("reachable", neighbour.reachable);
}

void fields(auto& ar, Is<MapCacheStatus> auto& entry) {
  ar("iid", entry.iid);
  ar("eid", entry.eid);
  ar("rlocs", entry.rlocs);
  ar("replicate", entry.replicate);
}

void fields(auto& ar, Is<GroupStatus> auto& group) {
  ar("iid", group.iid);
  ar("group", group.group);
  ar("member", group.member);
  ar("since_s", group.since_s);
  ar("left_s", group.left_s);
}
void fields(auto& ar, Is<BindingStatus> auto& binding) {
  ar("iid", binding.iid);
  ar("ip", binding.ip);
  ar("mac", binding.mac);
  ar("kind", binding.kind);
  ar("contested", binding.contested);
}

void fields(auto& ar, Is<ControllerStatus> auto& controller) {
  ar("control_sock", controller.control_sock);
  ar("punt_sock", controller.punt_sock);
  ar("connected", controller.connected);
  ar("punts_lost", controller.punts_lost);
  ar("truncated", controller.truncated);
}

void fields(auto& ar, Is<Status> auto& status) {
  ar("name", status.name);
  ar("scenario", status.scenario);
  ar("version", status.version);
  ar("uptime_s", status.uptime_s);
  ar("ports", status.ports);
  ar("workers", status.workers);
  ar("sessions", status.sessions);
  ar("neighbours", status.neighbours);
  ar("map_cache", status.map_cache);
  ar("groups", status.groups);
  ar("bindings", status.bindings);
  ar("controller", status.controller);
  ar("node", status.node);
}

nlohmann::ordered_json to_json(const Status& status) { return report::Writer::value(status); }

Result<Status> status_from_json(const nlohmann::ordered_json& json) try {
  Status status;
  report::Reader::read(json, "", status);
  return status;
} catch (const report::FieldError& error) {
  return fail(error.message);
}

}  // namespace lisper::hw
