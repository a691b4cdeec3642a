#pragma once

#include <ns3/net-device.h>
#include <ns3/packet.h>

#include <cstdint>
#include <set>

#include "core/base/address.h"
#include "core/base/time.h"
#include "model/plan.h"
#include "sim/frame_net_device.h"

namespace lisper::sim {

/// What ns-3's hosts lack: the host's side of IGMPv3 (RFC 3376 5) and MLDv2 (RFC 3810 6), without source filters.
class GroupMember {
 public:
  /// `port` is the device's.
  GroupMember(const ns3::Ptr<FrameNetDevice>& device, const model::Port& port);

  void join(const IpAddress& group);
  void leave(const IpAddress& group);

 private:
  void on_packet(ns3::Ptr<ns3::NetDevice> device, ns3::Ptr<const ns3::Packet> packet, std::uint16_t ether_type,
                 const ns3::Address& from, const ns3::Address& to, ns3::NetDevice::PacketType type);
  /// Reports twice, as RFC 3376 8.11's robustness asks for, unless it has changed by then.
  void report_change(const IpAddress& group, bool joined);
  void report(const IpAddress& group, std::uint8_t record_type);
  void report_later(const IpAddress& group, TimeNs max_response);

  ns3::Ptr<FrameNetDevice> device_;
  Ipv4Address own4_;
  Ipv6Address own6_;  ///< link-local
  std::set<IpAddress> groups_;
};

}  // namespace lisper::sim
