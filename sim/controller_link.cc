#include "sim/controller_link.h"

#include <ns3/inet-socket-address.h>
#include <ns3/inet6-socket-address.h>
#include <ns3/nstime.h>
#include <ns3/simulator.h>

#include <algorithm>
#include <vector>

#include "sim/host_node.h"

namespace lisper::sim {

namespace {

TimeNs now() { return {ns3::Simulator::Now().GetTimeStep()}; }

ns3::Time after(TimeNs delay) {
  return ns3::NanoSeconds(static_cast<std::uint64_t>(std::max<std::int64_t>(delay.ns, 0)));
}

std::string to_text(const ns3::Ptr<ns3::Packet>& packet) {
  std::string text(packet->GetSize(), '\0');
  packet->CopyData(reinterpret_cast<std::uint8_t*>(text.data()), packet->GetSize());
  return text;
}

ns3::Ptr<ns3::Socket> make_socket(const ns3::Ptr<ns3::Node>& node, bool v4, std::uint16_t port) {
  auto socket = ns3::Socket::CreateSocket(node, ns3::TypeId::LookupByName("ns3::UdpSocketFactory"));
  socket->Bind(v4 ? ns3::Address(ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), port))
                  : ns3::Address(ns3::Inet6SocketAddress(ns3::Ipv6Address::GetAny(), port)));
  return socket;
}

}  // namespace

ControllerLink::ControllerLink(const model::Plan& plan)
    : plan_(plan), controller_(plan, Random(plan.seed).derive(0xc0).next()) {}

/// The port's first address of a family that the controller has as well.
IpAddress ControllerLink::address_of(std::size_t node, std::size_t port) const {
  for (const auto& address : plan_.nodes[node].ports[port].addresses)
    if (!controller_address(address.ip.is_v4()).is_unspecified()) return address.ip;
  return {};
}

void ControllerLink::add(std::size_t node, CoreNode& lisper, const ns3::Ptr<ns3::Node>& management) {
  const auto& plan = std::get<model::CoreNode>(plan_.nodes[node].role);
  Member& member = members_[node];
  member.lisper = &lisper;
  if (management != nullptr && plan_.controller.node) {
    member.address = address_of(node, *plan.management_port);
    member.socket = make_socket(management, member.address.is_v4(), plan_.controller.udp_port);
    member.socket->SetRecvCallback([&lisper](ns3::Ptr<ns3::Socket> socket) {
      while (const auto packet = socket->Recv()) lisper.on_control(to_text(packet));
    });
  }
  if (!plan.punt_sock.empty() || member.socket != nullptr)
    lisper.set_punt_handler([this, node](std::string_view message) { on_punt(node, std::string(message)); });
}

void ControllerLink::set_host(const ns3::Ptr<ns3::Node>& host) {
  // One socket a family; the LISPERs' addresses say which.
  for (auto& [node, member] : members_) {
    if (member.socket == nullptr) continue;
    auto& socket = member.address.is_v4() ? host_v4_ : host_v6_;
    if (socket != nullptr) continue;
    socket = make_socket(host, member.address.is_v4(), plan_.controller.udp_port);
    socket->SetRecvCallback([this](ns3::Ptr<ns3::Socket> readable) {
      ns3::Address from;
      while (const auto packet = readable->RecvFrom(from)) {
        const auto sender = std::find_if(members_.begin(), members_.end(), [&](const auto& candidate) {
          return candidate.second.address == ip_from_ns3(from);
        });
        if (sender != members_.end()) hear_punt(sender->first, to_text(packet));
      }
    });
  }
}

void ControllerLink::start() {
  controller_.start(now());
  deliver();
  // The punt socket is there again whenever the controller is.
  for (const model::ControllerAction& action : plan_.controller.actions) {
    if (action.kind != model::ControllerAction::Kind::kStart) continue;
    ns3::Simulator::Schedule(after(action.at + plan_.controller.delay - now()), [this] {
      for (auto& [node, member] : members_) member.lisper->on_controller_connected();
    });
  }
}

void ControllerLink::on_punt(std::size_t node, std::string message) {
  const Member& member = members_.at(node);
  if (member.socket != nullptr) {
    const IpAddress controller = controller_address(member.address.is_v4());
    const auto packet = ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(message.data()),
                                                 static_cast<std::uint32_t>(message.size()));
    member.socket->SendTo(packet, 0, to_ns3(controller, plan_.controller.udp_port));
    return;
  }
  ns3::Simulator::Schedule(after(plan_.controller.delay),
                           [this, node, text = std::move(message)] { hear_punt(node, text); });
}

IpAddress ControllerLink::controller_address(bool v4) const {
  for (const model::Port& port : plan_.nodes[*plan_.controller.node].ports)
    for (const auto& address : port.addresses)
      if (address.ip.is_v4() == v4) return address.ip;
  return {};
}

void ControllerLink::hear_punt(std::size_t node, std::string_view message) {
  controller_.on_punt(node, message, now());
  deliver();
}

void ControllerLink::deliver() {
  for (controller::Delivery& delivery : controller_.take_deliveries()) {
    if (!members_.contains(delivery.node)) continue;
    ns3::Simulator::Schedule(
        after(delivery.at - now()),
        [this, node = delivery.node, datagram = std::move(delivery.datagram)] { send(node, datagram); });
  }
  arm();
}

void ControllerLink::send(std::size_t node, const std::string& datagram) {
  const Member& member = members_.at(node);
  if (member.socket == nullptr) return member.lisper->on_control(datagram);
  const auto packet = ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(datagram.data()),
                                               static_cast<std::uint32_t>(datagram.size()));
  (member.address.is_v4() ? host_v4_ : host_v6_)->SendTo(packet, 0, to_ns3(member.address, plan_.controller.udp_port));
}

void ControllerLink::arm() {
  const TimeNs deadline = controller_.next_deadline();
  if (deadline >= timer_) return;
  timer_ = std::max(deadline, now());
  ns3::Simulator::Schedule(after(timer_ - now()), [this, at = timer_] { on_timer(at); });
}

void ControllerLink::on_timer(TimeNs at) {
  if (at != timer_) return;
  timer_ = kNever;
  controller_.tick(now());
  deliver();
}

}  // namespace lisper::sim
