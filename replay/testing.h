#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "core/base/address.h"
#include "model/load.h"
#include "model/plan.h"

namespace lisper::replay::testing {

inline IpAddress ip(std::string_view text) { return parse_ip(text).value(); }
inline MacAddress mac(std::string_view text) { return parse_mac(text).value(); }

/// The plan of a scenario in the source tree, where tests run.
inline model::Plan plan_of(const std::string& name) {
  auto loaded = model::load_scenario("scenarios/" + name + ".json");
  return std::move(loaded.value().plan);
}

inline std::size_t node_of(const model::Plan& plan, std::string_view name) {
  for (std::size_t i = 0; i < plan.nodes.size(); ++i)
    if (plan.nodes[i].name == name) return i;
  return plan.nodes.size();
}

inline const LisperConfig& config_of(const model::Plan& plan, std::string_view name) {
  return std::get<model::CoreNode>(plan.nodes[node_of(plan, name)].role).config;
}

}  // namespace lisper::replay::testing
