#include "lab/traffic.h"

#include "lab/iperf_flow.h"
#include "lab/ping_flow.h"
#include "lab/replay_flow.h"

namespace lisper::lab {

std::unique_ptr<Traffic> make_traffic(const model::Flow& flow, const TrafficContext& context) {
  switch (flow.kind) {
    case model::FlowKind::kPing:
      return std::make_unique<PingFlow>(flow, context);
    case model::FlowKind::kUdpConstant:
    case model::FlowKind::kUdpPoisson:
    case model::FlowKind::kTcpBulk:
      return std::make_unique<IperfFlow>(flow, context);
    case model::FlowKind::kReplay:
      return std::make_unique<ReplayFlow>(flow, context);
  }
  return nullptr;
}

}  // namespace lisper::lab
