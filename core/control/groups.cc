#include "core/control/groups.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lisper {
namespace {

constexpr TimeNs kStartupQueryInterval{kQueryInterval.ns / 4};  // RFC 3376 8.6
constexpr TimeNs kMaxResponse = seconds(2);                     // a site is small, and learning is soon over
constexpr TimeNs kLearning = seconds(3);
/// Two queries a second apart, a second for the answer, and the way between LISPERs.
constexpr TimeNs kLastMemberTime = seconds(3);
constexpr TimeNs kRouterTime = kOtherQuerierInterval;
constexpr TimeNs kExpiryInterval = milliseconds(100);
constexpr std::size_t kMaxLastMemberQueries = 1024;

constexpr std::array kFamilies = {false, true};

}  // namespace

Groups::Groups(const LisperConfig& config, const Tables& tables, MacTable& macs, ReplicationLists& lists,
               ControlCounters& counters)
    : config_(config), tables_(tables), macs_(macs), lists_(lists), counters_(counters) {
  for (const NetworkPolicy& policy : config.policies)
    if (const auto id = tables.network_of(policy.iid); id && policy.multicast == Multicast::kSnoop)
      networks_[*id].flood = tables.local_locations(*id);
}

void Groups::start(TimeNs now, Outbox& out) {
  for (auto& [id, network] : networks_) {
    for (const LocationId location : network.flood) make_acquaintance(id, network, location, now, out);
    for (Querier& querier : network.queriers) querier.next = now + kStartupQueryInterval;
    put(id, network, now, out);
  }
}

void Groups::on_frame(NetworkId id, LocationId from, Bytes frame, TimeNs now, Outbox& out) {
  const auto known = networks_.find(id);
  if (known == networks_.end()) return;
  Network& network = known->second;
  const auto message = read_group_message(frame);
  if (!message) {
    ++counters_.group_malformed;
    return;
  }
  ++counters_.group_messages;
  Querier& querier = network.queriers[message->ipv6 ? 1 : 0];
  if (message->from_router) {
    if (message->kind == GroupMessage::Kind::kQuery) {
      querier.silent_until = now + kOtherQuerierInterval;
      querier.membership_interval = message->membership_interval;
    }
    network.table.add_router(from, now + kRouterTime);
    next_end_ = std::min(next_end_, now + kRouterTime);
  }
  const TimeNs until = now + querier.membership_interval;
  for (const GroupMessage::Record& record : message->records) {
    if (!record.wanted) {
      leave(id, network, record.group, from, now, out);
    } else if (!network.table.join(record.group, from, now, until)) {
      ++counters_.groups_crowded;
      network.table.add_router(from, until);
    }
    next_end_ = std::min(next_end_, until);
  }
  put(id, network, now, out);
}

/// RFC 3376 6.4.2. Other LISPERs hear the leave as one of our whole site, so whoever is left at any place of it has to
/// speak up. A leave from a LISPER is for that LISPER to look into; it lets others' reports follow.
void Groups::leave(NetworkId id, Network& network, const IpAddress& group, LocationId from, TimeNs now, Outbox& out) {
  if (network.table.shorten(group, from, now + kLastMemberTime)) next_end_ = std::min(next_end_, now + kLastMemberTime);
  if (!is_local(from) || now < network.queriers[group.is_v4() ? 0 : 1].silent_until) return;
  for (const LocationId location : network.table.members(group))
    if (is_local(location)) ask_for_members({now + kLastMemberInterval, id, location, group}, out);
}

void Groups::ask_for_members(const LastMemberQuery& question, Outbox& out) {
  const auto asks_the_same = [&](const LastMemberQuery& other) { return other.asks_as(question); };
  if (std::ranges::any_of(last_member_queries_, asks_the_same)) return;
  query(question.network, question.location, !question.group.is_v4(), question.group, out);
  if (last_member_queries_.size() < kMaxLastMemberQueries) last_member_queries_.push_back(question);
}

void Groups::make_acquaintance(NetworkId id, Network& network, LocationId location, TimeNs now, Outbox& out) {
  network.table.add_router(location, now + kLearning);
  next_end_ = std::min(next_end_, now + kLearning);
  for (const bool ipv6 : kFamilies) query(id, location, ipv6, {}, out);
}

