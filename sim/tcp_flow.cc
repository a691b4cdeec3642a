#include "sim/tcp_flow.h"

#include <ns3/inet-socket-address.h>
#include <ns3/inet6-socket-address.h>
#include <ns3/nstime.h>
#include <ns3/simulator.h>
#include <ns3/uinteger.h>

#include <algorithm>
#include <cstring>

#include "core/base/random.h"
#include "sim/flow_meter.h"
#include "sim/host_node.h"

namespace lisper::sim {

namespace {

constexpr std::size_t kPeriod = 65'521;      // [bytes] of the pattern; prime, so that no power of two repeats it
constexpr std::uint32_t kBuffer = 4u << 20;  // [bytes]

std::int64_t now_ns() { return ns3::Simulator::Now().GetTimeStep(); }

ns3::Ptr<ns3::Socket> make_tcp_socket(const ns3::Ptr<ns3::Node>& node, const ns3::Address& local,
                                      std::uint32_t segment) {
  auto socket = ns3::Socket::CreateSocket(node, ns3::TypeId::LookupByName("ns3::TcpSocketFactory"));
  socket->SetAttribute("SegmentSize", ns3::UintegerValue(segment));
  socket->SetAttribute("SndBufSize", ns3::UintegerValue(kBuffer));
  socket->SetAttribute("RcvBufSize", ns3::UintegerValue(kBuffer));
  socket->SetAttribute("MinRto", ns3::TimeValue(ns3::MilliSeconds(200)));  // as Linux; RFC 6298 2.4 asks for 1 s
  socket->Bind(local);
  return socket;
}

std::uint16_t port_of(const ns3::Address& address) {
  return ns3::InetSocketAddress::IsMatchingType(address) ? ns3::InetSocketAddress::ConvertFrom(address).GetPort()
                                                         : ns3::Inet6SocketAddress::ConvertFrom(address).GetPort();
}

}  // namespace

std::uint32_t tcp_segment(std::uint16_t mtu, bool v4) noexcept { return mtu - (v4 ? 20u : 40u) - 20u - 12u; }

TcpReceiver::TcpReceiver(const ns3::Ptr<ns3::Node>& node, bool v4, std::uint16_t port, std::uint32_t segment)
    : listener_(make_tcp_socket(node,
                                v4 ? ns3::Address(ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), port))
                                   : ns3::Address(ns3::Inet6SocketAddress(ns3::Ipv6Address::GetAny(), port)),
                                segment)) {
  listener_->Listen();
  listener_->SetAcceptCallback(ns3::MakeNullCallback<bool, ns3::Ptr<ns3::Socket>, const ns3::Address&>(),
                               ns3::MakeCallback(&TcpReceiver::on_accepted, this));
}

void TcpReceiver::on_accepted(ns3::Ptr<ns3::Socket> socket, const ns3::Address& from) {
  const auto flow = flows_.find({ip_from_ns3(from), port_of(from)});
  if (flow == flows_.end()) {
    socket->Close();
    return;
  }
  connections_.push_back(socket);
  socket->SetRecvCallback(ns3::MakeCallback(&TcpFlow::on_readable, flow->second));
}

TcpFlow::TcpFlow(const model::Flow& flow, std::uint32_t index, const ns3::Ptr<ns3::Node>& sender, TcpReceiver& receiver,
                 std::uint32_t segment, std::int64_t series_interval_ns)
    : flow_(flow),
      sender_(sender),
      port_(static_cast<std::uint16_t>(20'000 + index % 40'000)),
      segment_(segment),
      pattern_(kPeriod),
      series_(series_interval_ns) {
  Random random(index);
  for (auto& byte : pattern_) byte = static_cast<std::uint8_t>(random.next());
  receiver.expect(flow.source, port_, *this);
  ns3::Simulator::ScheduleWithContext(sender->GetId(), ns3::NanoSeconds(static_cast<std::uint64_t>(flow.start.ns)),
                                      [this] { start(); });
}

void TcpFlow::start() {
  socket_ = make_tcp_socket(sender_, to_ns3(flow_.source, port_), segment_);
  socket_->SetSendCallback(ns3::MakeCallback(&TcpFlow::fill, this));
  socket_->Connect(to_ns3(flow_.destination, flow_.port));
}

void TcpFlow::fill(ns3::Ptr<ns3::Socket> socket, std::uint32_t) {
  const std::uint64_t write_size = std::clamp<std::uint64_t>(flow_.size, 1, kPeriod);
  while (sent_ < flow_.bytes && now_ns() < flow_.stop.ns) {
    const std::size_t offset = sent_ % kPeriod;
    const auto size = static_cast<std::uint32_t>(
        std::min<std::uint64_t>({write_size, flow_.bytes - sent_, kPeriod - offset, socket->GetTxAvailable()}));
    if (size == 0) return;
    const int accepted = socket->Send(&pattern_[offset], size, 0);
    if (accepted <= 0) return;
    sent_ += static_cast<std::uint64_t>(accepted);
  }
  socket->Close();
}

void TcpFlow::on_readable(ns3::Ptr<ns3::Socket> socket) {
  while (const auto packet = socket->Recv()) {
    if (packet->GetSize() == 0) return;  // the end
    received_bytes_.resize(packet->GetSize());
    packet->CopyData(received_bytes_.data(), packet->GetSize());
    const std::int64_t now = now_ns();
    if (received_ == 0 && !corrupt_) {
      first_arrival_ns_ = now;
      first_bytes_ = received_bytes_.size();
    }
    check(received_bytes_.data(), received_bytes_.size());
    last_arrival_ns_ = now;
    series_.add(now, received_bytes_.size());
  }
}

void TcpFlow::check(const std::uint8_t* bytes, std::size_t size) {
  while (size > 0 && !corrupt_) {
    const std::size_t offset = received_ % kPeriod;
    const std::size_t run = std::min(size, kPeriod - offset);
    corrupt_ = std::memcmp(bytes, &pattern_[offset], run) != 0;
    if (!corrupt_) received_ += run;
    bytes += run;
    size -= run;
  }
}

void TcpFlow::write(report::FlowResult& result) const {
  result.sent = sent_;
  result.received = received_;
  result.completed = !corrupt_ && received_ == flow_.bytes;
  result.throughput_bps =
      received_ > first_bytes_ ? throughput_bps(received_ - first_bytes_, last_arrival_ns_ - first_arrival_ns_) : 0;
  result.received_series = series_.sums();
}

}  // namespace lisper::sim
