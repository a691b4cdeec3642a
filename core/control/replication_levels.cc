#include "core/control/replication_levels.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace lisper {
namespace {

constexpr std::uint8_t kNeverUsed = 255;  // RFC 9301 5.4, Priority
constexpr std::size_t kNone = SIZE_MAX;

struct Member {
  std::uint8_t level;
  IpAddress rloc;
  std::size_t parent = kNone;  ///< who serves it; of the lowest level, the sender
  std::size_t branch = kNone;  ///< whom of those that we serve it is behind
  bool served = false;         ///< gets the frames of our hosts from us
};

/// In the order in which they count. Who is on several levels is on the lowest.
std::vector<Member> sorted_members(std::span<const RlocRecord> rles) {
  std::vector<Member> members;
  for (const RlocRecord& rle : rles)
    if (rle.priority != kNeverUsed) members.push_back({rle.level, rle.rloc});
  std::ranges::sort(members, {}, [](const Member& m) { return std::pair(m.rloc, m.level); });
  const auto same = [](const Member& a, const Member& b) { return a.rloc == b.rloc; };
  members.erase(std::unique(members.begin(), members.end(), same), members.end());
  std::ranges::sort(members, {}, [](const Member& m) { return std::pair(m.level, m.rloc); });
  return members;
}

void find_parents(std::vector<Member>& members) {
  std::size_t below = 0;  // where the level below begins
  std::size_t begin = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].level != members[begin].level) below = std::exchange(begin, i);
    if (begin != 0) members[i].parent = below + (i - begin) % (begin - below);
  }
}

/// Who is served by us, and who is behind them.
void find_our_part(std::vector<Member>& members, std::size_t own) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    Member& member = members[i];
    const bool ours = member.parent == own && own != kNone;
    if (ours) {
      member.branch = i;
    } else if (member.parent != kNone) {
      member.branch = members[member.parent].branch;
    }
    member.served = ours || member.parent == kNone;
  }
  for (std::size_t i = own; i != kNone; i = members[i].parent) members[i].served = true;
}

}  // namespace

ReplicationList serve_levels(const Tables& tables, NetworkId network, std::span<const RlocRecord> rles,
                             std::vector<LocationId> locations) {
  ReplicationList list{std::move(locations)};
  std::vector<Member> members = sorted_members(rles);
  if (members.empty() || members.front().level == members.back().level) return list;
  find_parents(members);
  const auto own = std::ranges::find_if(members, [&](const Member& m) { return tables.is_own_address(m.rloc); });
  find_our_part(members, own == members.end() ? kNone : static_cast<std::size_t>(own - members.begin()));

  std::vector<std::optional<LocationId>> places;
  for (const Member& member : members) {
    places.push_back(tables.lisper_location(member.rloc, network));
    if (places.back() && !member.served) std::erase(list.locations, *places.back());
  }
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].branch != i || !places[i]) continue;
    Relay& relay = list.relays.emplace_back(Relay{*places[i], {}});
    for (std::size_t j = i; j < members.size(); ++j)
      if (members[j].branch == i && places[j]) relay.behind.push_back(*places[j]);
    std::ranges::sort(relay.behind);
  }
  std::ranges::sort(list.relays);
  return list;
}

}  // namespace lisper