void Groups::on_new_host(NetworkId network, LocationId location, TimeNs now, Outbox& out) {
  if (snoops(network)) query_again(network, location, now, out);
}

void Groups::on_port_up(PortId port, TimeNs now, Outbox& out) {
  for (const auto& [id, network] : networks_)
    for (const LocationId location : tables_.local_locations(id))
      if (tables_.location(location).port == port) query_again(id, location, now, out);
}

void Groups::query_again(NetworkId network, LocationId location, TimeNs now, Outbox& out) {
  const auto [asked, is_new] = asked_.emplace(location, now);
  if (!is_new && now - asked->second < seconds(1)) return;
  asked->second = now;
  for (const bool ipv6 : kFamilies) query(network, location, ipv6, {}, out);
}

void Groups::query(NetworkId network, LocationId to, bool ipv6, const std::optional<IpAddress>& group, Outbox& out) {
  const Location& location = tables_.location(to);
  const InterfaceId interface = location.kind == LocationKind::kEthernet ? InterfaceId(location.index)
                                                                         : config_.exits[location.exit.value].interface;
  out.overlay_frames.push_back(
      {network, to, to,
       write_query(config_.interfaces[interface.value].mac, ipv6, group, group ? kLastMemberInterval : kMaxResponse)});
  ++counters_.group_queries_sent;
}

/// LISPERs ask their hosts themselves.
void Groups::query_all(NetworkId id, TimeNs now, Outbox& out) {
  Network& network = networks_.at(id);
  for (const bool ipv6 : kFamilies) {
    Querier& querier = network.queriers[ipv6 ? 1 : 0];
    if (now < querier.next) continue;
    querier.next = now + kQueryInterval;
    if (now < querier.silent_until) continue;
    for (const LocationId location : tables_.local_locations(id)) query(id, location, ipv6, {}, out);
  }
}

void Groups::set_flood_list(NetworkId id, std::vector<LocationId> locations, TimeNs now, Outbox& out) {
  Network& network = networks_.at(id);
  const std::vector<LocationId> before = std::exchange(network.flood, std::move(locations));
  for (const LocationId location : network.flood)
    if (std::ranges::find(before, location) == before.end()) make_acquaintance(id, network, location, now, out);
  network.flood_changed = true;
  put(id, network, now, out);
}

void Groups::set_mapped(FibKey group, std::vector<LocationId> lispers, Outbox& out) {
  Network& network = networks_.at(group.network());
  network.table.set_mapped(group.mac(), std::move(lispers));
  put(group.network(), network, {}, out);
}

void Groups::set_source(FibKey group, const MacAddress& source, std::vector<LocationId> lispers, Outbox& out) {
  Network& network = networks_.at(group.network());
  network.table.set_source(group.mac(), source, std::move(lispers));
  put(group.network(), network, {}, out);
}

void Groups::erase_source(FibKey group, const MacAddress& source, Outbox& out) {
  Network& network = networks_.at(group.network());
  network.table.set_source(group.mac(), source, std::nullopt);
  put(group.network(), network, {}, out);
}

void Groups::put(NetworkId id, Network& network, TimeNs now, Outbox& out) {
  std::set<MacAddress> changed = network.table.take_changed();
  const bool flood_changed = std::exchange(network.flood_changed, false);
  if (network.table.take_routers_changed() || flood_changed) {
    put_lists(id, network, out);
    for (const auto& [mac, receivers] : network.table.receivers()) changed.insert(mac);
  }
  for (const MacAddress& mac : changed) {
    put_entry(id, network, mac, now, out);
    put_sources(id, network, mac, out);
  }
  release_unused();
}

void Groups::put_lists(NetworkId id, Network& network, Outbox& out) {
  if (network.lists_owned) unused_.insert(unused_.end(), {network.unregistered, network.reports, network.queries});
  std::vector<LocationId> routers;
  std::set<LocationId> reports;
  for (const auto& [location, until] : network.table.routers()) {
    routers.push_back(location);
    reports.insert(location);
  }
  for (const LocationId location : network.flood)
    if (!is_local(location)) reports.insert(location);
  network.unregistered = lists_.acquire({std::move(routers)}, out);
  network.reports = lists_.acquire({{reports.begin(), reports.end()}}, out);
  network.queries = lists_.acquire({network.flood}, out);
  network.lists_owned = true;
  out.deltas.emplace_back(SetGroupLists{id, network.unregistered, network.reports, network.queries});
}

