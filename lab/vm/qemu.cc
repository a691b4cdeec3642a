#include "lab/vm/qemu.h"

#include <fmt/format.h>

#include "lab/vm/guest_command.h"

namespace lisper::lab {

namespace {

constexpr const char* kMegabytes = "256";

/// A comma ends a value of QEMU's options, unless there are two.
std::string escaped(const std::filesystem::path& path) {
  std::string result;
  for (const char c : path.string()) result += c == ',' ? std::string(",,") : std::string(1, c);
  return result;
}

}  // namespace

Result<VmConfig> vm_config(const model::Plan& plan, std::size_t vm) {
  const model::Node& node = plan.nodes[vm];
  const auto* host = std::get_if<model::Host>(&node.role);
  for (const model::Link& link : plan.links)
    for (std::size_t end = 0; end < 2; ++end) {
      if (host == nullptr || link.ends[end] != model::PortRef{vm, 0}) continue;
      const auto* core = std::get_if<model::CoreNode>(&plan.nodes[link.ends[1 - end].node].role);
      if (core == nullptr || core->kind != model::CoreNode::Kind::kAppTunnel) continue;
      for (const LocalNetworkConfig& network : core->config.local_networks)
        if (network.tunnel)
          return VmConfig{.name = node.name,
                          .folder = {},
                          .netns = {},
                          .own = core->config.exits[network.tunnel->exit.value].ip,
                          .tunnel = *network.tunnel,
                          .port = node.ports[0],
                          .routes = host->routes};
    }
  return fail(fmt::format("\"{}\" is not the virtual machine of an App", node.name));
}

Result<std::string> l2tpv3_netdev(const IpAddress& own, const TunnelConfig& tunnel) {
  std::string text = fmt::format("l2tpv3,id=net,src={},dst={},rxsession={},txsession={}", to_string(own),
                                 to_string(tunnel.ip), tunnel.session_id.value, tunnel.remote_session_id.value);
  if (!own.is_v4()) text += ",ipv6=on";
  if (tunnel.cookie.length != tunnel.remote_cookie.length)
    return fail("QEMU's tunnels have cookies of the same length in both directions");
  if (tunnel.cookie.length != 0)
    text += fmt::format(",rxcookie={},txcookie={}", tunnel.cookie.value, tunnel.remote_cookie.value);
  if (tunnel.cookie.length == 8) text += ",cookie64=on";
  if (tunnel.counter) text += ",counter=on";
  if (tunnel.transport == Transport::kUdp) {
    if (tunnel.source_port && *tunnel.source_port != tunnel.local_port)
      return fail(fmt::format("QEMU's tunnels send from the UDP port that they receive at, {}, and not from {}",
                              tunnel.local_port, *tunnel.source_port));
    text += fmt::format(",udp=on,srcport={},dstport={}", tunnel.local_port, tunnel.remote_port);
  }
  return text;
}

std::vector<std::string> qemu_command(const std::string& name, const std::filesystem::path& folder,
                                      const GuestImage& image) {
  std::vector<std::string> argv{"qemu-system-x86_64",
                                "-name",
                                name,
                                "-nodefaults",
                                "-display",
                                "none",
                                "-no-reboot",
                                "-machine",
                                fmt::format("pc,accel={}", name_of(image.accelerator)),
                                "-cpu",
                                "max",
                                "-m",
                                kMegabytes,
                                "-kernel",
                                image.kernel,
                                "-initrd",
                                image.initramfs,
                                "-append",
                                fmt::format("console=ttyS0 quiet panic=-1 mitigations=off commands={}", kGuestCommands),
                                "-chardev",
                                fmt::format("file,id=console,path={}", escaped(folder / "console.log")),
                                "-serial",
                                "chardev:console",
                                "-device",
                                "virtio-serial-pci,max_ports=31"};
  for (std::size_t i = 0; i < kGuestCommands; ++i)
    argv.insert(
        argv.end(),
        {"-chardev", fmt::format("socket,id=command{},path={},server=on,wait=off", i, escaped(guest_socket(folder, i))),
         "-device", fmt::format("virtserialport,chardev=command{},nr={}", i, i + 1)});
  return argv;
}

Result<std::vector<std::string>> qemu_command(const VmConfig& config, const GuestImage& image) {
  auto netdev = l2tpv3_netdev(config.own, config.tunnel);
  if (!netdev) return tl::unexpected(netdev.error());
  auto argv = qemu_command(config.name, config.folder, image);
  argv.insert(argv.end(), {"-netdev", *netdev, "-device",
                           fmt::format("virtio-net-pci,netdev=net,romfile=,mac={}", to_string(config.port.mac))});
  return argv;
}

std::string guest_network_script(const model::Port& port, const std::vector<model::Route>& routes) {
  std::string script = fmt::format("ip link set eth0 name {0}\nip link set {0} mtu {1} up\n", port.name, port.mtu);
  for (const model::InterfaceAddress& address : port.addresses)
    script += fmt::format("ip addr add {}/{} dev {}\n", to_string(address.ip), address.length, port.name);
  for (const model::Route& route : routes)
    for (const model::Route::Hop& hop : route.hops)
      script += fmt::format("ip -{} route add {}/{} via {} dev {}\n", route.prefix.is_v4() ? 4 : 6,
                            to_string(route.prefix), route.length, to_string(hop.via), port.name);
  return script;
}

}  // namespace lisper::lab
