#include "model/resolve.h"

#include <fmt/core.h>

#include "model/generate.h"
#include "model/graph/connectivity.h"
#include "model/graph/layout.h"
#include "model/graph/routing.h"
#include "model/resolver.h"

namespace lisper::model {
namespace {

/// A segment is one network over all ports that links and moves have named.
void finish_segments(Resolver& resolver) {
  constexpr std::size_t kMaxPorts = 4096;
  for (std::size_t i = 0; i < resolver.plan.nodes.size(); ++i) {
    Node& node = resolver.plan.nodes[i];
    auto* core = std::get_if<CoreNode>(&node.role);
    if (core == nullptr || core->kind != CoreNode::Kind::kSegment) continue;
    if (node.ports.size() > kMaxPorts)
      return resolver.problems.error({}, fmt::format("segment \"{}\" has more than {} ports", node.name, kMaxPorts));
    for (const Port& port : node.ports) {
      const auto id = static_cast<std::uint16_t>(core->config.ports.size());
      core->config.ports.push_back({port.name});
      core->config.interfaces.push_back({port.name, port.mac, PortId(id), std::nullopt, port.mtu});
      core->config.local_networks.push_back({Iid(1), InterfaceId(id), std::nullopt});
    }
  }
}

}  // namespace

Plan resolve(Scenario scenario, const std::filesystem::path& file, Problems& problems) {
  const std::filesystem::path directory = file.parent_path();
  expand(scenario, directory, problems);
  Resolver resolver{scenario, directory, problems, {}, {}, {}, {}, {}, {}, {}};
  Plan& plan = resolver.plan;
  plan.name = scenario.name.empty() ? file.stem().string() : scenario.name;
  plan.description = scenario.description;
  plan.seed = scenario.seed;
  plan.end = scenario.end.value;
  if (plan.end == TimeNs{}) problems.error(scenario.end.at, "\"end\" has to be later than 0");
  if (scenario.nodes.empty()) problems.error({}, "a scenario needs nodes", "\"nodes\", \"generate\" or \"import\"");
  resolve_nodes(resolver);
  resolve_links(resolver);
  resolve_controller(resolver);
  resolve_traffic(resolver);
  resolve_events(resolver);
  resolve_expectations(resolver);
  finish_segments(resolver);
  if (problems.errors() > 0) return {};
  compute_routes(plan.nodes, plan.links);
  layout(plan);
  for (std::string& problem : connectivity_problems(plan)) problems.warning({}, std::move(problem));
  return std::move(resolver.plan);
}

}  // namespace lisper::model
