#include "endpoint/open_ports.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <ranges>

#include "endpoint/capture.h"
#include "endpoint/device.h"
#include "endpoint/packet_port.h"
#include "endpoint/tap_port.h"

namespace lisper::endpoint {

namespace {

Result<std::unique_ptr<Port>> open(const PortBinding& binding) {
  if (binding.kind == PortBinding::Kind::kTap) return TapPort::open(binding.device);
  return PacketPort::open(binding.device);
}

/// Packets that the core makes would be refused by a device that takes only shorter ones.
void warn_of_mtu(const LisperConfig& config, PortId port, const std::string& device) {
  const auto found = Device::find(device);
  if (!found) return;
  for (const InterfaceConfig& interface : config.interfaces)
    if (interface.port == port && found->mtu() < interface.mtu)
      spdlog::warn("{}: the device's MTU is {}, the scenario's {}: ip link set {} mtu {}", device, found->mtu(),
                   interface.mtu, device, interface.mtu);
}

}  // namespace

tl::expected<std::vector<std::unique_ptr<Port>>, OpenFailure> open_ports(const std::string& node,
                                                                         const LisperConfig& config,
                                                                         const std::vector<PortBinding>& bindings,
                                                                         const std::filesystem::path& captures) {
  std::vector<std::unique_ptr<Port>> ports(config.ports.size());
  for (const PortBinding& binding : bindings) {
    const auto found = std::ranges::find(config.ports, binding.port, &PortConfig::name);
    if (found == config.ports.end())
      return tl::unexpected(OpenFailure{
          ExitCode::kBadInput, fmt::format("\"{}\" has no port \"{}\"; it has {}", node, binding.port,
                                           fmt::join(config.ports | std::views::transform(&PortConfig::name), ", "))});
    const auto index = static_cast<std::size_t>(found - config.ports.begin());
    if (ports[index] != nullptr)
      return tl::unexpected(OpenFailure{ExitCode::kBadInput, fmt::format("port \"{}\" is named twice", binding.port)});
    auto port = open(binding);
    if (!port) return tl::unexpected(OpenFailure{ExitCode::kEnvironment, port.error().message});
    if (binding.kind == PortBinding::Kind::kPacket)
      warn_of_mtu(config, PortId(static_cast<std::uint16_t>(index)), binding.device);
    ports[index] = std::move(*port);
    if (captures.empty()) continue;
    auto captured =
        CapturedPort::create(std::move(ports[index]), captures / fmt::format("{}-{}.pcap", node, binding.port));
    if (!captured) return tl::unexpected(OpenFailure{ExitCode::kEnvironment, captured.error().message});
    ports[index] = std::move(*captured);
  }
  return ports;
}

}  // namespace lisper::endpoint
