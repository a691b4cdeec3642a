#include "lab/node_counters.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <sstream>
#include <variant>

#include "lab/interface_counters.h"
#include "lab/process.h"
#include "lab/vm/guest_command.h"

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

/// The guest's own, of its only port.
Result<InterfaceCounters> read_guest(const std::filesystem::path& guest, const std::string& port) {
  constexpr std::array kNames{"rx_packets", "rx_bytes", "rx_dropped", "tx_packets", "tx_bytes", "tx_dropped"};
  std::vector<std::string> argv{"cat"};
  for (const char* name : kNames) argv.push_back(fmt::format("/sys/class/net/{}/statistics/{}", port, name));
  const auto output = run_in_guest(guest, std::move(argv), std::chrono::seconds(10));
  if (!output) return tl::unexpected(output.error());
  InterfaceCounters counters;
  std::istringstream values(output->out);
  values >> counters.rx_packets >> counters.rx_bytes >> counters.rx_dropped >> counters.tx_packets >>
      counters.tx_bytes >> counters.tx_dropped;
  if (!values) return fail(fmt::format("the virtual machine says nothing of its port {}: {}", port, output->err));
  return counters;
}

}  // namespace

Result<report::NodeResult> read_counters(const Layout& layout, const model::Plan& plan, std::size_t index) {
  const model::Node& node = plan.nodes[index];
  if (const Place place = layout.place(index); !place.guest.empty()) {
    auto counters = read_guest(place.guest, node.ports[0].name);
    if (!counters) return tl::unexpected(counters.error());
    report::NodeResult result;
    result.ports[node.ports[0].name] = to_counters(*counters);
    return result;
  }
  auto interfaces = read_interfaces(layout.netns(index));
  if (!interfaces) return tl::unexpected(interfaces.error());
  report::NodeResult result;
  for (std::size_t p = 0; p < node.ports.size(); ++p)
    result.ports[node.ports[p].name] = to_counters((*interfaces)[layout.interface({index, p})]);
  const auto* core = std::get_if<model::CoreNode>(&node.role);
  if (core != nullptr && core->kind == model::CoreNode::Kind::kSegment)
    if (auto read = read_bridge(layout, plan, index, result); !read) return tl::unexpected(read.error());
  return result;
}

}  // namespace lisper::lab
