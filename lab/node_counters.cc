#include "lab/node_counters.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <variant>

#include "lab/interface_counters.h"
#include "lab/process.h"

namespace lisper::lab {

namespace {

constexpr std::uint32_t kSegmentIid = 1;  // a segment is one network, and calls it so in every body

report::Counters to_counters(const InterfaceCounters& from) {
  report::Counters counters;
  const auto put = [&](const char* name, std::uint64_t value) {
    if (value != 0) counters.emplace(name, value);
  };
  put("rx_packets", from.rx_packets);
  put("rx_bytes", from.rx_bytes);
  put("rx_dropped", from.rx_dropped);
  put("tx_packets", from.tx_packets);
  put("tx_bytes", from.tx_bytes);
  put("tx_dropped", from.tx_dropped);
  return counters;
}

/// What a segment's bridge has learned.
Result<void> read_bridge(const Layout& layout, const model::Plan& plan, std::size_t node, report::NodeResult& result) {
  auto text = must_run({"bridge", "-json", "fdb", "show", "dynamic"}, layout.netns(node));
  if (!text) return tl::unexpected(text.error());
  const auto list = nlohmann::json::parse(*text, nullptr, false);
  if (!list.is_array()) return fail("bridge: not the JSON that was asked for");
  for (const auto& entry : list)
    for (std::size_t p = 0; p < plan.nodes[node].ports.size(); ++p)
      if (entry.value("ifname", "") == layout.interface({node, p}))
        result.fib.push_back({0, kSegmentIid, entry.value("mac", ""), "interface " + plan.nodes[node].ports[p].name});
  result.tables["fib"] = result.fib.size();
  return {};
}

}  // namespace

Result<report::NodeResult> read_counters(const Layout& layout, const model::Plan& plan, std::size_t index) {
  const model::Node& node = plan.nodes[index];
  auto interfaces = read_interfaces(layout.netns(index));
  if (!interfaces) return tl::unexpected(interfaces.error());
  report::NodeResult result;
  for (std::size_t p = 0; p < node.ports.size(); ++p)
    result.ports[node.ports[p].name] = to_counters((*interfaces)[layout.interface({index, p})]);
  if (std::holds_alternative<model::CoreNode>(node.role))
    if (auto read = read_bridge(layout, plan, index, result); !read) return tl::unexpected(read.error());
  return result;
}

}  // namespace lisper::lab
