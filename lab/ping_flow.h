#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lab/tool.h"
#include "lab/traffic.h"

namespace lisper::lab {

/// The command line of the ping that sends what the flow says.
[[nodiscard]] std::vector<std::string> ping_command(const model::Flow& flow);

/// What ping printed, in times since `start_wall_ns`.
void read_ping(std::string_view output, const model::Flow& flow, std::int64_t start_wall_ns,
               std::int64_t series_interval_ns, report::FlowResult& result);

/// ICMP echo by ping.
class PingFlow final : public Traffic {
 public:
  PingFlow(const model::Flow& flow, const TrafficContext& context) : flow_(flow), context_(context) {}
  Result<void> start() override;
  void stop() override;
  bool done() override { return !tool_.running(); }
  report::FlowResult result() override;

 private:
  const model::Flow& flow_;
  const TrafficContext& context_;
  Tool tool_;
};

}  // namespace lisper::lab