void Groups::put_entry(NetworkId id, Network& network, const MacAddress& mac, TimeNs now, Outbox& out) {
  const FibKey key(id, mac);
  std::set<LocationId> receivers = network.table.members(mac);
  const auto old = network.entries.find(mac);
  if (old != network.entries.end()) unused_.push_back(old->second);
  if (receivers.empty()) {
    if (old == network.entries.end()) return;
    network.entries.erase(old);
    return macs_.erase_group(key, out);
  }
  for (const auto& [location, until] : network.table.routers()) receivers.insert(location);
  const ReplicationListId list = lists_.acquire({{receivers.begin(), receivers.end()}}, out);
  if (macs_.set_group(key, {FibKind::kReplicate, list.value}, out)) {
    network.entries[mac] = list;
    return;
  }
  // Without an entry, the group reaches its receivers only as it reaches routers.
  ++counters_.table_full;
  unused_.push_back(list);
  for (const LocationId location : receivers) network.table.add_router(location, now + kMembershipInterval);
  next_end_ = std::min(next_end_, now + kMembershipInterval);
  if (network.table.take_routers_changed()) put_lists(id, network, out);
}

/// An entry for one source is nothing that the controller is told of in statistics: it has no SourceEntryId.
void Groups::put_sources(NetworkId id, Network& network, const MacAddress& mac, Outbox& out) {
  auto receivers = network.table.members_by_source(mac);
  for (auto old = network.sources.lower_bound({mac, {}}); old != network.sources.end() && old->first.first == mac;) {
    unused_.push_back(old->second);
    const MacAddress source = old->first.second;
    old = network.sources.erase(old);
    if (!receivers.contains(source)) out.deltas.emplace_back(EraseSourceEntry{id, source, mac});
  }
  for (auto& [source, locations] : receivers) {
    for (const auto& [location, until] : network.table.routers()) locations.insert(location);
    const ReplicationListId list = lists_.acquire({{locations.begin(), locations.end()}}, out);
    network.sources.emplace(std::pair(mac, source), list);
    out.deltas.emplace_back(SetSourceEntry{id, source, mac, {list, kNoSourceEntry}});
  }
}

void Groups::release_unused() {
  for (const ReplicationListId list : unused_) lists_.release(list);
  unused_.clear();
}

void Groups::tick(TimeNs now, Outbox& out) {
  for (; !last_member_queries_.empty() && last_member_queries_.front().at <= now; last_member_queries_.pop_front()) {
    const LastMemberQuery& due = last_member_queries_.front();
    query(due.network, due.location, !due.group.is_v4(), due.group, out);
  }
  for (const auto& [id, network] : networks_) query_all(id, now, out);
  if (now < next_end_) return;
  next_end_ = kNever;
  for (auto& [id, network] : networks_) {
    network.table.expire(now);
    next_end_ = std::min(next_end_, network.table.next_end());
    put(id, network, now, out);
  }
  if (next_end_ != kNever) next_end_ = std::max(next_end_, now + kExpiryInterval);
}

TimeNs Groups::next_deadline() const noexcept {
  TimeNs next = next_end_;
  if (!last_member_queries_.empty()) next = std::min(next, last_member_queries_.front().at);
  for (const auto& [id, network] : networks_)
    for (const Querier& querier : network.queriers) next = std::min(next, querier.next);
  return next;
}

ControlPlane::GroupView Groups::view() const {
  ControlPlane::GroupView view;
  for (const auto& [id, network] : networks_) {
    const Iid iid = tables_.network(id).iid;
    for (const auto& [location, until] : network.table.routers()) view.routers.push_back({iid, location, until});
    for (const auto& [mac, receivers] : network.table.receivers())
      for (const auto& [group, members] : receivers.groups)
        for (const auto& [location, member] : members)
          view.members.push_back({iid, group, location, member.since, member.until});
  }
  return view;
}

}  // namespace lisper
