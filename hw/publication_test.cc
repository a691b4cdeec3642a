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

TEST(Publication, WorkersSeeAnUpdateWhole) {
  Publication tables(*Tables::build(site04()), 1);
  const FibValue here{FibKind::kLocal, 0};
  tables.apply({SetEntry{NetworkId(1), MacAddress::from_u64(kMac), here, 0}});
  EXPECT_EQ(value_of(tables.latest(), 0), here);
  EXPECT_EQ(value_of(tables.read(), 0), FibValue{}) << "not yet published";
  tables.publish();
  EXPECT_EQ(value_of(tables.read(), 0), here);
  EXPECT_EQ(&tables.read(), &tables.latest());
  // The twin has caught up: the next update shows it.
  tables.apply({EraseEntry{NetworkId(1), MacAddress::from_u64(kMac + 1)}});
  EXPECT_NE(&tables.read(), &tables.latest());
  EXPECT_EQ(value_of(tables.read(), 0), here);
}

// Every update sets all entries to one value, so that a reader never finds two different ones in one round. The table
// grows meanwhile, which moves every entry.
TEST(Publication, ReadersRunWhileTablesGrowAndChange) {
  constexpr unsigned kReaders = 2;
  constexpr std::uint32_t kRounds = 300;
  constexpr std::uint64_t kEntries = 64;
  LisperConfig config = site04();
  Publication tables(*Tables::build(config), kReaders);
  std::atomic<bool> stop{false};
  std::atomic<unsigned> mixed{0};
  std::atomic<std::uint64_t> rounds{0};
  std::vector<std::thread> readers;
  for (unsigned r = 0; r < kReaders; ++r)
    readers.emplace_back([&, r] {
      tables.online(r);
      while (!stop.load()) {
        const Tables& now = tables.read();
        const FibValue first = value_of(now, 0);
        for (std::uint64_t n = 1; n < kEntries; ++n)
          if (value_of(now, n) != first) ++mixed;
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
    std::vector<TableDelta> deltas;
    for (std::uint64_t n = 0; n < kEntries; ++n)
      deltas.emplace_back(SetEntry{NetworkId(1), MacAddress::from_u64(kMac + n), {FibKind::kMapped, round}, 0});
    for (std::uint64_t n = 0; n < 20; ++n)
      deltas.emplace_back(
          SetEntry{NetworkId(1), MacAddress::from_u64(kMac + 1000 + 20 * round + n), {FibKind::kMapped, round}, 0});
    deltas.emplace_back(SetPrefixes{NetworkId(1), {{MacAddress{}, 0, {FibKind::kMapped, round}}}});
    tables.apply(std::move(deltas));
    tables.publish();
  }
  while (rounds < 1000) std::this_thread::yield();
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(mixed, 0u);
  EXPECT_EQ(tables.published(), kRounds);
  EXPECT_EQ(value_of(tables.latest(), 0), (FibValue{FibKind::kMapped, kRounds}));
}

}  // namespace
}  // namespace lisper::hw
