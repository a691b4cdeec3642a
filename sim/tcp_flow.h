#pragma once

#include <ns3/node.h>
#include <ns3/socket.h>

#include <array>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "model/plan.h"
#include "sim/series.h"
#include "sim/traffic.h"

namespace lisper::sim {

class TcpFlow;

/// A listening TCP port of a host; gives each connection to the flow that opens it.
class TcpReceiver {
 public:
  TcpReceiver(const ns3::Ptr<ns3::Node>& node, bool v4, std::uint16_t port, std::uint32_t segment);
  TcpReceiver(const TcpReceiver&) = delete;
  TcpReceiver& operator=(const TcpReceiver&) = delete;

  void expect(const IpAddress& from, std::uint16_t from_port, TcpFlow& flow) { flows_[{from, from_port}] = &flow; }

 private:
  void on_accepted(ns3::Ptr<ns3::Socket> socket, const ns3::Address& from);

  ns3::Ptr<ns3::Socket> listener_;
  std::map<std::pair<IpAddress, std::uint16_t>, TcpFlow*> flows_;
  std::vector<ns3::Ptr<ns3::Socket>> connections_;
};

/// A bulk transfer whose every byte is checked where it arrives.
class TcpFlow final : public Traffic {
 public:
  /// `index` is the flow's number in the plan. `segment` is the MSS [bytes].
  TcpFlow(const model::Flow& flow, std::uint32_t index, const ns3::Ptr<ns3::Node>& sender, TcpReceiver& receiver,
          std::uint32_t segment, std::int64_t series_interval_ns);

  void write(report::FlowResult& result) const override;
  void on_readable(ns3::Ptr<ns3::Socket> socket);

 private:
  void start();
  void fill(ns3::Ptr<ns3::Socket> socket, std::uint32_t room);
  void check(const std::uint8_t* bytes, std::size_t size);

  const model::Flow& flow_;
  ns3::Ptr<ns3::Node> sender_;
  ns3::Ptr<ns3::Socket> socket_;
  std::uint16_t port_;
  std::uint32_t segment_;
  std::vector<std::uint8_t> pattern_;
  std::vector<std::uint8_t> received_bytes_;  ///< scratch
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;  ///< in order and unchanged
  bool corrupt_ = false;
  std::uint64_t first_bytes_ = 0;  ///< of the first arrival
  std::int64_t first_arrival_ns_ = 0;
  std::int64_t last_arrival_ns_ = 0;
  Series series_;
};

/// The MSS that fits `mtu` with the options ns-3 sends (time stamps).
[[nodiscard]] std::uint32_t tcp_segment(std::uint16_t mtu, bool v4) noexcept;

}  // namespace lisper::sim
