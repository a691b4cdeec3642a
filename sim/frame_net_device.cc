#include "sim/frame_net_device.h"

#include "core/wire/ethernet.h"

namespace lisper::sim {

NS_OBJECT_ENSURE_REGISTERED(FrameNetDevice);

ns3::Mac48Address to_ns3(const MacAddress& mac) {
  ns3::Mac48Address address;
  address.CopyFrom(mac.octets.data());
  return address;
}

MacAddress from_ns3(const ns3::Address& address) {
  MacAddress mac;
  ns3::Mac48Address::ConvertFrom(address).CopyTo(mac.octets.data());
  return mac;
}

ns3::TypeId FrameNetDevice::GetTypeId() {
  static const ns3::TypeId id =
      ns3::TypeId("lisper::sim::FrameNetDevice")
          .SetParent<ns3::NetDevice>()
          .SetGroupName("Lisper")
          .AddConstructor<FrameNetDevice>()
          .AddTraceSource("MacTx", "Handed to the link, without Ethernet header",
                          ns3::MakeTraceSourceAccessor(&FrameNetDevice::mac_tx_), "ns3::Packet::TracedCallback")
          .AddTraceSource("MacTxDrop", "Refused by the link: no carrier, full queue, or too big",
                          ns3::MakeTraceSourceAccessor(&FrameNetDevice::mac_tx_drop_), "ns3::Packet::TracedCallback")
          .AddTraceSource("MacRx", "Received, without Ethernet header",
                          ns3::MakeTraceSourceAccessor(&FrameNetDevice::mac_rx_), "ns3::Packet::TracedCallback");
  return id;
}

void FrameNetDevice::configure(const ns3::Ptr<ns3::Node>& node, const MacAddress& mac, std::uint16_t mtu,
                               FramePool& pool) {
  mac_ = mac;
  mtu_ = mtu;
  pool_ = &pool;
  port_.emplace(*this, 0, node->GetId());
}

void FrameNetDevice::DoDispose() {
  // ns-3's nodes, devices and callbacks hold each other.
  node_ = nullptr;
  receive_.Nullify();
  promiscuous_.Nullify();
  NetDevice::DoDispose();
}

bool FrameNetDevice::SetMtu(std::uint16_t mtu) {
  mtu_ = mtu;
  return true;
}

bool FrameNetDevice::Send(ns3::Ptr<ns3::Packet> packet, const ns3::Address& destination, std::uint16_t ether_type) {
  return SendFrom(packet, GetAddress(), destination, ether_type);
}

bool FrameNetDevice::SendFrom(ns3::Ptr<ns3::Packet> packet, const ns3::Address& source, const ns3::Address& destination,
                              std::uint16_t ether_type) {
  const auto size = packet->GetSize();
  bool sent = false;
  if (size <= mtu_) {
    FramePtr frame = pool_->make(static_cast<std::uint32_t>(sizeof(wire::Ethernet)) + size);
    at<wire::Ethernet>(frame->data) = {from_ns3(destination), from_ns3(source), Be16(ether_type)};
    packet->CopyData(reinterpret_cast<std::uint8_t*>(frame->data + sizeof(wire::Ethernet)), size);
    sent = port_->send(std::move(frame));
  }
  (sent ? mac_tx_ : mac_tx_drop_)(packet);
  return sent;
}

void FrameNetDevice::receive(FramePtr frame, std::size_t) {
  if (node_ == nullptr || frame->len < sizeof(wire::Ethernet)) return;
  const auto& ethernet = at<wire::Ethernet>(frame->data);
  PacketType type = PACKET_OTHERHOST;
  if (ethernet.destination == mac_) {
    type = PACKET_HOST;
  } else if (ethernet.destination.is_broadcast()) {
    type = PACKET_BROADCAST;
  } else if (ethernet.destination.is_group()) {
    type = PACKET_MULTICAST;
  }
  if (type == PACKET_OTHERHOST && promiscuous_.IsNull()) return;

  const auto packet =
      ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(frame->data + sizeof(wire::Ethernet)),
                               frame->len - static_cast<std::uint32_t>(sizeof(wire::Ethernet)));
  const std::uint16_t ether_type = ethernet.ether_type.value();
  const ns3::Mac48Address source = to_ns3(ethernet.source);
  mac_rx_(packet);
  if (!promiscuous_.IsNull())
    promiscuous_(this, packet->Copy(), ether_type, source, to_ns3(ethernet.destination), type);
  if (type != PACKET_OTHERHOST && !receive_.IsNull()) receive_(this, packet, ether_type, source);
}

void FrameNetDevice::carrier(std::size_t, bool) { link_change_(); }

}  // namespace lisper::sim
