#include "core/control/group_table.h"

#include <algorithm>

#include "core/wire/igmp.h"

namespace lisper {

bool GroupTable::join(const IpAddress& group, LocationId location, TimeNs now, TimeNs until) {
  const MacAddress mac = wire::group_mac(group);
  if (const auto known = receivers_.find(mac); known != receivers_.end()) {
    if (const auto members = known->second.groups.find(group); members != known->second.groups.end()) {
      if (const auto member = members->second.find(location); member != members->second.end()) {
        member->second.until = until;
        return true;
      }
    }
  }
  std::size_t& count = groups_of_[location];
  if (count == kMaxGroupsOfLocation || memberships_ == kMaxMemberships) return false;
  ++count;
  ++memberships_;
  receivers_[mac].groups[group].emplace(location, Member{now, until});
  changed_.insert(mac);
  return true;
}

bool GroupTable::shorten(const IpAddress& group, LocationId location, TimeNs until) {
  const auto known = receivers_.find(wire::group_mac(group));
  if (known == receivers_.end()) return false;
  const auto members = known->second.groups.find(group);
  if (members == known->second.groups.end()) return false;
  const auto member = members->second.find(location);
  if (member == members->second.end()) return false;
  if (member->second.until <= until) return false;
  member->second.until = until;
  return true;
}

void GroupTable::add_router(LocationId location, TimeNs until) {
  const auto [known, is_new] = routers_.emplace(location, until);
  known->second = std::max(known->second, until);
  routers_changed_ |= is_new;
}

void GroupTable::set_mapped(const MacAddress& mac, std::vector<LocationId> locations) {
  changed_.insert(mac);
  if (!locations.empty()) {
    std::ranges::sort(locations);
    receivers_[mac].mapped = std::move(locations);
  } else if (const auto known = receivers_.find(mac); known != receivers_.end()) {
    known->second.mapped.clear();
    if (known->second.empty()) receivers_.erase(known);
  }
}

void GroupTable::set_source(const MacAddress& mac, const MacAddress& source,
                            std::optional<std::vector<LocationId>> locations) {
  changed_.insert(mac);
  Receivers& receivers = receivers_[mac];
  if (locations) {
    receivers.sources[source] = *std::move(locations);
  } else {
    receivers.sources.erase(source);
    if (receivers.empty()) receivers_.erase(mac);
  }
}

void GroupTable::expire(TimeNs now) {
  routers_changed_ |= std::erase_if(routers_, [&](const auto& router) { return router.second <= now; }) != 0;
  for (auto entry = receivers_.begin(); entry != receivers_.end();) {
    auto& [mac, receivers] = *entry;
    for (auto group = receivers.groups.begin(); group != receivers.groups.end();) {
      if (expire(group->second, now)) changed_.insert(mac);
      group = group->second.empty() ? receivers.groups.erase(group) : std::next(group);
    }
    entry = receivers.empty() ? receivers_.erase(entry) : std::next(entry);
  }
}

bool GroupTable::expire(Members& members, TimeNs now) {
  return std::erase_if(members, [&](const auto& member) {
           if (member.second.until > now) return false;
           if (const auto count = groups_of_.find(member.first); --count->second == 0) groups_of_.erase(count);
           --memberships_;
           return true;
         }) != 0;
}

TimeNs GroupTable::next_end() const {
  TimeNs next = kNever;
  for (const auto& [location, until] : routers_) next = std::min(next, until);
  for (const auto& [mac, receivers] : receivers_)
    for (const auto& [group, members] : receivers.groups)
      for (const auto& [location, member] : members) next = std::min(next, member.until);
  return next;
}

std::vector<LocationId> GroupTable::members(const IpAddress& group) const {
  std::vector<LocationId> result;
  const auto known = receivers_.find(wire::group_mac(group));
  if (known == receivers_.end()) return result;
  const auto members = known->second.groups.find(group);
  if (members == known->second.groups.end()) return result;
  for (const auto& [location, member] : members->second) result.push_back(location);
  return result;
}

std::set<LocationId> GroupTable::members(const Receivers& receivers, const std::vector<LocationId>& mapped) {
  std::set<LocationId> result(mapped.begin(), mapped.end());
  for (const auto& [group, members] : receivers.groups)
    for (const auto& [location, member] : members) result.insert(location);
  return result;
}

std::set<LocationId> GroupTable::members(const MacAddress& mac) const {
  const auto known = receivers_.find(mac);
  return known == receivers_.end() ? std::set<LocationId>() : members(known->second, known->second.mapped);
}

std::map<MacAddress, std::set<LocationId>> GroupTable::members_by_source(const MacAddress& mac) const {
  std::map<MacAddress, std::set<LocationId>> result;
  const auto known = receivers_.find(mac);
  if (known == receivers_.end()) return result;
  for (const auto& [source, mapped] : known->second.sources) result[source] = members(known->second, mapped);
  return result;
}

}  // namespace lisper
