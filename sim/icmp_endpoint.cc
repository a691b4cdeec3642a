#include "sim/icmp_endpoint.h"

#include <ns3/uinteger.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "core/wire/checksum.h"
#include "core/wire/icmp.h"
#include "core/wire/ip_protocol.h"
#include "core/wire/ipv4.h"
#include "core/wire/ipv6.h"
#include "sim/host_node.h"

namespace lisper::sim {

ns3::Ptr<ns3::Socket> IcmpEndpoint::make_socket(bool v4) {
  const auto type = ns3::TypeId::LookupByName(v4 ? "ns3::Ipv4RawSocketFactory" : "ns3::Ipv6RawSocketFactory");
  auto socket = ns3::Socket::CreateSocket(node_, type);
  socket->SetAttribute("Protocol", ns3::UintegerValue(v4 ? wire::kProtocolIcmp : wire::kProtocolIcmpv6));
  if (v4) {
    socket->Bind();
  } else {
    socket->Bind6();
  }
  socket->SetRecvCallback(ns3::MakeCallback(&IcmpEndpoint::on_readable, this));
  return socket;
}

std::uint16_t IcmpEndpoint::open(const IpAddress& destination, ReplyHandler handler) {
  auto& socket = destination.is_v4() ? v4_ : v6_;
  if (socket == nullptr) socket = make_socket(destination.is_v4());
  // More flows than identifiers share them; their destinations differ.
  flows_.emplace(++last_identifier_, Flow{destination, std::move(handler)});
  return last_identifier_;
}

void IcmpEndpoint::send(const IpAddress& destination, std::uint16_t identifier, std::uint16_t sequence, Bytes payload) {
  std::vector<std::byte> message(sizeof(wire::Icmp) + payload.size());
  auto& icmp = at<wire::Icmp>(message.data());
  icmp.type = destination.is_v4() ? wire::kIcmpEchoRequest : wire::kIcmpv6EchoRequest;
  icmp.code = 0;
  icmp.rest = Be32(std::uint32_t{identifier} << 16 | sequence);
  if (!payload.empty()) std::memcpy(message.data() + sizeof(wire::Icmp), payload.data(), payload.size());
  // ICMPv6's checksum covers the addresses; the socket, which knows our own, fills it in.
  if (destination.is_v4()) icmp.checksum = wire::checksum(message);
  const auto packet = ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(message.data()),
                                               static_cast<std::uint32_t>(message.size()));
  (destination.is_v4() ? v4_ : v6_)->SendTo(packet, 0, to_ns3(destination, 0));
}

void IcmpEndpoint::on_readable(ns3::Ptr<ns3::Socket> socket) {
  ns3::Address from;
  while (const auto packet = socket->RecvFrom(from)) {
    std::array<std::byte, 60 + sizeof(wire::Icmp)> head;  // the longest IPv4 header comes first
    const std::size_t size =
        packet->CopyData(reinterpret_cast<std::uint8_t*>(head.data()), static_cast<std::uint32_t>(head.size()));
    if (size < sizeof(wire::Ipv4)) continue;
    const bool v4 = at<wire::Ipv4>(head.data()).version() == 4;
    const std::size_t offset = v4 ? at<wire::Ipv4>(head.data()).header_length() : sizeof(wire::Ipv6);
    if (size < offset + sizeof(wire::Icmp)) continue;
    on_reply(ip_from_ns3(from), Bytes(head).subspan(offset, sizeof(wire::Icmp)),
             packet->GetSize() - static_cast<std::uint32_t>(offset + sizeof(wire::Icmp)));
  }
}

void IcmpEndpoint::on_reply(const IpAddress& from, Bytes message, std::uint32_t payload) {
  const auto& icmp = at<wire::Icmp>(message.data());
  if (icmp.type != (from.is_v4() ? wire::kIcmpEchoReply : wire::kIcmpv6EchoReply)) return;
  const auto [begin, end] = flows_.equal_range(static_cast<std::uint16_t>(icmp.rest.value() >> 16));
  for (auto flow = begin; flow != end; ++flow)
    if (flow->second.destination == from)
      return flow->second.handler(static_cast<std::uint16_t>(icmp.rest.value()), payload);
}

}  // namespace lisper::sim
