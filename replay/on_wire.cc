#include "replay/on_wire.h"

#include <utility>

#include "core/wire/ethernet.h"

namespace lisper::replay {

namespace {

constexpr std::size_t kShortest = 60;  // [bytes] without CRC

class OnWire final : public Body {
 public:
  explicit OnWire(std::unique_ptr<Body> body) : body_(std::move(body)) {}

  void start(TimeNs now) override { body_->start(now); }
  void set_carrier(PortId port, bool up, TimeNs now) override { body_->set_carrier(port, up, now); }
  void receive(PortId port, Bytes frame, TimeNs now) override {
    if (frame.size() >= kShortest) return body_->receive(port, frame, now);
    FrameBytes padded(frame.begin(), frame.end());
    padded.resize(kShortest);
    body_->receive(port, padded, now);
  }
  void on_control(std::string_view datagram, TimeNs now) override { body_->on_control(datagram, now); }
  void on_controller_connected(TimeNs now) override { body_->on_controller_connected(now); }
  void advance_to(TimeNs now) override { body_->advance_to(now); }
  [[nodiscard]] TimeNs next_deadline() const override { return body_->next_deadline(); }

  [[nodiscard]] std::vector<PortFrame> take_sent() override {
    std::vector<PortFrame> frames = body_->take_sent();
    for (PortFrame& frame : frames)
      if (frame.bytes.size() < kShortest) frame.bytes.resize(kShortest);
    return frames;
  }
  [[nodiscard]] std::vector<std::string> take_punts() override { return body_->take_punts(); }
  [[nodiscard]] report::NodeResult result() override { return body_->result(); }

 private:
  std::unique_ptr<Body> body_;
};

}  // namespace

bool fits_card(Bytes frame, std::size_t largest) noexcept {
  constexpr std::size_t kTag = 4;
  const bool tagged = frame.size() >= sizeof(wire::Ethernet) &&
                      at<wire::Ethernet>(frame.data()).ether_type.value() == wire::kEtherTypeVlan;
  return frame.size() + (tagged ? kTag : 2 * kTag) <= largest;
}

std::unique_ptr<Body> on_wire(std::unique_ptr<Body> body) { return std::make_unique<OnWire>(std::move(body)); }

}  // namespace lisper::replay
