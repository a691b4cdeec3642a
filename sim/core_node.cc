#include "sim/core_node.h"

#include <ns3/nstime.h>
#include <ns3/simulator.h>

#include <algorithm>

#include "core/forward/replicate.h"
#include "core/forward/seal.h"
#include "crypto/ipsec_mb.h"
#include "report/node_result.h"

namespace lisper::sim {

namespace {

TimeNs now() { return {ns3::Simulator::Now().GetTimeStep()}; }

}  // namespace

Result<std::unique_ptr<CoreNode>> CoreNode::create(const model::CoreNode& plan, std::uint32_t context,
                                                   FramePool& pool) {
  auto tables = Tables::build(plan.config);
  if (!tables) return tl::unexpected(tables.error());
  return std::unique_ptr<CoreNode>(new CoreNode(plan, std::move(*tables), context, pool));
}

CoreNode::CoreNode(const model::CoreNode& plan, Tables tables, std::uint32_t context, FramePool& pool)
    : config_(plan.config),
      tables_(std::move(tables)),
      shard_(tables_.port_count(), tables_.network_count(), &crypto::ipsec_mb()),
      control_(config_, tables_, &crypto::ipsec_mb()),
      pool_(pool),
      context_(context) {
  if (config_.statistics_interval > TimeNs{}) shard_.usage = Usage::counting();
  for (std::size_t i = 0; i < config_.ports.size(); ++i)
    ports_.push_back(std::make_unique<LinkPort>(*this, i, context));
}

void CoreNode::start() {
  started_ = true;
  control_.start(now(), outbox_);
  carry_out_outbox();
  for (std::size_t i = 0; i < ports_.size(); ++i)
    if (!ports_[i]->is_up()) carrier(i, false);
  arm();
}

void CoreNode::on_control(std::string_view datagram) {
  control_.on_message(std::as_bytes(std::span(datagram)), now(), outbox_);
  carry_out_outbox();
  arm();
}

void CoreNode::on_controller_connected() {
  control_.on_controller_connected(now(), outbox_);
  carry_out_outbox();
  arm();
}

void CoreNode::carrier(std::size_t port, bool up) {
  if (!started_) return;  // start() tells all
  control_.on_port_state(PortId(static_cast<std::uint16_t>(port)), up, now(), outbox_);
  carry_out_outbox();
  arm();
}

void CoreNode::receive(FramePtr frame, std::size_t port) {
  forward(pool_.with_room(std::move(frame)), PortId(static_cast<std::uint16_t>(port)));
  while (const auto complete = shard_.reassembler.take_complete()) forward(pool_.copy(complete->frame), complete->port);
  hand_over_events();
  if (shard_.usage.crowded()) hand_over_usage();
  arm();
}

void CoreNode::forward(FramePtr frame, PortId port) {
  Packet packet{.data = frame->data, .len = frame->len, .port = port, .verdict = {}};
  process({&packet, 1}, tables_, shard_, now());
  frame->data = packet.data;
  frame->len = packet.len;
  carry_out(packet.verdict, port, std::move(frame));
}

void CoreNode::carry_out(const Verdict& verdict, PortId ingress, FramePtr frame) {
  switch (verdict.action) {
    case Action::kForward:
      send(verdict.port, std::move(frame));
      break;
    case Action::kReplicate:
      replicate(verdict, ingress, *frame);
      if (verdict.snooped) hand_over(verdict, *frame);
      break;
    case Action::kQueue:
      hand_over(verdict, *frame);
      break;
    case Action::kControl:
      control_.on_frame(ingress, frame->bytes(), now(), outbox_);
      carry_out_outbox();
      break;
    case Action::kHold:
      hold(verdict, *frame);
      break;
    case Action::kDrop:
      break;
  }
}

void CoreNode::replicate(const Verdict& verdict, PortId ingress, const Frame& frame) {
  const auto members = tables_.replication(verdict.list).size();
  for (std::size_t i = 0; i < members; ++i) {
    if (!copy_wanted(verdict, tables_, i)) continue;
    FramePtr copy = pool_.copy(frame.bytes());
    Packet packet{.data = copy->data, .len = copy->len, .port = ingress, .verdict = verdict};
    encapsulate_copy(packet, tables_, shard_, i, now());
    seal({&packet, 1}, tables_, shard_);
    copy->data = packet.data;
    copy->len = packet.len;
    carry_out(packet.verdict, ingress, std::move(copy));
  }
}

void CoreNode::hand_over(const Verdict& verdict, const Frame& frame) {
  control_.on_overlay_frame(verdict.network, verdict.ingress, frame.bytes(), now(), outbox_);
  carry_out_outbox();
}

void CoreNode::inject(const Outbox::OverlayFrame& frame) {
  FramePtr copy = pool_.copy(frame.bytes);
  const PortId port = tables_.location(frame.ingress).port;
  Packet packet{.data = copy->data, .len = copy->len, .port = port, .verdict = {}};
  packet.verdict.network = frame.network;
  packet.verdict.ingress = frame.ingress;
  lisper::inject(packet, frame.to, tables_, shard_, now());
  copy->data = packet.data;
  copy->len = packet.len;
  carry_out(packet.verdict, port, std::move(copy));
}

void CoreNode::hold(const Verdict& verdict, const Frame& frame) {
  if (!control_.hold(verdict.exit, frame.bytes(), now()))
    shard_.count(tables_.exit(verdict.exit).port, verdict.network, Reason::kNextHopUnresolved);
}

void CoreNode::hand_over_events() {
  for (const Event& event : shard_.events) {
    control_.on_event(event, now(), outbox_);
    carry_out_outbox();
  }
  shard_.events.clear();
}

void CoreNode::hand_over_usage() {
  control_.on_usage(shard_.usage, now());
  shard_.usage.clear();
}

/// At once, because the control plane reads the tables in its next call.
void CoreNode::carry_out_outbox() {
  if (outbox_.empty()) return;
  for (const TableDelta& delta : outbox_.deltas) tables_.apply(delta);
  for (const Outbox::Frame& frame : outbox_.frames) {
    auto& counters = shard_.port(frame.port);
    ++counters.tx_packets;
    counters.tx_bytes += frame.bytes.size();
    send(frame.port, pool_.copy(frame.bytes));
  }
  for (const std::string& message : outbox_.messages) {
    if (punt_) {
      punt_(message);
    } else {
      ++punts_dropped_;
    }
  }
  const std::vector<Outbox::OverlayFrame> overlay_frames = std::move(outbox_.overlay_frames);
  outbox_.clear();
  for (const Outbox::OverlayFrame& frame : overlay_frames) inject(frame);
}

void CoreNode::arm() {
  const TimeNs deadline = std::min(control_.next_deadline(), shard_.reassembler.next_deadline());
  if (deadline >= timer_) return;
  timer_ = std::max(deadline, now());
  ns3::Simulator::ScheduleWithContext(context_, ns3::NanoSeconds(static_cast<std::uint64_t>((timer_ - now()).ns)),
                                      [this, at = timer_] { on_timer(at); });
}

void CoreNode::on_timer(TimeNs at) {
  if (at != timer_) return;  // an earlier one was scheduled meanwhile, and rescheduled this
  timer_ = kNever;
  if (control_.next_deadline() <= now()) {
    hand_over_usage();
    control_.tick(now(), outbox_);
    carry_out_outbox();
  }
  expire_fragments();
  arm();
}

void CoreNode::expire_fragments() {
  for (const PortId port : shard_.reassembler.expire(now())) shard_.count(port, kNoNetwork, Reason::kFragmentTimeout);
}

report::TableRow CoreNode::look_up(Iid iid, const MacAddress& mac) const {
  return report::look_up(config_, tables_, iid, mac, now());
}

report::NodeResult CoreNode::result() {
  expire_fragments();
  std::vector<TrafficCounters> ports;
  for (std::size_t i = 0; i < ports_.size(); ++i) ports.push_back(shard_.port(PortId(static_cast<std::uint16_t>(i))));
  std::vector<TrafficCounters> networks;
  for (std::size_t i = 0; i <= tables_.network_count(); ++i)
    networks.push_back(shard_.network(NetworkId(static_cast<std::uint16_t>(i))));
  networks[0].reasons[static_cast<std::size_t>(Reason::kPuntDropped)] += punts_dropped_;
  report::NodeResult result = report::node_result({config_, tables_, control_, ports, networks}, now());
  for (std::size_t i = 0; i < ports_.size(); ++i)
    if (const auto refused = ports_[i]->counters().tx_refused; refused != 0)
      result.ports[config_.ports[i].name]["tx_refused"] = refused;
  return result;
}

}  // namespace lisper::sim
