#include <fmt/core.h>

#include <algorithm>

#include "model/resolver.h"

namespace lisper::model {
namespace {

using Kind = ControllerAction::Kind;

/// The nodes that an entry goes to: LISPERs that listen to a controller.
std::vector<std::size_t> receivers(Resolver& resolver, const EntrySpec& spec) {
  std::vector<std::size_t> result;
  for (const Name& name : spec.to) {
    const auto node = resolver.find_node(name);
    if (!node) continue;
    const auto* core = std::get_if<CoreNode>(&resolver.plan.nodes[*node].role);
    if (core == nullptr || core->control_sock.empty()) {
      resolver.problems.error(name.at, fmt::format("\"{}\" is no LISPER with a control_sock", name.value));
    } else {
      result.push_back(*node);
    }
  }
  return result;
}

std::optional<MappingKeys> keys(const std::optional<KeysSpec>& spec) {
  if (!spec) return std::nullopt;
  return MappingKeys{spec->key_id, spec->encap_key, spec->decap_key};
}

Mapping mapping(Resolver& resolver, const EntrySpec& spec) {
  Mapping result;
  if (!spec.iid || !spec.eid) {
    resolver.problems.error(spec.at, "a mapping needs \"iid\" and \"eid\"");
    return result;
  }
  result.iid = Iid(*spec.iid);
  result.eid = spec.eid->mac;
  result.length = spec.eid->length;
  if (spec.source) {
    result.source = *spec.source;
    if (!result.eid.is_group() || result.length != 48 || result.source.is_group() || result.source.is_zero())
      resolver.problems.error(spec.at, "\"source\" is a host's MAC address, and \"eid\" a whole group's");
  }
  result.replicate = spec.rles.has_value();
  for (const RlocSpec& rloc : spec.rlocs.value_or(std::vector<RlocSpec>{}))
    result.locators.push_back({rloc.rloc, rloc.priority, rloc.weight, keys(rloc.keys)});
  for (const RleSpec& rle : spec.rles.value_or(std::vector<RleSpec>{}))
    result.locators.push_back({.rloc = rle.rle, .keys = keys(rle.keys), .level = rle.level});
  return result;
}

ControllerAction set_action(Resolver& resolver, const EntrySpec& spec) {
  if (spec.rlocs.has_value() == spec.rles.has_value())
    resolver.problems.error(spec.at, "a mapping needs either \"rlocs\" or \"rles\"; both may be []");
  ControllerAction action;
  action.at = spec.time;
  action.to = receivers(resolver, spec);
  action.mapping = mapping(resolver, spec);
  return action;
}

ControllerAction other_action(Resolver& resolver, const ActionSpec& spec) {
  ControllerAction action;
  action.at = spec.time;
  action.kind = spec.kind;
  action.to = receivers(resolver, spec);
  const bool entry = spec.iid || spec.eid || spec.source || spec.rlocs || spec.rles;
  if (spec.kind == Kind::kDelete) {
    action.mapping = mapping(resolver, spec);
  } else if (entry) {
    resolver.problems.error(spec.at, "only \"do\": \"delete\" has an iid, eid, source, rlocs or rles");
  }
  if (spec.message.has_value() != (spec.kind == Kind::kRaw))
    resolver.problems.error(spec.at, "\"do\": \"raw\", and only that, has a \"message\"");
  if ((spec.kind == Kind::kStop || spec.kind == Kind::kStart) && !spec.to.empty())
    resolver.problems.error(spec.at, "the controller stops and starts as a whole, without \"to\"");
  action.raw = spec.message.value_or("");
  return action;
}

void resolve_node(Resolver& resolver, const Name& name) {
  const auto node = resolver.find_node(name);
  if (!node) return;
  if (resolver.plan.nodes[*node].icon != "host")
    return resolver.problems.error(name.at, fmt::format("the controller's node has to be a host, but \"{}\" is a {}",
                                                        name.value, resolver.plan.nodes[*node].icon));
  resolver.plan.nodes[*node].icon = "controller";
  resolver.plan.controller.node = *node;
  for (const Node& lisper : resolver.plan.nodes) {
    const auto* core = std::get_if<CoreNode>(&lisper.role);
    if (core == nullptr || core->control_sock.empty()) continue;
    if (!core->management_port) {
      resolver.problems.error(
          name.at,
          fmt::format("the controller speaks over the network, but \"{}\" has no \"management\" port", lisper.name));
    } else if (!choose_addresses(resolver.plan.nodes[*node], lisper)) {
      resolver.problems.error(name.at,
                              fmt::format("the controller and \"{}\" have no addresses of one family", lisper.name));
    }
  }
}

}  // namespace

void resolve_controller(Resolver& resolver) {
  if (!resolver.scenario.controller) return;
  const ControllerSpec& spec = *resolver.scenario.controller;
  ControllerPlan& controller = resolver.plan.controller;
  controller.present = true;
  controller.dialect = spec.dialect.value_or(Dialect::kToday);
  if (spec.node) resolve_node(resolver, *spec.node);
  controller.udp_port = spec.udp_port;
  controller.delay = spec.delay;
  controller.resend = spec.resend;
  controller.burst = spec.burst;
  controller.lose = spec.lose;
  controller.garble = spec.garble;
  controller.truncate = spec.truncate;
  controller.duplicate = spec.duplicate;
  controller.follow_hosts = spec.follow_hosts;
  controller.dynamic_eid_timeout = spec.dynamic_eid_timeout.value_or(controller.dynamic_eid_timeout);
  for (const EntrySpec& entry : spec.mappings) controller.actions.push_back(set_action(resolver, entry));
  for (const ActionSpec& action : spec.actions) controller.actions.push_back(other_action(resolver, action));
  std::ranges::stable_sort(controller.actions, {}, &ControllerAction::at);
}

}  // namespace lisper::model
