#include "sim/host_node.h"

#include <ns3/boolean.h>
#include <ns3/icmpv6-l4-protocol.h>
#include <ns3/inet-socket-address.h>
#include <ns3/inet6-socket-address.h>
#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4-static-routing-helper.h>
#include <ns3/ipv4-static-routing.h>
#include <ns3/ipv4.h>
#include <ns3/ipv6-static-routing-helper.h>
#include <ns3/ipv6-static-routing.h>
#include <ns3/ipv6.h>
#include <ns3/node-container.h>

namespace lisper::sim {

ns3::Ipv4Address to_ns3(const Ipv4Address& ip) { return ns3::Ipv4Address(ip.to_u32()); }

ns3::Ipv6Address to_ns3(const Ipv6Address& ip) {
  auto octets = ip.octets;
  return ns3::Ipv6Address(octets.data());
}

ns3::Address to_ns3(const IpAddress& ip, std::uint16_t port) {
  if (ip.is_v4()) return ns3::InetSocketAddress(to_ns3(ip.v4()), port);
  return ns3::Inet6SocketAddress(to_ns3(ip.v6()), port);
}

IpAddress ip_from_ns3(const ns3::Address& address) {
  if (ns3::InetSocketAddress::IsMatchingType(address))
    return Ipv4Address::from_u32(ns3::InetSocketAddress::ConvertFrom(address).GetIpv4().Get());
  Ipv6Address ip;
  ns3::Inet6SocketAddress::ConvertFrom(address).GetIpv6().GetBytes(ip.octets.data());
  return ip;
}

HostNode::HostNode(const ns3::Ptr<ns3::Node>& node, const std::vector<const model::Port*>& ports,
                   const std::vector<model::Route>& routes, FramePool& pool, std::int64_t first_stream)
    : node_(node) {
  for (const model::Port* port : ports) {
    auto device = ns3::CreateObject<FrameNetDevice>();
    device->configure(node_, port->mac, port->mtu, pool);
    devices_.push_back(device);
  }

  ns3::InternetStackHelper stack;
  stack.SetRoutingHelper(ns3::Ipv4StaticRoutingHelper());
  stack.SetRoutingHelper(ns3::Ipv6StaticRoutingHelper());
  stack.Install(node_);
  // The scenario's addresses are unique or wrong on purpose: no probing, no autoconfiguration.
  node_->GetObject<ns3::Icmpv6L4Protocol>()->SetAttribute("DAD", ns3::BooleanValue(false));
  stack.AssignStreams(ns3::NodeContainer(node_), first_stream);

  for (std::size_t i = 0; i < ports.size(); ++i) {
    node_->AddDevice(devices_[i]);
    add_addresses(devices_[i], *ports[i]);
  }
  for (const model::Route& route : routes) add_route(route);
}

void HostNode::add_addresses(const ns3::Ptr<FrameNetDevice>& device, const model::Port& port) {
  const auto ipv4 = node_->GetObject<ns3::Ipv4>();
  const auto ipv6 = node_->GetObject<ns3::Ipv6>();
  const auto if4 = ipv4->AddInterface(device);
  const auto if6 = ipv6->AddInterface(device);
  for (const model::InterfaceAddress& address : port.addresses) {
    if (address.ip.is_v4()) {
      const std::uint32_t mask = address.length == 0 ? 0 : UINT32_MAX << (32 - address.length);
      ipv4->AddAddress(if4, {to_ns3(address.ip.v4()), ns3::Ipv4Mask(mask)});
    } else {
      ipv6->AddAddress(if6, {to_ns3(address.ip.v6()), ns3::Ipv6Prefix(address.length)});
    }
  }
  ipv4->SetUp(if4);
  ipv6->SetUp(if6);
}

void HostNode::add_route(const model::Route& route) {
  if (route.hops.empty()) return;
  // An end system has no use for equal-cost paths: its first one.
  const model::Route::Hop& hop = route.hops.front();
  const auto& device = devices_[hop.port];
  if (route.prefix.is_v4()) {
    const auto ipv4 = node_->GetObject<ns3::Ipv4>();
    const std::uint32_t mask = route.length == 0 ? 0 : UINT32_MAX << (32 - route.length);
    ns3::Ipv4StaticRoutingHelper().GetStaticRouting(ipv4)->AddNetworkRouteTo(
        to_ns3(route.prefix.v4()), ns3::Ipv4Mask(mask), to_ns3(hop.via.v4()),
        static_cast<std::uint32_t>(ipv4->GetInterfaceForDevice(device)));
  } else {
    const auto ipv6 = node_->GetObject<ns3::Ipv6>();
    ns3::Ipv6StaticRoutingHelper().GetStaticRouting(ipv6)->AddNetworkRouteTo(
        to_ns3(route.prefix.v6()), ns3::Ipv6Prefix(route.length), to_ns3(hop.via.v6()),
        static_cast<std::uint32_t>(ipv6->GetInterfaceForDevice(device)));
  }
}

}  // namespace lisper::sim
