#pragma once

#include <ns3/event-id.h>

#include <cstdint>
#include <vector>

#include "model/plan.h"
#include "sim/flow_meter.h"
#include "sim/icmp_endpoint.h"
#include "sim/traffic.h"

namespace lisper::sim {

/// Echo requests as `ping -s SIZE -c COUNT -i INTERVAL` sends them. Latency is the round trip.
class Ping final : public Traffic {
 public:
  /// `context` is the id of the sender's ns-3 node; `endpoint` is its.
  Ping(const model::Flow& flow, IcmpEndpoint& endpoint, std::uint32_t context, std::int64_t series_interval_ns);

  void write(report::FlowResult& result) const override { meter_.write(result); }

 private:
  void send();
  void on_reply(std::uint16_t sequence, std::uint32_t payload);

  const model::Flow& flow_;
  IcmpEndpoint& endpoint_;
  FlowMeter meter_;
  std::vector<std::byte> payload_;
  std::uint16_t identifier_;
  ns3::EventId next_;
};

}  // namespace lisper::sim
