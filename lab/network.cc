#include "lab/network.h"

#include <fmt/format.h>

#include "lab/interface_counters.h"
#include "lab/netns.h"
#include "lab/node_setup.h"
#include "lab/parallel.h"
#include "lab/process.h"

namespace lisper::lab {

Network::Tally& Network::Tally::operator+=(const Tally& other) {
  packets += other.packets;
  bytes += other.bytes;
  queue_full += other.queue_full;
  loss += other.loss;
  return *this;
}

Network::Tally Network::Tally::operator-(const Tally& other) const {
  return {packets - other.packets, bytes - other.bytes, queue_full - other.queue_full, loss - other.loss};
}

Network::Network(const Layout& layout, const model::Plan& plan) : layout_(layout), plan_(plan) {
  for (const model::Link& link : plan.links) links_.push_back({link.ends, link.up, {}, {}});
}

Result<void> Network::ip(const std::string& commands) const {
  auto done = must_run({"ip", "-n", layout_.panel(), "-batch", "-"}, {}, commands);
  if (!done) return tl::unexpected(done.error());
  return {};
}

Result<void> Network::tc(const std::string& commands) const {
  auto done = must_run({"tc", "-batch", "-"}, layout_.panel(), commands);
  if (!done) return tl::unexpected(done.error());
  return {};
}

Result<void> Network::build() {
  if (auto added = add_netns(layout_.all_netns()); !added) return added;
  abilities_ = probe_shaping(layout_.panel());
  if (auto silent = silence_kernel(layout_.panel()); !silent) return silent;
  const std::size_t nodes = plan_.nodes.size();
  if (auto done = parallel(nodes, [&](std::size_t i) { return prepare_kernel(layout_, plan_, i); }); !done) return done;
  if (auto done = ip(veth_commands()); !done) return done;
  if (auto done = switch_offloads_off(layout_.panel()); !done) return done;

  std::string plugging;
  std::string states;
  for (std::size_t i = 0; i < links_.size(); ++i) {
    plugging += plug_commands(i);
    states += state_commands(i, links_[i].up);
  }
  if (auto done = tc(plugging); !done) return done;
  if (auto done = parallel(nodes, [&](std::size_t i) { return configure_node(layout_, plan_, i); }); !done) return done;
  return ip(states);
}

std::string Network::veth_commands() const {
  std::string text;
  for (std::size_t n = 0; n < plan_.nodes.size(); ++n)
    for (std::size_t p = 0; p < plan_.nodes[n].ports.size(); ++p)
      text += fmt::format("link add name {} type veth peer name {} netns {}\n", layout_.socket({n, p}),
                          layout_.interface({n, p}), layout_.netns(n));
  // Frames are refused where they would enter a link that they are too big for.
  for (const model::Link& link : plan_.links)
    for (const model::PortRef& end : link.ends)
      text += fmt::format("link set dev {} mtu {}\n", layout_.socket(end), link.mtu);
  return text;
}

std::string Network::plug_commands(std::size_t index) const {
  const Link& link = links_[index];
  std::string text;
  for (std::size_t end = 0; end < 2; ++end) {
    const std::string here = layout_.socket(link.ends[end]);
    const std::string there = layout_.socket(link.ends[1 - end]);
    text += fmt::format(
        "qdisc add dev {0} clsact\n"
        "filter add dev {0} ingress protocol all pref 1 u32 match u32 0 0 action mirred egress redirect dev {1}\n",
        here, there);
    // What leaves the socket of one end has come from the other.
    text += shaping_commands(here, plan_.links[index].directions[1 - end], abilities_);
  }
  return text;
}

std::string Network::state_commands(std::size_t index, bool up) const {
  std::string text;
  for (const model::PortRef& end : links_[index].ends)
    text += fmt::format("link set dev {} {}\n", layout_.socket(end), up ? "up" : "down");
  return text;
}

Result<void> Network::set_up(std::size_t link, bool up) {
  links_[link].up = up;
  return ip(state_commands(link, up));
}

Result<void> Network::move(std::size_t index, model::PortRef to) {
  Link& link = links_[index];
  if (auto done = ip(state_commands(index, false)); !done) return done;
  const auto at_end = tallies();
  if (!at_end) return tl::unexpected(at_end.error());
  for (std::size_t i = 0; i < 2; ++i) link.before[i] = carried(*at_end, link, i);

  std::string unplugging;
  const bool shaped[] = {!shaping_commands("", plan_.links[index].directions[1], abilities_).empty(),
                         !shaping_commands("", plan_.links[index].directions[0], abilities_).empty()};
  for (std::size_t end = 0; end < 2; ++end) {
    const std::string socket = layout_.socket(link.ends[end]);
    unplugging += fmt::format("qdisc del dev {} clsact\n", socket);
    if (shaped[end]) unplugging += fmt::format("qdisc del dev {} root\n", socket);
  }
  if (auto done = tc(unplugging); !done) return done;
  link.ends[1] = to;
  if (auto done = tc(plug_commands(index)); !done) return done;
  if (auto done = ip(fmt::format("link set dev {} mtu {}\n", layout_.socket(to), plan_.links[index].mtu)); !done)
    return done;
  const auto at_start = tallies();
  if (!at_start) return tl::unexpected(at_start.error());
  for (std::size_t i = 0; i < 2; ++i) link.since[i] = at_start->find(layout_.socket(link.ends[1 - i]))->second;
  return ip(state_commands(index, link.up));
}

/// The kernel is a member of the multicast addresses that it has by "autojoin", and speaks IGMP and MLD.
Result<void> Network::set_membership(const model::Event& event) const {
  const bool join = event.kind == model::Event::Kind::kJoin;
  const Place place = layout_.place(event.to.node);
  if (!place.guest.empty()) return fail(event.text + ": virtual machines have no such event");
  std::vector<std::string> command{"ip", "-n", place.netns, "address", join ? "add" : "del"};
  command.push_back(fmt::format("{}/{}", to_string(event.group), event.group.is_v4() ? 32 : 128));
  command.insert(command.end(), {"dev", layout_.interface(event.to)});
  if (join) command.emplace_back("autojoin");
  auto done = must_run(command);
  if (!done) return tl::unexpected(done.error());
  return {};
}

Result<void> Network::apply(const model::Event& event) {
  switch (event.kind) {
    case model::Event::Kind::kLinkDown:
      return set_up(event.link, false);
    case model::Event::Kind::kLinkUp:
      return set_up(event.link, true);
    case model::Event::Kind::kMove:
      return move(event.link, event.to);
    case model::Event::Kind::kJoin:
    case model::Event::Kind::kLeave:
      return set_membership(event);
  }
  return {};
}

Result<Network::Tallies> Network::tallies() const {
  auto drops = read_shaping_drops(layout_.panel());
  if (!drops) return tl::unexpected(drops.error());
  const auto interfaces = read_interfaces(layout_.panel());
  if (!interfaces) return tl::unexpected(interfaces.error());
  Tallies tallies;
  for (const auto& [name, of] : *interfaces) tallies[name] = {of.tx_packets, of.tx_bytes, 0, 0};
  for (const auto& [name, of] : *drops) {
    tallies[name].queue_full = of.queue_full;
    tallies[name].loss = of.loss;
  }
  return tallies;
}

Network::Tally Network::carried(const Tallies& now, const Link& link, std::size_t direction) const {
  Tally sum = link.before[direction];
  const auto found = now.find(layout_.socket(link.ends[1 - direction]));
  if (found != now.end()) sum += found->second - link.since[direction];
  return sum;
}

Result<void> Network::reset_counters() {
  const auto now = tallies();
  if (!now) return tl::unexpected(now.error());
  for (Link& link : links_)
    for (std::size_t i = 0; i < 2; ++i) {
      link.before[i] = {};
      link.since[i] = now->find(layout_.socket(link.ends[1 - i]))->second;
    }
  return {};
}

Result<std::vector<std::array<std::uint64_t, 2>>> Network::read_bytes() const {
  const auto interfaces = read_interfaces(layout_.panel());
  if (!interfaces) return tl::unexpected(interfaces.error());
  Tallies now;
  for (const auto& [name, of] : *interfaces) now[name] = {of.tx_packets, of.tx_bytes, 0, 0};
  std::vector<std::array<std::uint64_t, 2>> bytes;
  for (const Link& link : links_) bytes.push_back({carried(now, link, 0).bytes, carried(now, link, 1).bytes});
  return bytes;
}

Result<std::vector<report::LinkResult>> Network::read() const {
  const auto now = tallies();
  if (!now) return tl::unexpected(now.error());
  std::vector<report::LinkResult> results;
  for (std::size_t l = 0; l < links_.size(); ++l) {
    const model::Link& plan = plan_.links[l];
    report::LinkResult result{
        plan.name, plan_.nodes[plan.ends[0].node].name, plan_.nodes[plan.ends[1].node].name, {}, links_[l].up};
    for (std::size_t i = 0; i < 2; ++i) {
      const Tally tally = carried(*now, links_[l], i);
      report::LinkDirectionResult& direction = result.directions[i];
      direction.packets = tally.packets;
      direction.bytes = tally.bytes;
      direction.rate_bps = plan.directions[i].rate_bps;
      if (tally.queue_full != 0) direction.drops["queue_full"] = tally.queue_full;
      if (tally.loss != 0) direction.drops["loss"] = tally.loss;
    }
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace lisper::lab
