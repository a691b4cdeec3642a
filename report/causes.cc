#include "report/causes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace lisper::report {
namespace {

constexpr std::string_view kBroadcast = "ff:ff:ff:ff:ff:ff";

enum class Rank { kDrop, kLinkDown, kController, kUnknownDestination, kRoutine };

struct Cause {
  Rank rank;
  std::uint64_t weight;  ///< packets or messages
  std::string text;
};

std::optional<Reason> find_reason(std::string_view name) {
  const auto found = std::ranges::find(kReasonTexts, name, &ReasonText::name);
  if (found == kReasonTexts.end()) return std::nullopt;
  return static_cast<Reason>(found - kReasonTexts.begin());
}

/// Punted packets are forwarded as well.
bool is_drop(Reason reason) { return reason != Reason::kNone && !text(reason).name.starts_with("punt_"); }

std::string_view link_drop_help(std::string_view name) {
  if (name == "queue_full") return "queue_full (more frames than the link's rate and queue take)";
  if (name == "loss") return "loss (the link's configured loss)";
  if (name == "down") return "down (the link had no carrier)";
  if (name == "too_big") return "too_big (larger than the link's MTU)";
  return name;
}

std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

void add_ports(const NodeResult& node, std::vector<Cause>& out) {
  for (const auto& [port, counters] : node.ports)
    for (const auto& [name, count] : counters) {
      const auto reason = find_reason(name);
      if (!reason || !is_drop(*reason) || count == 0) continue;
      out.push_back(
          {is_routine(*reason) ? Rank::kRoutine : Rank::kDrop, count,
           fmt::format("{} port {} dropped {}: {}", node.name, port, plural(count, "packet"), reason_text(name))});
    }
}

void add_networks(const NodeResult& node, std::vector<Cause>& out) {
  for (const auto& [iid, counters] : node.networks) {
    const auto found = counters.find(std::string(text(Reason::kPuntUnknownDestination).name));
    if (found == counters.end() || found->second == 0) continue;
    out.push_back({Rank::kUnknownDestination, found->second,
                   fmt::format("{} had no map-cache entry in IID {} for the destination of {}", node.name, iid,
                               plural(found->second, "packet"))});
  }
}

void add_control(const NodeResult& node, std::vector<Cause>& out) {
  struct Trouble {
    std::string_view counter;
    std::string_view verb;
    std::string_view noun;
    std::string_view help;
  };
  static constexpr std::array<Trouble, 5> kTroubles{{
      {"malformed", "rejected", "controller message", "not JSON, or fields of the wrong shape"},
      {"ignored", "skipped", "controller message", "understood, but not for an L2 data plane"},
      {"unknown_rloc", "skipped", "locator", "not among its configured lispers"},
      {"unknown_iid", "refused", "mapping", "the IID is not configured there"},
      {"table_full", "refused", "MAC", "max_macs are in use"},
  }};
  for (const auto& [counter, verb, noun, help] : kTroubles) {
    const auto found = node.control.find(std::string(counter));
    if (found == node.control.end() || found->second == 0) continue;
    out.push_back({Rank::kController, found->second,
                   fmt::format("{} {} {}: {} ({})", node.name, verb, plural(found->second, noun), counter, help)});
  }
}

/// The LISPER of this name, if it listens to a controller that is there.
const model::CoreNode* controlled(const model::Plan& plan, const NodeResult& node) {
  if (!plan.controller.present) return nullptr;
  const auto found = std::ranges::find(plan.nodes, node.name, &model::Node::name);
  if (found == plan.nodes.end()) return nullptr;
  const auto* core = std::get_if<model::CoreNode>(&found->role);
  return core && !core->control_sock.empty() ? core : nullptr;
}

void add_silence(const model::Plan& plan, const NodeResult& node, std::vector<Cause>& out) {
  const auto messages = node.control.find("messages");
  if (controlled(plan, node) && (messages == node.control.end() || messages->second == 0))
    out.push_back({Rank::kController, 0, fmt::format("{} received no message from the controller", node.name)});
}

void add_link(const LinkResult& link, std::vector<Cause>& out) {
  std::uint64_t lost_down = 0;
  for (std::size_t i = 0; i < 2; ++i)
    for (const auto& [name, count] : link.directions[i].drops) {
      if (count == 0) continue;
      if (name == "down") lost_down += count;
      out.push_back({Rank::kDrop, count,
                     fmt::format("link {} dropped {} from {}: {}", link.name, plural(count, "frame"),
                                 i == 0 ? link.from : link.to, link_drop_help(name))});
    }
  if (!link.up && lost_down == 0)
    out.push_back({Rank::kLinkDown, 0, fmt::format("link {} is down at the end", link.name)});
}

bool is_local(std::string_view leads_to) {
  return leads_to.starts_with("interface ") || leads_to.starts_with("tunnel ");
}

const TableRow* find_last(const NodeResult& node, std::uint32_t iid, std::string_view mac) {
  const TableRow* last = nullptr;
  for (const TableRow& row : node.fib)
    if (row.iid == iid && row.mac == mac && (!last || row.at_ns >= last->at_ns)) last = &row;
  return last;
}

bool tells_broadcast(const model::Plan& plan, std::size_t node, std::uint32_t iid) {
  return std::ranges::any_of(plan.controller.actions, [&](const model::ControllerAction& action) {
    return action.kind == model::ControllerAction::Kind::kRaw ||
           (action.kind == model::ControllerAction::Kind::kSet && action.mapping.replicate &&
            action.mapping.iid.value == iid &&
            (action.to.empty() || std::ranges::find(action.to, node) != action.to.end()));
  });
}

/// One LISPER that has the source at a local location of an IID: does it know the way on?
void add_way(const model::Plan& plan, const NodeResult& node, std::uint32_t iid, const std::set<std::string>& macs,
             std::vector<std::string>& out) {
  const auto good = [](const TableRow* row) {
    return row && row->leads_to != "nothing" && row->leads_to != "no locator";
  };
  // A destination with several ports is reachable if any of them is known.
  const TableRow* way = nullptr;
  for (const std::string& mac : macs)
    if (const TableRow* row = find_last(node, iid, mac); row && !good(way)) way = row;
  if (!way || way->leads_to == "nothing")
    out.push_back(fmt::format("{} has no map-cache entry for {} in IID {}", node.name, fmt::join(macs, ", "), iid));
  else if (way->leads_to == "no locator")
    out.push_back(fmt::format("{} has no usable locator for {} in IID {}", node.name, way->mac, iid));
  const bool local = way && is_local(way->leads_to);
  const auto* core = controlled(plan, node);
  if (local || !core || core->config.lispers.empty() || plan.controller.follow_hosts) return;
  const auto index = std::ranges::find(plan.nodes, node.name, &model::Node::name) - plan.nodes.begin();
  if (!tells_broadcast(plan, static_cast<std::size_t>(index), iid))
    out.push_back(fmt::format("no mapping tells {} where broadcasts ({}) of IID {} go, so ARP stays local", node.name,
                              kBroadcast, iid));
}

std::set<std::string> macs_of(const model::Node& node) {
  std::set<std::string> macs;
  for (const model::Port& port : node.ports) macs.insert(mac_text(port.mac));
  return macs;
}

}  // namespace

