#include "hw/publication.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "core/forward/testing.h"

namespace lisper::hw {
namespace {

using namespace lisper::testing;

constexpr std::uint64_t kMac = 0x0200'0000'0000;

FibValue value_of(const Tables& tables, std::uint64_t n) {
  const Fib::Entry* entry = tables.fib().find(FibKey(NetworkId(1), MacAddress::from_u64(kMac + n)));
  return entry == nullptr ? FibValue{} : entry->load();
}

TEST(Publication, WorkersSeeEntriesAtOnceAndTheRestWhenItIsPublished) {
  Publication tables(*Tables::build(site04()), 1);
  const FibValue here{FibKind::kLocal, 0};
  tables.apply({SetEntry{NetworkId(1), MacAddress::from_u64(kMac), here, 0}});
  EXPECT_EQ(value_of(tables.read(), 0), here);
  EXPECT_EQ(&tables.read(), &tables.latest());

  tables.apply({SetPrefixes{NetworkId(1), {{MacAddress{}, 0, here}}}});
  EXPECT_EQ(tables.latest().network(NetworkId(1)).prefixes.size(), 1u);
  EXPECT_TRUE(tables.read().network(NetworkId(1)).prefixes.empty()) << "not yet published";
  tables.publish();
  EXPECT_EQ(tables.read().network(NetworkId(1)).prefixes.size(), 1u);
  EXPECT_EQ(&tables.read(), &tables.latest());
  // The twin has caught up: the next update shows it.
  tables.apply({SetPrefixes{NetworkId(1), {}}});
  EXPECT_NE(&tables.read(), &tables.latest());
  EXPECT_EQ(tables.read().network(NetworkId(1)).prefixes.size(), 1u);
}

// Two groups of entries take turns with two locator sets: what one has just left gets the other's meaning. A reader
// must find no entry whose set is of the other group, and never a half of what a round says besides. The FIB grows
// meanwhile, which moves every entry.
TEST(Publication, ReadersRunWhileTablesGrowAndChange) {
  constexpr unsigned kReaders = 2;
  constexpr std::uint32_t kRounds = 300;
  constexpr std::uint64_t kEntries = 64;
  constexpr std::uint8_t kOfGroup[] = {1, 2};  // the weight of its locators
  LisperConfig config = site04();
  Publication tables(*Tables::build(config), kReaders);
  const auto in_group = [](std::uint64_t n) { return n % 2; };
  std::atomic<bool> stop{false};
  std::atomic<unsigned> mixed{0};
  std::atomic<std::uint64_t> rounds{0};
  std::vector<std::thread> readers;
  for (unsigned r = 0; r < kReaders; ++r)
    readers.emplace_back([&, r] {
      tables.online(r);
      while (!stop.load()) {
        const Tables& now = tables.read();
        for (std::uint64_t n = 0; n < kEntries; ++n) {
          const FibValue value = value_of(now, n);
          if (value.kind != FibKind::kSet) continue;
          for (const Locator& locator : now.locator_set(LocatorSetId(value.target)).locators)
            if (locator.weight != kOfGroup[in_group(n)]) ++mixed;
        }
        const auto& prefixes = now.network(NetworkId(1)).prefixes;
        const auto list = now.replication(Tables::flood_list(NetworkId(1)));
        if (!prefixes.empty() && prefixes[0].value.target != list.size()) ++mixed;
        ++rounds;
        tables.quiescent(r);
        if (rounds % 7 == 0) {
          tables.offline(r);
          std::this_thread::yield();
          tables.online(r);
        }
      }
      tables.offline(r);
    });
  for (std::uint32_t round = 1; round <= kRounds; ++round) {
    const std::uint64_t group = round % 2;
    std::vector<TableDelta> deltas;
    for (std::uint64_t n = 0; n < kEntries; ++n)  // the other group leaves the set that this one takes
      if (in_group(n) != group)
        deltas.emplace_back(SetEntry{NetworkId(1), MacAddress::from_u64(kMac + n), {FibKind::kNoLocator, 0}, 0});
    const Locator locator{kSite08, 1, kOfGroup[group]};
    deltas.emplace_back(SetLocators{LocatorSetId(0), {locator, locator}});
    for (std::uint64_t n = 0; n < kEntries; ++n)
      if (in_group(n) == group)
        deltas.emplace_back(SetEntry{NetworkId(1), MacAddress::from_u64(kMac + n), {FibKind::kSet, 0}, 0});
    deltas.emplace_back(SetPrefixes{NetworkId(1), {{MacAddress{}, 0, {FibKind::kMapped, round % 5}}}});
    deltas.emplace_back(
        SetReplication{Tables::flood_list(NetworkId(1)), std::vector<LocationId>(round % 5, LocationId(0))});
    for (std::uint64_t n = 0; n < 20; ++n)
      deltas.emplace_back(
          SetEntry{NetworkId(1), MacAddress::from_u64(kMac + 1000 + 20 * round + n), {FibKind::kMapped, round}, 0});
    tables.apply(std::move(deltas));
    tables.publish();
  }
  while (rounds < 1000) std::this_thread::yield();
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(mixed, 0u);
  EXPECT_EQ(tables.latest().fib().size(), kEntries + 20 * kRounds);
  EXPECT_TRUE(tables.latest().fib().shares_entries(tables.read().fib()));
}

}  // namespace
}  // namespace lisper::hw
