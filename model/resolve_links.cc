#include <fmt/core.h>

#include "model/resolver.h"

namespace lisper::model {
namespace {

/// What `spec` says, and for the rest `base`.
LinkDirection direction(const DirectionSpec& spec, const LinkDirection& base) {
  LinkDirection result;
  result.rate_bps = spec.rate.value_or(base.rate_bps);
  result.delay = spec.delay.value_or(base.delay);
  result.queue = spec.queue.value_or(base.queue);
  result.loss = spec.loss.value_or(base.loss);
  return result;
}

void plug_in(Resolver& resolver, const Link& link, std::size_t end, const Name& endpoint) {
  const auto [taken, free] = resolver.link_at.emplace(link.ends[end], resolver.plan.links.size());
  if (!free)
    resolver.problems.error(endpoint.at, fmt::format("port \"{}\" is an end of link \"{}\" already", endpoint.value,
                                                     resolver.plan.links[taken->second].name));
}

void resolve_link(Resolver& resolver, const LinkSpec& spec) {
  const LinkDefaultsSpec& defaults = resolver.scenario.link_defaults;
  if (spec.endpoints.size() != 2)
    return resolver.problems.error(spec.at, fmt::format("a link has two endpoints, not {}", spec.endpoints.size()));
  const Name& a = spec.endpoints[0];
  const Name& b = spec.endpoints[1];
  const auto port_a = resolver.find_port(a);
  const auto port_b = resolver.find_port(b);
  if (!port_a || !port_b) return;
  if (port_a->node == port_b->node)
    return resolver.problems.error(spec.at,
                                   fmt::format("both endpoints are of \"{}\"", resolver.plan.nodes[port_a->node].name));

  Link link;
  link.name = spec.name ? spec.name->value : fmt::format("{} - {}", a.value, b.value);
  link.ends = {*port_a, *port_b};
  link.directions[0] = direction(spec, direction(defaults, {}));
  link.directions[1] = spec.reverse ? direction(*spec.reverse, link.directions[0]) : link.directions[0];
  link.mtu = spec.mtu.value_or(defaults.mtu.value_or(link.mtu));
  link.up = spec.up;
  plug_in(resolver, link, 0, a);
  plug_in(resolver, link, 1, b);
  for (std::size_t end = 0; end < 2; ++end)
    if (const Port& port = resolver.plan.nodes[link.ends[end].node].ports[link.ends[end].port]; port.mtu > link.mtu)
      resolver.problems.warning(spec.endpoints[end].at,
                                fmt::format("port \"{}\" has an mtu of {}, but the link of {}: larger packets are lost",
                                            spec.endpoints[end].value, port.mtu, link.mtu));
  if (!resolver.links.emplace(link.name, resolver.plan.links.size()).second)
    resolver.problems.error(spec.name ? spec.name->at : spec.at,
                            fmt::format("link \"{}\" is defined twice", link.name));
  resolver.plan.links.push_back(std::move(link));
}

}  // namespace

void resolve_links(Resolver& resolver) {
  for (const LinkSpec& spec : resolver.scenario.links) resolve_link(resolver, spec);
}

}  // namespace lisper::model
