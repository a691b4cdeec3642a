#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>

#include "nic-model/wire.h"
#include "program/file_descriptor.h"

namespace lisper::nic {

namespace {

class Taps : public Wire {
 public:
  Taps(Ports& ports, std::vector<FileDescriptor> taps) : ports_(ports), taps_(std::move(taps)) {
    for (const auto& port : ports) shown_.push_back(port->laser());
  }

  void sent(std::size_t port, Frame frame) override {
    // What the kernel has no room for, or does not want because the TAP is down, is lost as on a wire.
    std::ignore = ::write(taps_[port].get(), frame.data(), frame.size());
  }

  bool run() override {
    bool worked = false;
    for (std::size_t i = 0; i < taps_.size(); ++i) {
      show_carrier(i);
      worked |= receive_from(*ports_[i], [&] { return receive(i); });
    }
    return worked;
  }

  [[nodiscard]] bool carrier(std::size_t) const override { return true; }
  void wait_for(std::vector<pollfd>& list) const override {
    for (const auto& tap : taps_) list.push_back({tap.get(), POLLIN, 0});
  }

 private:
  bool receive(std::size_t port) {
    const ssize_t bytes = ::read(taps_[port].get(), buffer_.data(), buffer_.size());
    if (bytes <= 0) return false;
    // The kernel does not pad what a MAC would have padded.
    ports_[port]->arrived(padded(buffer_, static_cast<std::size_t>(bytes)));
    return true;
  }

  /// The kernel sees whether the port's laser is on.
  void show_carrier(std::size_t port) {
    const bool on = ports_[port]->laser();
    if (on == shown_[port]) return;
    shown_[port] = on;
    int value = on ? 1 : 0;
    std::ignore = ::ioctl(taps_[port].get(), TUNSETCARRIER, &value);
  }

  Ports& ports_;
  std::vector<FileDescriptor> taps_;
  std::vector<bool> shown_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(kMaxFrameBytes);
};

}  // namespace

Result<std::unique_ptr<Wire>> tap_wire(Wire::Ports& ports, const std::string& prefix) {
  std::vector<FileDescriptor> taps;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const std::string name = fmt::format("{}{}", prefix, i);
    if (name.size() >= IFNAMSIZ)
      return fail(fmt::format("{}: a device's name has at most {} letters", name, IFNAMSIZ - 1));
    FileDescriptor tap(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
    ifreq request{};
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    std::memcpy(request.ifr_name, name.data(), name.size());
    if (!tap || ::ioctl(tap.get(), TUNSETIFF, &request) != 0)
      return fail(fmt::format("cannot make the TAP {}: {}", name, std::strerror(errno)));
    taps.push_back(std::move(tap));
  }
  return std::make_unique<Taps>(ports, std::move(taps));
}

}  // namespace lisper::nic
