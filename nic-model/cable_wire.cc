#include "nic-model/wire.h"

namespace lisper::nic {

namespace {

/// Between ports of the card itself: frames come in as they go out.
class Cable : public Wire {
 public:
  Cable(Ports& ports, std::size_t step) : ports_(ports), step_(step) {}
  void sent(std::size_t port, Frame frame) override { ports_[peer(port)]->arrived(frame); }
  [[nodiscard]] bool carrier(std::size_t port) const override { return ports_[peer(port)]->laser(); }

 private:
  [[nodiscard]] std::size_t peer(std::size_t port) const noexcept { return port ^ step_; }

  Ports& ports_;
  std::size_t step_;
};

}  // namespace

Result<std::unique_ptr<Wire>> cross_wire(Wire::Ports& ports) {
  if (ports.size() % 2 != 0) return fail("crossed ports come in pairs: --ports must be even");
  return std::make_unique<Cable>(ports, 1);
}

std::unique_ptr<Wire> loop_wire(Wire::Ports& ports) { return std::make_unique<Cable>(ports, 0); }

}  // namespace lisper::nic
