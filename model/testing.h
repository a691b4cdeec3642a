#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/load.h"

// What tests of the loader share.

namespace lisper::model {

inline std::vector<Override> overrides(const std::vector<std::string>& texts) {
  std::vector<Override> result;
  for (const std::string& text : texts) result.push_back(parse_override(text).value());
  return result;
}

/// All diagnostics as printed, warnings included.
inline std::string problems_of(const std::string& text, const std::vector<std::string>& sets = {}) {
  const auto loaded = load_scenario_text(text, "x.json", overrides(sets));
  return loaded ? loaded->warnings.render() : loaded.error().render();
}

inline Plan plan_of(const std::string& text, const std::vector<std::string>& sets = {}) {
  auto loaded = load_scenario_text(text, "x.json", overrides(sets));
  if (loaded) return std::move(loaded->plan);
  ADD_FAILURE() << loaded.error().render();
  return {};
}

/// A scenario of two hosts, a router between them and a LISPER, with `more` members.
inline std::string small(const std::string& more = {}, const std::string& nodes = {}, const std::string& links = {}) {
  return R"({"nodes": {
"a": {"type": "host", "interfaces": [{"name": "e0", "ip": ["10.0.1.2/24"], "gateway": ["10.0.1.1"]}]},
"b": {"type": "host", "interfaces": [{"name": "e0", "ip": ["10.0.2.2/24", "fd00::2/64"]}]},
"core": {"type": "router", "interfaces": [{"name": "e0", "ip": ["10.0.1.1/24"]}, {"name": "e1", "ip": ["10.0.2.1/24"]},
  {"name": "e2", "ip": ["10.0.3.1/24"]}]},
"site": {"type": "lisper", "control_sock": "c",
  "interfaces": [{"name": "e0", "mac": "00:00:00:00:01:01"}, {"name": "v1", "mac": "00:00:00:00:01:02", "pci": "p", "vlan_id": 1},
    {"name": "v2", "mac": "00:00:00:00:01:02", "pci": "p", "vlan_id": 2}],
  "exits": [{"name": "x", "ip": "10.0.3.2", "interface": "e0", "next_hop": "10.0.3.1"}],
  "lispers": [{"ip": "10.0.9.2", "exit": "x"}],
  "local_networks": [{"iid": 1, "interface": "v1"}, {"iid": 2, "interface": "v2"},
    {"iid": 1, "type": "L2TPv3", "ip": "10.0.8.2", "session_id": 7, "cookie": "1234", "exit": "x"}]})" +
         nodes + R"(},
"links": [{"endpoints": ["a:e0", "core:e0"]}, {"endpoints": ["b:e0", "core:e1"]}, {"endpoints": ["site:e0", "core:e2"]})" +
         links + "]" + more + "}";
}

}  // namespace lisper::model