bool is_routine(Reason reason) noexcept {
  return reason == Reason::kSplitHorizon || reason == Reason::kSameLocation || reason == Reason::kNoReceiver ||
         reason == Reason::kFragmentHeld || reason == Reason::kNotTunnel || reason == Reason::kAnsweredHere;
}

std::string mac_text(const MacAddress& mac) { return fmt::format("{:02x}", fmt::join(mac.octets, ":")); }

std::string reason_text(std::string_view name) {
  const auto reason = find_reason(name);
  if (!reason) return std::string(name);
  const auto& [_, help, clause] = text(*reason);
  return clause.empty() ? fmt::format("{} ({})", name, help) : fmt::format("{} ({}, {})", name, help, clause);
}

std::vector<std::string> causes(const model::Plan& plan, const RunResult& result) {
  std::vector<Cause> found;
  for (const NodeResult& node : result.nodes) {
    add_ports(node, found);
    add_networks(node, found);
    add_control(node, found);
    add_silence(plan, node, found);
  }
  for (const LinkResult& link : result.links) add_link(link, found);
  std::ranges::stable_sort(
      found, [](const Cause& a, const Cause& b) { return a.rank != b.rank ? a.rank < b.rank : a.weight > b.weight; });
  std::vector<std::string> texts;
  for (Cause& cause : found) texts.push_back(std::move(cause.text));
  return texts;
}

std::vector<std::string> path_causes(const model::Plan& plan, const RunResult& result, std::size_t from,
                                     std::size_t to) {
  const std::set<std::string> sources = macs_of(plan.nodes[from]);
  const std::set<std::string> destinations = macs_of(plan.nodes[to]);
  std::vector<std::string> out;
  for (const NodeResult& node : result.nodes) {
    // Segments and the endpoints under Apps have no map-cache: they flood what they do not know.
    if (!controlled(plan, node)) continue;
    std::set<std::uint32_t> iids;
    for (const TableRow& row : node.fib)
      if (sources.contains(row.mac) && is_local(row.leads_to)) iids.insert(row.iid);
    for (const std::uint32_t iid : iids) add_way(plan, node, iid, destinations, out);
  }
  return out;
}

}  // namespace lisper::report
