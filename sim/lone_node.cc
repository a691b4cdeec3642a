#include "sim/lone_node.h"

#include <ns3/node.h>
#include <ns3/nstime.h>
#include <ns3/simulator.h>

#include <utility>

#include "core/base/random.h"
#include "sim/core_node.h"
#include "sim/link.h"

namespace lisper::sim {

namespace {

/// Nothing is lost, queued or late on it.
model::Link perfect_link() {
  const model::LinkDirection direction{.rate_bps = 0, .delay = {}, .queue = 0, .loss = 0};
  return {.name = {}, .ends = {}, .directions = {direction, direction}, .mtu = UINT16_MAX, .up = true};
}

}  // namespace

struct LoneNode::Impl final : FrameSink {
  explicit Impl(const model::CoreNode& plan) {
    node = ns3::CreateObject<ns3::Node>();
    core = CoreNode::create(plan, node->GetId(), pool);
    if (!core) return;
    for (std::size_t i = 0; i < plan.config.ports.size(); ++i) {
      far_ends.push_back(std::make_unique<LinkPort>(*this, i, node->GetId()));
      wires.push_back(std::make_unique<Link>(perfect_link(), Random(0), kNever.ns));
      wires[i]->plug(0, *far_ends[i]);
      wires[i]->plug(1, (*core)->port(i));
    }
    (*core)->set_punt_handler([this](std::string_view message) { punts.emplace_back(message); });
  }

  void receive(FramePtr frame, std::size_t port) override {
    const Bytes bytes = frame->bytes();
    sent.push_back({PortId(static_cast<std::uint16_t>(port)),
                    {ns3::Simulator::Now().GetTimeStep()},
                    {bytes.begin(), bytes.end()}});
  }
  void carrier(std::size_t, bool) override {}

  FramePool pool;
  ns3::Ptr<ns3::Node> node;
  Result<std::unique_ptr<CoreNode>> core;
  std::vector<std::unique_ptr<LinkPort>> far_ends;
  std::vector<std::unique_ptr<Link>> wires;
  std::vector<Sent> sent;
  std::vector<std::string> punts;
};

Result<std::unique_ptr<LoneNode>> LoneNode::create(const model::CoreNode& plan) {
  std::unique_ptr<LoneNode> lone(new LoneNode(std::make_unique<Impl>(plan)));
  if (!lone->impl_->core) return tl::unexpected(lone->impl_->core.error());
  return lone;
}

LoneNode::LoneNode(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

LoneNode::~LoneNode() {
  ns3::Simulator::Destroy();  // events refer to what impl_ holds
}

/// Events of one time run in the order of their making, so those that others make come after the stop.
void LoneNode::settle() {
  std::uint64_t before = 0;
  do {
    before = ns3::Simulator::GetEventCount();
    ns3::Simulator::Stop(ns3::Time(0));
    ns3::Simulator::Run();
  } while (ns3::Simulator::GetEventCount() - before > 1);  // the stop is one
}

void LoneNode::start() {
  (*impl_->core)->start();
  settle();
}

void LoneNode::advance_to(TimeNs time) {
  ns3::Simulator::Stop(ns3::NanoSeconds(static_cast<std::uint64_t>(time.ns)) - ns3::Simulator::Now());
  ns3::Simulator::Run();
  settle();
}

void LoneNode::receive(PortId port, Bytes frame) {
  impl_->far_ends[port.value]->send(impl_->pool.copy(frame));
  settle();
}

void LoneNode::set_carrier(PortId port, bool up) {
  impl_->wires[port.value]->set_up(up);
  settle();
}

void LoneNode::on_control(std::string_view datagram) {
  (*impl_->core)->on_control(datagram);
  settle();
}

void LoneNode::on_controller_connected() {
  (*impl_->core)->on_controller_connected();
  settle();
}

TimeNs LoneNode::next_deadline() const noexcept { return (*impl_->core)->next_deadline(); }

std::vector<LoneNode::Sent> LoneNode::take_sent() { return std::exchange(impl_->sent, {}); }

std::vector<std::string> LoneNode::take_punts() { return std::exchange(impl_->punts, {}); }

report::NodeResult LoneNode::result() { return (*impl_->core)->result(); }

}  // namespace lisper::sim
