#include "lab/machine.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <variant>

namespace lisper::lab {

namespace {

namespace fs = std::filesystem;

bool in_path(const char* program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');)
    if (access((fs::path(folder) / program).c_str(), X_OK) == 0) return true;
  return false;
}

bool has_flow(const model::Plan& plan, std::initializer_list<model::FlowKind> kinds) {
  return std::ranges::any_of(
      plan.flows, [&](const model::Flow& flow) { return std::ranges::find(kinds, flow.kind) != kinds.end(); });
}

/// In a thread that has nothing else to do afterwards.
int try_namespace() {
  int error = 0;
  std::thread([&] { error = unshare(CLONE_NEWNET) == 0 ? 0 : errno; }).join();
  return error;
}

std::size_t read_number(const char* file) {
  std::size_t number = 0;
  std::ifstream(file) >> number;
  return number;
}

/// For the frames of each LISPER, and what DPDK takes.
Result<void> check_huge_pages(const model::Plan& plan) {
  constexpr std::size_t kPages = 32;  // of 2 MB a LISPER
  const auto is_lisper = [](const model::Node& node) {
    const auto* core = std::get_if<model::CoreNode>(&node.role);
    return core != nullptr && core->kind == model::CoreNode::Kind::kLisper;
  };
  const std::size_t needed = kPages * static_cast<std::size_t>(std::ranges::count_if(plan.nodes, is_lisper));
  const std::size_t free = read_number("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages");
  if (free >= needed) return {};
  const std::size_t all = read_number("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");
  return fail(fmt::format(
      "modelled cards need {} huge pages of 2 MB, and {} are free; try: echo {} > /proc/sys/vm/nr_hugepages", needed,
      free, all - free + needed));
}

}  // namespace

Result<void> check_machine(const model::Plan& plan, Nic nic) {
  using model::FlowKind;
  if (geteuid() != 0) return fail("network namespaces are made by root only; try sudo");
  if (const int error = try_namespace(); error != 0)
    return fail(fmt::format("this machine refuses network namespaces: {}", std::strerror(error)));
  struct Need {
    const char* program;
    const char* package;
    bool needed;
  };
  const Need needs[] = {
      {"ip", "iproute2", true},
      {"tc", "iproute2", true},
      {"ping", "iputils-ping", has_flow(plan, {FlowKind::kPing})},
      {"iperf3", "iperf3", has_flow(plan, {FlowKind::kUdpConstant, FlowKind::kUdpPoisson, FlowKind::kTcpBulk})},
      {"tcpreplay", "tcpreplay", has_flow(plan, {FlowKind::kReplay})},
  };
  for (const Need& need : needs)
    if (need.needed && !in_path(need.program))
      return fail(fmt::format("{} is not installed; try: apt-get install {}", need.program, need.package));
  return nic == Nic::k82599 ? check_huge_pages(plan) : Result<void>();
}

std::vector<std::string> differences(const model::Plan& plan, ShapingAbilities abilities) {
  std::vector<std::string> list;
  TimeNs longest{};
  for (const model::Link& link : plan.links)
    for (const model::LinkDirection& direction : link.directions) longest = std::max(longest, direction.delay);
  if (!abilities.delay && longest > TimeNs{})
    list.push_back(
        fmt::format("links have no delay of their own here, the longest would be {} us: this kernel has no "
                    "netem (module sch_netem)",
                    static_cast<double>(longest.ns) / 1e3));
  if (has_flow(plan, {model::FlowKind::kUdpPoisson}))
    list.push_back("iperf3 knows no Poisson traffic: such flows have their mean rate at equal intervals");
  if (plan.controller.node)
    list.push_back("the controller speaks over sockets of this machine, not over the network from its node");
  return list;
}

}  // namespace lisper::lab
