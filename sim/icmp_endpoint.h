#pragma once

#include <ns3/node.h>
#include <ns3/packet.h>
#include <ns3/socket.h>

#include <cstdint>
#include <functional>
#include <map>

#include "core/base/address.h"
#include "core/base/big_endian.h"

namespace lisper::sim {

/// ICMP and ICMPv6 echo of one host, over one raw socket a family. Replies go to flows by identifier.
class IcmpEndpoint {
 public:
  /// `payload`: bytes after the ICMP header.
  using ReplyHandler = std::function<void(std::uint16_t sequence, std::uint32_t payload)>;

  explicit IcmpEndpoint(ns3::Ptr<ns3::Node> node) : node_(std::move(node)) {}
  IcmpEndpoint(const IcmpEndpoint&) = delete;
  IcmpEndpoint& operator=(const IcmpEndpoint&) = delete;

  /// An identifier for echo requests to `destination`.
  std::uint16_t open(const IpAddress& destination, ReplyHandler handler);
  void send(const IpAddress& destination, std::uint16_t identifier, std::uint16_t sequence, Bytes payload);

 private:
  struct Flow {
    IpAddress destination;
    ReplyHandler handler;
  };
  [[nodiscard]] ns3::Ptr<ns3::Socket> make_socket(bool v4);
  void on_readable(ns3::Ptr<ns3::Socket> socket);
  void on_reply(const IpAddress& from, Bytes icmp, std::uint32_t payload);

  ns3::Ptr<ns3::Node> node_;
  ns3::Ptr<ns3::Socket> v4_;
  ns3::Ptr<ns3::Socket> v6_;
  std::multimap<std::uint16_t, Flow> flows_;
  std::uint16_t last_identifier_ = 0;
};

}  // namespace lisper::sim
