#pragma once

#include <poll.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "nic-model/frame.h"
#include "nic-model/port.h"

namespace lisper::nic {

/// What is plugged into the ports of a card.
class Wire {
 public:
  using Ports = std::vector<std::unique_ptr<Port>>;

  virtual ~Wire() = default;
  /// A port has sent a frame.
  virtual void sent(std::size_t port, Frame frame) = 0;
  /// Hands what has come from outside to the ports. False if there was nothing.
  virtual bool run() { return false; }
  /// Whether there is light for a port, apart from the far end's laser.
  [[nodiscard]] virtual bool carrier(std::size_t port) const = 0;
  /// What to wait for when there is nothing to do.
  virtual void wait_for(std::vector<pollfd>&) const {}
};

/// Calls `receive` for one frame after the other, until it has none (false), the line is busy, or it is the other
/// ports' turn. False if there was nothing at all.
template <typename Receive>
bool receive_from(const Port& port, Receive&& receive) {
  constexpr int kBurst = 32;
  for (int n = 0; n < kBurst; ++n)
    if (!port.line_free() || !receive()) return n > 0 || !port.line_free();
  return true;
}

/// Port 0 with port 1, 2 with 3, and so on. Needs an even number of ports.
[[nodiscard]] Result<std::unique_ptr<Wire>> cross_wire(Wire::Ports& ports);
/// Each port with itself.
[[nodiscard]] std::unique_ptr<Wire> loop_wire(Wire::Ports& ports);
/// A TAP of the kernel for each port, PREFIX0, PREFIX1, ... Needs CAP_NET_ADMIN.
[[nodiscard]] Result<std::unique_ptr<Wire>> tap_wire(Wire::Ports& ports, const std::string& prefix);
/// Interfaces of the kernel, named in the order of ports: what comes in there comes to the port, whose link is up while
/// theirs is. Needs CAP_NET_RAW.
[[nodiscard]] Result<std::unique_ptr<Wire>> packet_wire(Wire::Ports& ports, const std::vector<std::string>& interfaces);
/// The program itself, over a socket (SOCK_SEQPACKET) for each port, a frame a message: it finds their descriptors in
/// the environment, as "5,7".
[[nodiscard]] Result<std::unique_ptr<Wire>> program_wire(Wire::Ports& ports);
constexpr const char* kWireVariable = "NIC82599_WIRE";
/// For each port a capture FOLDER/N-in.pcap, if there is one, as fast as the program, or with a limit the line, takes
/// it, and FOLDER/N-out.pcap.
[[nodiscard]] Result<std::unique_ptr<Wire>> pcap_wire(Wire::Ports& ports, const std::string& folder);

}  // namespace lisper::nic
