#include "sim/udp_flow.h"

#include <ns3/inet-socket-address.h>
#include <ns3/inet6-socket-address.h>
#include <ns3/nstime.h>
#include <ns3/simulator.h>
#include <ns3/uinteger.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/big_endian.h"
#include "sim/host_node.h"

namespace lisper::sim {

namespace {

struct Tag {
  Be32 flow;
  Be32 number;
};

std::int64_t now_ns() { return ns3::Simulator::Now().GetTimeStep(); }

ns3::Ptr<ns3::Socket> make_udp_socket(const ns3::Ptr<ns3::Node>& node, const ns3::Address& local) {
  auto socket = ns3::Socket::CreateSocket(node, ns3::TypeId::LookupByName("ns3::UdpSocketFactory"));
  socket->SetAttribute("RcvBufSize", ns3::UintegerValue(1u << 30));  // read at once; never the bottleneck
  socket->Bind(local);
  return socket;
}

}  // namespace

UdpReceiver::UdpReceiver(const ns3::Ptr<ns3::Node>& node, bool v4, std::uint16_t port)
    : socket_(make_udp_socket(node, v4 ? ns3::Address(ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), port))
                                       : ns3::Address(ns3::Inet6SocketAddress(ns3::Ipv6Address::GetAny(), port)))) {
  socket_->SetRecvCallback(ns3::MakeCallback(&UdpReceiver::on_readable, this));
}

void UdpReceiver::on_readable(ns3::Ptr<ns3::Socket> socket) {
  while (const auto packet = socket->Recv()) {
    std::array<std::byte, sizeof(Tag)> head;
    if (packet->CopyData(reinterpret_cast<std::uint8_t*>(head.data()), head.size()) < head.size()) continue;
    const auto& tag = at<Tag>(head.data());
    if (const auto flow = flows_.find(tag.flow.value()); flow != flows_.end())
      flow->second(tag.number.value(), packet->GetSize());
  }
}

UdpFlow::UdpFlow(const model::Flow& flow, std::uint32_t index, const ns3::Ptr<ns3::Node>& sender, UdpReceiver& receiver,
                 Random random, std::int64_t series_interval_ns)
    : flow_(flow),
      sender_(sender),
      random_(random),
      meter_(series_interval_ns),
      payload_(std::max<std::size_t>(flow.size, sizeof(Tag))) {
  at<Tag>(reinterpret_cast<std::byte*>(payload_.data())).flow = Be32(index);
  receiver.expect(
      index, [this](std::uint32_t number, std::uint32_t payload) { meter_.on_arrival(number, now_ns(), payload); });
  ns3::Simulator::ScheduleWithContext(sender->GetId(), ns3::NanoSeconds(static_cast<std::uint64_t>(flow.start.ns)),
                                      [this] { start(); });
}

void UdpFlow::start() {
  socket_ = make_udp_socket(sender_, to_ns3(flow_.source, 0));
  socket_->Connect(to_ns3(flow_.destination, flow_.port));
  if (flow_.kind == model::FlowKind::kUdpPoisson) {
    ns3::Simulator::Schedule(ns3::NanoSeconds(static_cast<std::uint64_t>(next_gap_ns())), [this] { send(); });
  } else {
    send();
  }
}

std::int64_t UdpFlow::next_gap_ns() {
  const double mean = 1e9 / flow_.rate_pps;
  if (flow_.kind == model::FlowKind::kUdpPoisson) return std::llround(random_.exponential(mean));
  // From the start, so that the gaps' rounding never adds up.
  const auto due = flow_.start.ns + std::llround(static_cast<double>(meter_.sent()) * mean);
  return std::max<std::int64_t>(due - now_ns(), 1);
}

void UdpFlow::send() {
  const std::int64_t now = now_ns();
  if (now >= flow_.stop.ns || (flow_.count != 0 && meter_.sent() == flow_.count)) return;
  const std::uint64_t number = meter_.on_sent(now);
  at<Tag>(reinterpret_cast<std::byte*>(payload_.data())).number = Be32(static_cast<std::uint32_t>(number));
  socket_->Send(ns3::Create<ns3::Packet>(payload_.data(), static_cast<std::uint32_t>(payload_.size())));
  ns3::Simulator::Schedule(ns3::NanoSeconds(static_cast<std::uint64_t>(next_gap_ns())), [this] { send(); });
}

}  // namespace lisper::sim
