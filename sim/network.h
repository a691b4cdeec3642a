#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "core/base/result.h"
#include "model/plan.h"
#include "report/result.h"
#include "sim/controller_link.h"
#include "sim/core_node.h"
#include "sim/group_member.h"
#include "sim/host_node.h"
#include "sim/icmp_endpoint.h"
#include "sim/link.h"
#include "sim/pcap.h"
#include "sim/replay.h"
#include "sim/tcp_flow.h"
#include "sim/traffic.h"
#include "sim/udp_flow.h"
#include "sim/underlay_router.h"

namespace lisper::sim {

/// A plan's nodes, links and traffic inside ns-3. One at a time in a process; destroys the simulator's
/// state when it goes.
class Network {
 public:
  /// `plan` must outlive the network. Refuses configurations that the core refuses, and captures that
  /// cannot be read.
  [[nodiscard]] static Result<std::unique_ptr<Network>> build(const model::Plan& plan, std::int64_t series_interval_ns);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// Records every port into `folder`, as NODE-PORT.pcap.
  [[nodiscard]] Result<void> capture(const std::filesystem::path& folder, std::uint32_t snaplen);
  [[nodiscard]] Result<void> close_captures();

  /// The first event of the simulation: controller, LISPERs.
  void start();
  void apply(const model::Event& event);
  /// Looks up what `expectation` asks about, for its node's result.
  void observe(const model::TableExpectation& expectation);
  /// All but what the runner knows better: scenario, versions, events, expectations.
  void write(report::RunResult& result);

 private:
  struct Node {
    std::unique_ptr<HostNode> host;  ///< hosts, and the stack on a LISPER's management port
    std::unique_ptr<UnderlayRouter> router;
    std::unique_ptr<CoreNode> core;
    std::unique_ptr<ReplaySink> replay;
    std::vector<LinkPort*> ports;  ///< as in the plan
    std::unique_ptr<IcmpEndpoint> icmp;
    std::unique_ptr<GroupMember> member;  ///< of a host that ever joins a group
    std::vector<report::TableRow> observed;
  };

  explicit Network(const model::Plan& plan, std::int64_t series_interval_ns);
  [[nodiscard]] Result<void> add_nodes();
  [[nodiscard]] Result<void> add_core(std::size_t index, const model::CoreNode& plan, const ns3::Ptr<ns3::Node>& node);
  void add_host(std::size_t index, const std::vector<std::size_t>& ports, const std::vector<model::Route>& routes,
                const ns3::Ptr<ns3::Node>& node);
  void add_links();
  void add_controller();
  [[nodiscard]] Result<void> add_flow(std::size_t index);
  [[nodiscard]] Result<void> add_replay(const model::Flow& flow);
  [[nodiscard]] GroupMember& group_member(std::size_t node);
  [[nodiscard]] UdpReceiver& udp_receiver(const model::Flow& flow);
  [[nodiscard]] TcpReceiver& tcp_receiver(const model::Flow& flow, std::uint32_t segment);
  [[nodiscard]] LinkPort& port(const model::PortRef& ref) { return *nodes_[ref.node].ports[ref.port]; }
  [[nodiscard]] report::FlowResult flow_result(std::size_t index) const;
  [[nodiscard]] report::NodeResult node_result(std::size_t index);

  using ReceiverKey = std::tuple<std::size_t, bool, std::uint16_t>;  ///< node, IPv4, port

  const model::Plan& plan_;
  std::int64_t series_interval_ns_;
  FramePool pool_;
  std::vector<Node> nodes_;
  std::vector<std::unique_ptr<Link>> links_;
  std::optional<ControllerLink> controller_;
  std::map<ReceiverKey, std::unique_ptr<UdpReceiver>> udp_receivers_;
  std::map<ReceiverKey, std::unique_ptr<TcpReceiver>> tcp_receivers_;
  std::vector<std::unique_ptr<Traffic>> flows_;
  std::vector<std::unique_ptr<PcapFile>> captures_;
};

}  // namespace lisper::sim
