#include "core/tables/locator_set.h"

#include <algorithm>
#include <cstdint>

namespace lisper {
namespace {

/// Gives each bucket to a member, in proportion to the weights (largest remainders first).
void assign_by_weight(std::span<const Locator> members, std::span<LocationId* const> buckets) {
  std::uint64_t total = 0;
  for (const Locator& member : members) total += member.weight;
  const bool equal = total == 0;
  if (equal) total = members.size();

  struct Share {
    std::size_t member;
    std::uint64_t count;
    std::uint64_t remainder;
  };
  std::vector<Share> shares;
  std::uint64_t given = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::uint64_t exact = (equal ? 1 : members[i].weight) * buckets.size();
    shares.push_back({i, exact / total, exact % total});
    given += shares.back().count;
  }
  std::vector<Share*> by_remainder;
  for (Share& share : shares) by_remainder.push_back(&share);
  std::ranges::stable_sort(by_remainder, std::ranges::greater{}, [](const Share* s) { return s->remainder; });
  for (std::size_t i = 0; given < buckets.size(); ++i, ++given) ++by_remainder[i]->count;

  std::size_t next = 0;
  for (const Share& share : shares)
    for (std::uint64_t n = 0; n < share.count; ++n) *buckets[next++] = members[share.member].location;
}

}  // namespace

void fill_buckets(LocatorSet& set, std::span<const Location> locations) {
  const auto is_up = [&](const Locator& l) { return locations[l.location.value].up; };
  set.buckets.fill(kNoLocation);

  unsigned best = 255;
  for (const Locator& locator : set.locators)
    if (is_up(locator)) best = std::min<unsigned>(best, locator.priority);
  if (best == 255) return;

  std::vector<Locator> members;
  for (const Locator& locator : set.locators)
    if (locator.priority == best) members.push_back(locator);
  std::vector<LocationId*> all;
  for (LocationId& bucket : set.buckets) all.push_back(&bucket);
  assign_by_weight(members, all);

  std::vector<LocationId*> orphaned;
  for (LocationId& bucket : set.buckets)
    if (!locations[bucket.value].up) orphaned.push_back(&bucket);
  std::erase_if(members, [&](const Locator& l) { return !is_up(l); });
  assign_by_weight(members, orphaned);
}

}  // namespace lisper
