#include "endpoint/node.h"

#include <algorithm>

#include "core/forward/replicate.h"
#include "report/node_result.h"

namespace lisper::endpoint {

Result<std::unique_ptr<Node>> Node::create(const model::CoreNode& plan, std::vector<std::unique_ptr<Port>> ports) {
  auto tables = Tables::build(plan.config);
  if (!tables) return tl::unexpected(tables.error());
  return std::unique_ptr<Node>(new Node(plan, std::move(*tables), std::move(ports)));
}

Node::Node(const model::CoreNode& plan, Tables tables, std::vector<std::unique_ptr<Port>> ports)
    : config_(plan.config),
      tables_(std::move(tables)),
      shard_(tables_.port_count(), tables_.network_count()),
      control_(config_, tables_),
      ports_(ports.size()) {
  for (std::size_t i = 0; i < ports.size(); ++i) ports_[i].device = std::move(ports[i]);
}

void Node::start(TimeNs now) {
  control_.start(now, outbox_);
  carry_out_outbox();
  flush();
  check_carriers(now);
}

void Node::check_carriers(TimeNs now) {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    const bool up = has_carrier(ports_[i]);
    if (up == ports_[i].up) continue;
    ports_[i].up = up;
    control_.on_port_state(PortId(static_cast<std::uint16_t>(i)), up, now, outbox_);
    carry_out_outbox();
  }
  flush();
}

void Node::receive(PortId port, TimeNs now) {
  const std::size_t count = ports_[port.value].device->receive(received_);
  for (std::size_t i = 0; i < count; ++i)
    packets_[i] = {.data = received_[i].data, .len = received_[i].len, .port = port, .verdict = {}};
  forward({packets_.data(), count}, now);
  forward_reassembled(now);
  hand_over_events(now);
  flush();
}

void Node::forward(std::span<Packet> batch, TimeNs now) {
  process(batch, tables_, shard_, now);
  for (const Packet& packet : batch) carry_out(packet, now);
}

void Node::forward_reassembled(TimeNs now) {
  while (const auto complete = shard_.reassembler.take_complete()) {
    flush();  // the one before may wait in the same buffer
    reassembled_.copy(complete->frame);
    Packet packet{.data = reassembled_.data, .len = reassembled_.len, .port = complete->port, .verdict = {}};
    forward({&packet, 1}, now);
  }
}

void Node::carry_out(const Packet& packet, TimeNs now) {
  const Bytes frame{packet.data, packet.len};
  switch (packet.verdict.action) {
    case Action::kForward:
      ports_[packet.verdict.port.value].outgoing.push_back(frame);
      break;
    case Action::kReplicate:
      replicate(packet, now);
      break;
    case Action::kControl:
      control_.on_frame(packet.port, frame, now, outbox_);
      carry_out_outbox();
      break;
    case Action::kHold:
      if (!control_.hold(packet.verdict.exit, frame, now))
        shard_.count(tables_.exit(packet.verdict.exit).port, packet.verdict.network, Reason::kNextHopUnresolved);
      break;
    case Action::kQueue:  // a tunnel's end has no such policy
    case Action::kDrop:
      break;
  }
}

void Node::replicate(const Packet& frame, TimeNs now) {
  const auto members = tables_.replication(frame.verdict.list).size();
  for (std::size_t i = 0; i < members; ++i) {
    if (!copy_wanted(frame.verdict, tables_, i)) continue;
    const Buffer& buffer = copy({frame.data, frame.len});
    Packet packet{.data = buffer.data, .len = buffer.len, .port = frame.port, .verdict = frame.verdict};
    encapsulate_copy(packet, tables_, shard_, i, now);
    carry_out(packet, now);
  }
}

void Node::hand_over_events(TimeNs now) {
  for (const Event& event : shard_.events) {
    control_.on_event(event, now, outbox_);
    carry_out_outbox();
  }
  shard_.events.clear();
}

/// At once, because the control plane reads the tables in its next call.
void Node::carry_out_outbox() {
  if (outbox_.empty()) return;
  for (const TableDelta& delta : outbox_.deltas) tables_.apply(delta);
  for (const Outbox::Frame& frame : outbox_.frames) {
    auto& counters = shard_.port(frame.port);
    ++counters.tx_packets;
    counters.tx_bytes += frame.bytes.size();
    const Bytes bytes = copy(frame.bytes).bytes();
    ports_[frame.port.value].outgoing.push_back(bytes);
  }
  punts_lost_ += outbox_.messages.size();
  outbox_.clear();
}

TimeNs Node::next_deadline() const noexcept {
  return std::min(control_.next_deadline(), shard_.reassembler.next_deadline());
}

void Node::tick(TimeNs now) {
  if (control_.next_deadline() <= now) {
    control_.tick(now, outbox_);
    carry_out_outbox();
  }
  expire_fragments(now);
  flush();
}

void Node::expire_fragments(TimeNs now) {
  for (const PortId port : shard_.reassembler.expire(now)) shard_.count(port, kNoNetwork, Reason::kFragmentTimeout);
}

Buffer& Node::copy(Bytes frame) {
  if (copies_used_ == copies_.size()) flush();
  Buffer& buffer = copies_[copies_used_++];
  buffer.copy(frame);
  return buffer;
}

void Node::flush() {
  for (Plugged& port : ports_) {
    if (port.device != nullptr) port.device->send(port.outgoing);
    port.outgoing.clear();
  }
  copies_used_ = 0;
}

report::NodeResult Node::result(TimeNs now) {
  expire_fragments(now);
  std::vector<TrafficCounters> ports;
  for (std::size_t i = 0; i < ports_.size(); ++i) ports.push_back(shard_.port(PortId(static_cast<std::uint16_t>(i))));
  std::vector<TrafficCounters> networks;
  for (std::size_t i = 0; i <= tables_.network_count(); ++i)
    networks.push_back(shard_.network(NetworkId(static_cast<std::uint16_t>(i))));
  networks[kNoNetwork.value].reasons[static_cast<std::size_t>(Reason::kPuntDropped)] += punts_lost_;

  report::NodeResult result = report::node_result({config_, tables_, control_, ports, networks}, now);
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    if (ports_[i].device == nullptr) continue;
    const Losses losses = ports_[i].device->losses();
    report::Counters& counters = result.ports[config_.ports[i].name];
    for (const auto& [name, value] : {std::pair{"rx_missed", losses.rx_missed},
                                      {"rx_unsegmented", losses.rx_unsegmented},
                                      {"tx_refused", losses.tx_refused}})
      if (value != 0) counters[name] = value;
  }
  return result;
}

}  // namespace lisper::endpoint
