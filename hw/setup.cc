#include "hw/setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <variant>

namespace lisper::hw {

namespace {

/// "0000:01:00.0", whatever arguments follow.
bool is_pci(const std::string& devargs) {
  return devargs.size() >= 7 && std::isxdigit(static_cast<unsigned char>(devargs[0])) != 0 &&
         devargs.find(':') != std::string::npos && devargs.rfind("net_", 0) != 0;
}

std::string names_of(const model::Node& node) {
  std::string names;
  for (const model::Port& port : node.ports) names += (names.empty() ? "" : ", ") + port.name;
  return names;
}

}  // namespace

const model::CoreNode* find_core_node(const model::Plan& plan, const std::string& name) {
  const auto node = std::ranges::find(plan.nodes, name, &model::Node::name);
  return node == plan.nodes.end() ? nullptr : std::get_if<model::CoreNode>(&node->role);
}

Result<std::map<std::string, std::string>> choose_devices(const model::Node& node,
                                                          const std::map<std::string, std::string>& bound) {
  const auto& config = std::get<model::CoreNode>(node.role).config;
  std::map<std::string, std::string> devices;
  std::string missing;
  for (std::size_t i = 0; i < config.ports.size(); ++i) {
    const std::string& name = config.ports[i].name;
    if (const auto it = bound.find(name); it != bound.end()) {
      devices.insert(*it);
    } else if (!node.ports[i].pci.empty()) {
      devices.emplace(name, node.ports[i].pci);
    } else {
      missing += fmt::format(" --bind {}=...", name);
    }
  }
  for (const auto& [name, device] : bound)
    if (!devices.contains(name))
      return fail(fmt::format("--bind {}={}: {} has no such port; it has {}", name, device, node.name, names_of(node)));
  if (!missing.empty())
    return fail(fmt::format("the scenario gives no pci address for some ports of {}; say what is under them:{}",
                            node.name, missing));
  return devices;
}

Result<EalOptions> choose_environment(const CommandLine& line, const model::CoreNode& node,
                                      const std::map<std::string, std::string>& devices, const NodeOptions& options) {
  EalOptions eal;
  for (const auto& [port, device] : devices)
    if (is_pci(device)) eal.pci.push_back(device);
  eal.huge_pages = !line.no_huge && (has_huge_pages() || !eal.pci.empty());
  if (!line.no_huge && !has_huge_pages() && !eal.pci.empty())
    return fail(
        fmt::format("{} needs huge pages, and none is free: echo 512 > /proc/sys/vm/nr_hugepages; see "
                    "lisper-hw doctor",
                    eal.pci.front()));
  eal.memory = Node::memory(node, options);
  eal.verbose = line.verbose;
  eal.extra = line.eal;
  const std::vector<unsigned> usable = usable_cpus();
  for (const unsigned cpu : line.cpus)
    if (std::ranges::find(usable, cpu) == usable.end())
      return fail(fmt::format("--cpus: CPU {} is not one that this process may use", cpu));
  eal.control_cpus = usable;
  for (unsigned w = 0; w < options.workers; ++w) {
    if (!line.cpus.empty()) {
      eal.worker_cpus.push_back({line.cpus[w]});
    } else if (line.idle == Idle::kSleep) {
      eal.worker_cpus.push_back(usable);  // who sleeps needs no CPU of its own
    } else {
      // The first one is everybody's.
      const std::size_t first = usable.size() > options.workers ? 1 : 0;
      eal.worker_cpus.push_back({usable[(first + w) % usable.size()]});
    }
  }
  return eal;
}

}  // namespace lisper::hw
