#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/forward/config.h"
#include "lab/vm/guest_image.h"
#include "model/plan.h"

namespace lisper::lab {

/// A virtual machine whose only network is an L2TPv3 tunnel.
struct VmConfig {
  std::string name;
  std::filesystem::path folder;  ///< for its sockets and logs; short, because of the sockets
  std::string netns;             ///< where `own` is an address of the kernel's; empty: our own
  IpAddress own;                 ///< outer source
  TunnelConfig tunnel;           ///< as seen from here
  model::Port port;              ///< its network device in the guest
  std::vector<model::Route> routes;
};

/// That of an App: node `vm` of the plan, with the tunnel that it is linked to. Not the folder and the namespace.
[[nodiscard]] Result<VmConfig> vm_config(const model::Plan& plan, std::size_t vm);

/// How QEMU's l2tpv3 backend is told of a tunnel: "l2tpv3,id=net,src=...". Refuses what it cannot do: a UDP source port
/// that is not the one it receives at.
[[nodiscard]] Result<std::string> l2tpv3_netdev(const IpAddress& own, const TunnelConfig& tunnel);

/// The machine without its network.
[[nodiscard]] std::vector<std::string> qemu_command(const std::string& name, const std::filesystem::path& folder,
                                                    const GuestImage& image);
/// The whole machine.
[[nodiscard]] Result<std::vector<std::string>> qemu_command(const VmConfig& config, const GuestImage& image);

/// What the guest's shell does to have the port and its routes.
[[nodiscard]] std::string guest_network_script(const model::Port& port, const std::vector<model::Route>& routes);

}  // namespace lisper::lab
