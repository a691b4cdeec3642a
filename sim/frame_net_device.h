#pragma once

#include <ns3/channel.h>
#include <ns3/mac48-address.h>
#include <ns3/net-device.h>
#include <ns3/node.h>
#include <ns3/packet.h>
#include <ns3/traced-callback.h>

#include <optional>

#include "core/base/address.h"
#include "sim/link.h"

namespace lisper::sim {

[[nodiscard]] ns3::Mac48Address to_ns3(const MacAddress& mac);
[[nodiscard]] MacAddress from_ns3(const ns3::Address& mac);

/// The Ethernet interface of a machine whose IP stack is ns-3's: frames on the wire, `ns3::Packet` above.
class FrameNetDevice final : public ns3::NetDevice, public FrameSink {
 public:
  static ns3::TypeId GetTypeId();
  FrameNetDevice() = default;

  /// Before the device is added to its node. `pool` must outlive the simulation.
  void configure(const ns3::Ptr<ns3::Node>& node, const MacAddress& mac, std::uint16_t mtu, FramePool& pool);
  [[nodiscard]] LinkPort& port() noexcept { return *port_; }

  void receive(FramePtr frame, std::size_t port) override;
  void carrier(std::size_t port, bool up) override;

  void SetIfIndex(std::uint32_t index) override { if_index_ = index; }
  std::uint32_t GetIfIndex() const override { return if_index_; }
  ns3::Ptr<ns3::Channel> GetChannel() const override { return nullptr; }
  void SetAddress(ns3::Address address) override { mac_ = from_ns3(address); }
  ns3::Address GetAddress() const override { return to_ns3(mac_); }
  bool SetMtu(std::uint16_t mtu) override;
  std::uint16_t GetMtu() const override { return mtu_; }
  bool IsLinkUp() const override { return port_.has_value() && port_->is_up(); }
  void AddLinkChangeCallback(ns3::Callback<void> callback) override { link_change_.ConnectWithoutContext(callback); }
  bool IsBroadcast() const override { return true; }
  ns3::Address GetBroadcast() const override { return ns3::Mac48Address::GetBroadcast(); }
  bool IsMulticast() const override { return true; }
  ns3::Address GetMulticast(ns3::Ipv4Address group) const override { return ns3::Mac48Address::GetMulticast(group); }
  ns3::Address GetMulticast(ns3::Ipv6Address group) const override { return ns3::Mac48Address::GetMulticast(group); }
  bool IsBridge() const override { return false; }
  bool IsPointToPoint() const override { return false; }
  bool Send(ns3::Ptr<ns3::Packet> packet, const ns3::Address& destination, std::uint16_t ether_type) override;
  bool SendFrom(ns3::Ptr<ns3::Packet> packet, const ns3::Address& source, const ns3::Address& destination,
                std::uint16_t ether_type) override;
  ns3::Ptr<ns3::Node> GetNode() const override { return node_; }
  void SetNode(ns3::Ptr<ns3::Node> node) override { node_ = node; }
  bool NeedsArp() const override { return true; }
  void SetReceiveCallback(ReceiveCallback callback) override { receive_ = callback; }
  void SetPromiscReceiveCallback(PromiscReceiveCallback callback) override { promiscuous_ = callback; }
  bool SupportsSendFrom() const override { return true; }

 protected:
  void DoDispose() override;

 private:
  ns3::Ptr<ns3::Node> node_;
  std::optional<LinkPort> port_;
  FramePool* pool_ = nullptr;
  MacAddress mac_;
  std::uint16_t mtu_ = 1500;
  std::uint32_t if_index_ = 0;
  ReceiveCallback receive_;
  PromiscReceiveCallback promiscuous_;
  ns3::TracedCallback<> link_change_;
  // Packets without their Ethernet header.
  ns3::TracedCallback<ns3::Ptr<const ns3::Packet>> mac_tx_;
  ns3::TracedCallback<ns3::Ptr<const ns3::Packet>> mac_tx_drop_;
  ns3::TracedCallback<ns3::Ptr<const ns3::Packet>> mac_rx_;
};

}  // namespace lisper::sim
