#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "model/resolver.h"

namespace lisper::model {
namespace {

class EventBuilder {
 public:
  explicit EventBuilder(Resolver& resolver) : resolver_(resolver), problems_(resolver.problems) {}

  void build() {
    for (const EventSpec& spec : resolver_.scenario.events) add(spec);
    std::ranges::stable_sort(events_, {}, [](const auto& event) { return event.first.at; });
    check_moves();
    for (auto& [event, spec] : events_) resolver_.plan.events.push_back(std::move(event));
  }

 private:
  void add(const EventSpec& spec) {
    if (spec.link_down.has_value() + spec.link_up.has_value() + spec.move.has_value() + spec.join.has_value() +
            spec.leave.has_value() !=
        1)
      return problems_.error(spec.at,
                             "an event has one of \"link_down\", \"link_up\", \"move\", \"join\" and \"leave\"");
    if (spec.to.has_value() != spec.move.has_value())
      return problems_.error(spec.at, "\"move\", and only that, needs \"to\"");
    if (spec.group.has_value() != (spec.join || spec.leave))
      return problems_.error(spec.at, "\"join\" and \"leave\", and only they, need \"group\"");
    if (spec.time > resolver_.plan.end)
      problems_.warning(spec.at, fmt::format("happens at {}, after the end at {}", to_string(spec.time),
                                             to_string(resolver_.plan.end)));
    if (spec.move) return add_move(spec);
    if (spec.group) return add_membership(spec);
    const Name& name = spec.link_down ? *spec.link_down : *spec.link_up;
    const auto link = resolver_.find_link(name);
    if (!link) return;
    Event event;
    event.kind = spec.link_down ? Event::Kind::kLinkDown : Event::Kind::kLinkUp;
    event.at = spec.time;
    event.link = *link;
    event.text = fmt::format("{} goes {}", resolver_.plan.links[*link].name, spec.link_down ? "down" : "up");
    events_.emplace_back(std::move(event), &spec);
  }

  void add_membership(const EventSpec& spec) {
    const Name& name = spec.join ? *spec.join : *spec.leave;
    const IpAddress& group = spec.group->value;
    const bool multicast = group.is_v4() ? group.v4().octets[0] >> 4 == 14 : group.v6().is_multicast();
    if (!multicast) problems_.error(spec.group->at, fmt::format("{} is not a multicast group", to_string(group)));
    const auto host = resolver_.find_host(name);
    if (!host || !multicast) return;
    Event event;
    event.kind = spec.join ? Event::Kind::kJoin : Event::Kind::kLeave;
    event.at = spec.time;
    event.to = {*host, 0};
    event.group = group;
    event.text = fmt::format("{} {} {}", name.value, spec.join ? "joins" : "leaves", to_string(group));
    events_.emplace_back(std::move(event), &spec);
  }

  void add_move(const EventSpec& spec) {
    const auto host = resolver_.find_host(*spec.move);
    const auto to = resolver_.find_port(*spec.to);
    if (!host || !to) return;
    std::vector<std::size_t> links;
    for (const auto& [port, link] : resolver_.link_at)
      if (port.node == *host) links.push_back(link);
    if (links.size() != 1)
      return problems_.error(spec.move->at, fmt::format("a node that moves has one link, but \"{}\" has {}",
                                                        spec.move->value, links.size()));
    // A move replaces the far end, ends[1], so the host has to be the near one.
    Link& link = resolver_.plan.links[links.front()];
    if (link.ends[0].node != *host) {
      if (moving_.contains(links.front()))
        return problems_.error(spec.move->at, fmt::format("both ends of link \"{}\" move", link.name));
      std::swap(link.ends[0], link.ends[1]);
      std::swap(link.directions[0], link.directions[1]);
    }
    moving_.insert(links.front());
    Event event;
    event.kind = Event::Kind::kMove;
    event.at = spec.time;
    event.link = links.front();
    event.to = *to;
    event.text = fmt::format("{} moves to {}", spec.move->value, spec.to->value);
    events_.emplace_back(std::move(event), &spec);
  }

  /// A port is an end of one link at a time.
  void check_moves() {
    std::map<PortRef, std::size_t> occupied = resolver_.link_at;
    std::map<std::size_t, PortRef> far_end;
    for (const auto& [event, spec] : events_) {
      if (event.kind != Event::Kind::kMove) continue;
      const auto [end, first] = far_end.emplace(event.link, resolver_.plan.links[event.link].ends[1]);
      occupied.erase(end->second);
      const auto [other, free] = occupied.emplace(event.to, event.link);
      if (!free)
        problems_.error(spec->to->at, fmt::format("port \"{}\" is an end of link \"{}\" at {}", spec->to->value,
                                                  resolver_.plan.links[other->second].name, to_string(event.at)));
      end->second = event.to;
    }
  }

  Resolver& resolver_;
  Problems& problems_;
  std::vector<std::pair<Event, const EventSpec*>> events_;
  std::set<std::size_t> moving_;  ///< links
};

}  // namespace

void resolve_events(Resolver& resolver) { EventBuilder(resolver).build(); }

}  // namespace lisper::model
