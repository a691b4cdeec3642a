#pragma once

#include <ns3/node.h>
#include <ns3/socket.h>

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "core/base/random.h"
#include "model/plan.h"
#include "sim/flow_meter.h"
#include "sim/traffic.h"

namespace lisper::sim {

/// A UDP port of a host where flows end; tells them apart by the flow number in the payload.
class UdpReceiver {
 public:
  using Handler = std::function<void(std::uint32_t number, std::uint32_t payload)>;

  /// `v4`: of which family.
  UdpReceiver(const ns3::Ptr<ns3::Node>& node, bool v4, std::uint16_t port);
  UdpReceiver(const UdpReceiver&) = delete;
  UdpReceiver& operator=(const UdpReceiver&) = delete;

  void expect(std::uint32_t flow, Handler handler) { flows_.emplace(flow, std::move(handler)); }

 private:
  void on_readable(ns3::Ptr<ns3::Socket> socket);

  ns3::Ptr<ns3::Socket> socket_;
  std::map<std::uint32_t, Handler> flows_;
};

/// Datagrams at a constant or a Poisson rate. Latency is one way. The payload starts with the flow's and
/// the packet's number, 4 bytes each, so that it is never smaller than 8 bytes.
class UdpFlow final : public Traffic {
 public:
  /// `index` is the flow's number in the plan.
  UdpFlow(const model::Flow& flow, std::uint32_t index, const ns3::Ptr<ns3::Node>& sender, UdpReceiver& receiver,
          Random random, std::int64_t series_interval_ns);

  void write(report::FlowResult& result) const override { meter_.write(result); }

 private:
  void start();
  void send();
  [[nodiscard]] std::int64_t next_gap_ns();

  const model::Flow& flow_;
  ns3::Ptr<ns3::Node> sender_;
  ns3::Ptr<ns3::Socket> socket_;
  Random random_;
  FlowMeter meter_;
  std::vector<std::uint8_t> payload_;
};

}  // namespace lisper::sim
