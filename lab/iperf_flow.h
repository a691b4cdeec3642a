#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lab/tool.h"
#include "lab/traffic.h"

namespace lisper::lab {

/// Bytes of a write so that a whole number of them makes the flow's bytes, if there is such a number
/// near the flow's own.
[[nodiscard]] std::uint64_t block_size(std::uint64_t bytes, std::uint32_t wanted);

/// `port` is the server's.
[[nodiscard]] std::vector<std::string> iperf_server_command(const model::Flow& flow, std::uint16_t port);
/// `source_port` is a UDP flow's, `end` the run's.
[[nodiscard]] std::vector<std::string> iperf_client_command(const model::Flow& flow, std::uint16_t port,
                                                            std::uint16_t source_port, TimeNs end);

/// What the sender and the receiver printed.
void read_tcp(const nlohmann::json& sender, const nlohmann::json& receiver, const model::Flow& flow,
              std::int64_t series_interval_ns, report::FlowResult& result);

/// UDP and TCP by iperf3, a server for each flow. A UDP flow's client sends, and what arrives is counted
/// on the wire. A TCP flow's client receives (`--reverse`), because the test ends when the client has had
/// its bytes: only as the receiver it waits until they have arrived.
class IperfFlow final : public Traffic {
 public:
  IperfFlow(const model::Flow& flow, const TrafficContext& context);
  Result<void> prepare() override;
  Result<void> start() override;
  void stop() override;
  bool stops_itself() const override { return !tcp(); }  // it has a number of packets
  bool done() override { return !client_.running(); }
  report::FlowResult result() override;

 private:
  /// A UDP flow's own. A TCP flow's server is at its source, where that port may be another flow's.
  [[nodiscard]] std::uint16_t server_port() const;
  /// The one that the simulator's hosts give it: a flow's packets take the same locator in both bodies.
  [[nodiscard]] std::uint16_t source_port() const;
  [[nodiscard]] Watch watch(model::PortRef port) const;
  void measure_udp(report::FlowResult& result) const;
  [[nodiscard]] bool tcp() const noexcept { return flow_.kind == model::FlowKind::kTcpBulk; }

  const model::Flow& flow_;
  const TrafficContext& context_;
  Tool server_;
  Tool client_;
};

}  // namespace lisper::lab
