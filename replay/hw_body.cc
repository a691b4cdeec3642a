#include "replay/hw_body.h"

#include <utility>

#include "hw/stepped_node.h"

namespace lisper::replay {

namespace {

class HwBody final : public Body {
 public:
  explicit HwBody(std::unique_ptr<hw::SteppedNode> node) : node_(std::move(node)) {}

  void start(TimeNs now) override { node_->start(now); }
  void set_carrier(PortId port, bool up, TimeNs now) override { node_->set_carrier(port, up, now); }
  void receive(PortId port, Bytes frame, TimeNs now) override { node_->receive(port, frame, now); }
  void on_control(std::string_view datagram, TimeNs now) override { node_->on_control(datagram, now); }
  void on_controller_connected(TimeNs now) override { node_->on_controller_connected(now); }
  void advance_to(TimeNs now) override { node_->run(now); }
  [[nodiscard]] TimeNs next_deadline() const override { return node_->next_deadline(); }

  [[nodiscard]] std::vector<PortFrame> take_sent() override {
    std::vector<PortFrame> frames;
    for (hw::SteppedNode::Sent& sent : node_->take_sent())
      frames.push_back({sent.port, sent.at, std::move(sent.bytes)});
    return frames;
  }
  [[nodiscard]] std::vector<std::string> take_punts() override { return node_->take_punts(); }
  [[nodiscard]] report::NodeResult result() override { return node_->result(); }

 private:
  std::unique_ptr<hw::SteppedNode> node_;
};

}  // namespace

Result<std::unique_ptr<Body>> make_hw_body(const model::CoreNode& plan, unsigned workers,
                                           const hw::SteppedPorts& ports) {
  auto node = hw::SteppedNode::create(plan, workers, ports);
  if (!node) return tl::unexpected(node.error());
  return std::make_unique<HwBody>(std::move(*node));
}

}  // namespace lisper::replay
