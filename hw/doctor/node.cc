#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>

#include "hw/doctor/checks.h"

namespace lisper::hw::doctor {

namespace {

constexpr std::uint16_t kMaxMtu82599 = 15854;  // as its driver says

/// Whether somebody reads the datagram socket there.
bool is_read(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) return false;
  std::ranges::copy(path.native(), address.sun_path);
  const int probe = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  const bool connected = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(probe);
  return connected;
}

void check_port(const Machine& machine, const Needs& needs, const Needs::Port& port, Checks& out) {
  const std::string id = "port " + port.name;
  if (port.pci.empty()) {
    out.push_back({id, Level::kWarn, "the scenario gives no pci address", "each port needs a card or a virtual device",
                   fmt::format("lisper-hw ... --node {} --bind {}=net_tap{}", needs.node, port.name,
                               &port - needs.ports.data())});
  } else if (!machine.exists(std::filesystem::path("/sys/bus/pci/devices") / port.pci)) {
    out.push_back({id, Level::kFail, fmt::format("{} is not in this machine", port.pci), "it is the port's card",
                   fmt::format("correct the scenario (dpdk-devbind.py --status-dev net lists the cards), or: --bind "
                               "{}=net_tap0",
                               port.name)});
  } else if (port.mtu > kMaxMtu82599) {
    out.push_back({id, Level::kFail, fmt::format("{}, MTU {}", port.pci, port.mtu),
                   fmt::format("an 82599 sends packets of at most {} bytes", kMaxMtu82599),
                   "lower the scenario's mtu"});
  } else {
    out.push_back({id, Level::kOk, fmt::format("{}, MTU {}", port.pci, port.mtu), "", ""});
  }
}

void check_control_socket(const Machine& machine, const std::filesystem::path& path, Checks& out) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const char* const id = "control-socket";
  struct stat status {};
  if (!machine.usable(folder)) {
    const bool missing = !machine.exists(folder);
    out.push_back({id, Level::kFail,
                   fmt::format("{} {}", folder.string(), missing ? "does not exist" : "is not this user's to write"),
                   "the controller's messages arrive on a socket there",
                   missing ? "mkdir -p " + folder.string() : fmt::format("sudo chown \"$USER\" {}", folder.string())});
  } else if (lstat(machine.at(path).c_str(), &status) != 0) {
    out.push_back({id, Level::kOk, path.string(), "", ""});
  } else if (!S_ISSOCK(status.st_mode)) {
    out.push_back({id, Level::kFail, path.string() + " is no socket", "the node makes one there",
                   "mv " + path.string() + " elsewhere"});
  } else if (is_read(machine.at(path))) {
    out.push_back({id, Level::kFail, path.string() + " is read by another program",
                   "the controller's messages can go to one only", "end the other one: fuser " + path.string()});
  } else {
    out.push_back({id, Level::kOk, path.string() + ", stale: it will be replaced", "", ""});
  }
}

void check_controller(const Machine& machine, const std::filesystem::path& path, Checks& out) {
  if (is_read(machine.at(path))) {
    out.push_back({"controller", Level::kOk, "reads " + path.string(), "", ""});
  } else {
    out.push_back({"controller", Level::kWarn, "nobody reads " + path.string(),
                   "until it comes, frames are forwarded by what is known locally",
                   "start lispers.net with ipc-data-plane = yes, or lisper-controller"});
  }
}

}  // namespace

void check_node(const Machine& machine, const Needs& needs, Checks& out) {
  for (const Needs::Port& port : needs.ports) check_port(machine, needs, port, out);
  if (!needs.control_sock.empty()) check_control_socket(machine, needs.control_sock, out);
  if (!needs.punt_sock.empty()) check_controller(machine, needs.punt_sock, out);
}

}  // namespace lisper::hw::doctor
