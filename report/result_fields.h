#pragma once

#include "report/archive.h"
#include "report/result.h"

/// The fields of results in JSON, in their order.
namespace lisper::report {

void fields(auto& ar, Is<Latency> auto& latency) {
  ar("min", latency.min);
  ar("median", latency.median);
  ar("p99", latency.p99);
  ar("max", latency.max);
}

void fields(auto& ar, Is<FlowResult> auto& flow) {
  ar("name", flow.name);
  ar("kind", flow.kind);
  ar("from", flow.from);
  ar("to", flow.to);
  ar("sent", flow.sent);
  ar("received", flow.received);
  ar.derived("loss", flow.loss());
  ar("latency", flow.latency);
  ar("throughput", flow.throughput_bps);
  ar("out_of_order", flow.out_of_order);
  ar("completed", flow.completed);
  ar("probe", flow.probe);
  ar("received_series", flow.received_series);
  ar("latency_histogram", flow.latency_histogram);
}

void fields(auto& ar, Is<LinkDirectionResult> auto& direction) {
  ar("packets", direction.packets);
  ar("bytes", direction.bytes);
  ar("drops", direction.drops);
  ar("queue_peak", direction.queue_peak);
  ar("rate", direction.rate_bps);
  ar("bytes_series", direction.bytes_series);
}

void fields(auto& ar, Is<LinkResult> auto& link) {
  ar("name", link.name);
  ar("from", link.from);
  ar("to", link.to);
  ar("up", link.up);
  ar("directions", link.directions);
}

void fields(auto& ar, Is<TableRow> auto& row) {
  ar("at_ns", row.at_ns);
  ar("iid", row.iid);
  ar("mac", row.mac);
  ar("leads_to", row.leads_to);
}

void fields(auto& ar, Is<NodeResult> auto& node) {
  ar("name", node.name);
  ar("kind", node.kind);
  ar("ports", node.ports);
  ar("networks", node.networks);
  ar("control", node.control);
  ar("tables", node.tables);
  ar("associations", node.associations);
  ar("fib", node.fib);
}

void fields(auto& ar, Is<EventResult> auto& event) {
  ar("at_ns", event.at_ns);
  ar("text", event.text);
}

void fields(auto& ar, Is<ExpectationResult> auto& expectation) {
  ar("name", expectation.name);
  ar("passed", expectation.passed);
  ar("why", expectation.why);
}

void fields(auto& ar, Is<TopologyNode> auto& node) {
  ar("name", node.name);
  ar("kind", node.kind);
  ar("x", node.x);
  ar("y", node.y);
}

void fields(auto& ar, Is<RunResult> auto& result) {
  ar("scenario", result.scenario);
  ar("description", result.description);
  ar("body", result.body);
  ar("seed", result.seed);
  ar("versions", result.versions);
  ar("end_ns", result.end_ns);
  ar("series_interval_ns", result.series_interval_ns);
  ar("hops", result.hops);
  ar("expectations", result.expectations);
  ar("flows", result.flows);
  ar("links", result.links);
  ar("nodes", result.nodes);
  ar("events", result.events);
  ar("topology", result.topology);
}

}  // namespace lisper::report
