#pragma once

#include <ns3/node.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "model/plan.h"
#include "sim/frame_net_device.h"

namespace lisper::sim {

/// An ns-3 node with ns-3's own IP stack over our ports: a host, or a VM. The same on a LISPER's
/// management port.
class HostNode {
 public:
  /// Puts a stack on `node`, with a device for each of `ports`. Every random stream of the stack is
  /// numbered from `first_stream`; at most kStreams.
  HostNode(const ns3::Ptr<ns3::Node>& node, const std::vector<const model::Port*>& ports,
           const std::vector<model::Route>& routes, FramePool& pool, std::int64_t first_stream);

  static constexpr std::int64_t kStreams = 64;

  [[nodiscard]] LinkPort& port(std::size_t index) noexcept { return devices_[index]->port(); }
  [[nodiscard]] const ns3::Ptr<FrameNetDevice>& device(std::size_t index) const noexcept { return devices_[index]; }
  [[nodiscard]] const ns3::Ptr<ns3::Node>& node() const noexcept { return node_; }
  [[nodiscard]] std::uint16_t mtu() const noexcept { return devices_.empty() ? 1500 : devices_.front()->GetMtu(); }

 private:
  void add_addresses(const ns3::Ptr<FrameNetDevice>& device, const model::Port& port);
  void add_route(const model::Route& route);

  ns3::Ptr<ns3::Node> node_;
  std::vector<ns3::Ptr<FrameNetDevice>> devices_;
};

[[nodiscard]] ns3::Ipv4Address to_ns3(const Ipv4Address& ip);
[[nodiscard]] ns3::Ipv6Address to_ns3(const Ipv6Address& ip);
/// An Inet(6)SocketAddress.
[[nodiscard]] ns3::Address to_ns3(const IpAddress& ip, std::uint16_t port);
[[nodiscard]] IpAddress ip_from_ns3(const ns3::Address& socket_address);

}  // namespace lisper::sim
