#include "replay/sim_body.h"

#include <utility>

#include "sim/lone_node.h"

namespace lisper::replay {

namespace {

class SimBody final : public Body {
 public:
  explicit SimBody(std::unique_ptr<sim::LoneNode> node) : node_(std::move(node)) {}

  void start(TimeNs) override { node_->start(); }
  void set_carrier(PortId port, bool up, TimeNs) override { node_->set_carrier(port, up); }
  void receive(PortId port, Bytes frame, TimeNs) override { node_->receive(port, frame); }
  void on_control(std::string_view datagram, TimeNs) override { node_->on_control(datagram); }
  void on_controller_connected(TimeNs) override { node_->on_controller_connected(); }
  void advance_to(TimeNs now) override { node_->advance_to(now); }
  [[nodiscard]] TimeNs next_deadline() const override { return node_->next_deadline(); }

  [[nodiscard]] std::vector<PortFrame> take_sent() override {
    std::vector<PortFrame> frames;
    for (sim::LoneNode::Sent& sent : node_->take_sent()) frames.push_back({sent.port, sent.at, std::move(sent.bytes)});
    return frames;
  }
  [[nodiscard]] std::vector<std::string> take_punts() override { return node_->take_punts(); }
  [[nodiscard]] report::NodeResult result() override {
    report::NodeResult result = node_->result();
    for (auto& [port, counters] : result.ports) counters.erase("tx_refused");  // by the wire, which is not the node's
    return result;
  }

 private:
  std::unique_ptr<sim::LoneNode> node_;
};

}  // namespace

Result<std::unique_ptr<Body>> make_sim_body(const model::CoreNode& plan) {
  auto node = sim::LoneNode::create(plan);
  if (!node) return tl::unexpected(node.error());
  return std::make_unique<SimBody>(std::move(*node));
}

}  // namespace lisper::replay
