#include "core/tables/twin_tables.h"

#include <gtest/gtest.h>

#include "core/forward/testing.h"

namespace lisper {
namespace {

using namespace testing;

constexpr NetworkId kNetwork{1};
constexpr FibValue kMapped{FibKind::kMapped, kSite08.value};

TableDelta entry(std::uint64_t number, FibValue value = kMapped) {
  return SetEntry{kNetwork, MacAddress::from_u64(0x0200'0000'0000 + number), value};
}
FibValue value_of(const Tables& tables, std::uint64_t number) {
  const auto* found = tables.fib().find({kNetwork, MacAddress::from_u64(0x0200'0000'0000 + number)});
  return found == nullptr ? FibValue{} : found->load();
}

class TwinTablesTest : public ::testing::Test {
 protected:
  /// What a reader that came before the first wait may still look at.
  unsigned waits = 0;
  TwinTables tables{*Tables::build(site04()), [this] { ++waits; }};
};

TEST_F(TwinTablesTest, EntriesNeedNoWait) {
  const Tables* reader = &tables.read();
  for (std::uint64_t n = 0; n < 50; ++n) tables.apply({entry(n)});
  tables.apply({EraseEntry{kNetwork, MacAddress::from_u64(0x0200'0000'0000)}});
  EXPECT_EQ(value_of(*reader, 49), kMapped);
  EXPECT_EQ(value_of(*reader, 0), FibValue{});
  tables.publish();
  EXPECT_EQ(waits, 0u);
  EXPECT_EQ(&tables.read(), reader);
}

TEST_F(TwinTablesTest, AnEntryComesAfterTheSetThatItRefersTo) {
  tables.apply({SetLocators{LocatorSetId(0), {{kSite08, 1, 1}}}});
  const Tables& reader = tables.read();
  EXPECT_NE(&reader, &tables.latest());
  tables.apply({entry(1, {FibKind::kSet, 0})});
  EXPECT_EQ(waits, 2u) << "nobody looks at the twin any longer";
  EXPECT_EQ(&tables.read(), &tables.latest());
  EXPECT_EQ(tables.read().locator_set(LocatorSetId(0)).locators.size(), 1u);
  EXPECT_EQ(value_of(tables.read(), 1), (FibValue{FibKind::kSet, 0}));
  EXPECT_EQ(reader.locator_set(LocatorSetId(0)).locators.size(), 1u) << "it has caught up";
}

TEST_F(TwinTablesTest, WhoReadsDoesNotSeeTheTableMove) {
  std::uint64_t count = 0;
  while (&tables.read() == &tables.latest()) tables.apply({entry(count++)});
  const Tables& reader = tables.read();
  EXPECT_FALSE(reader.fib().shares_entries(tables.latest().fib()));
  EXPECT_EQ(value_of(reader, count - 2), kMapped);
  EXPECT_EQ(value_of(reader, count - 1), FibValue{});
  EXPECT_EQ(value_of(tables.latest(), count - 1), kMapped);
  // What follows is published together.
  tables.apply({SetLocators{LocatorSetId(0), {{kSite08, 1, 1}}}, entry(count, {FibKind::kSet, 0})});
  EXPECT_EQ(value_of(reader, count), FibValue{});
  EXPECT_EQ(waits, 1u);
  tables.publish();
  EXPECT_EQ(waits, 2u);
  EXPECT_EQ(value_of(tables.read(), count), (FibValue{FibKind::kSet, 0}));
  EXPECT_TRUE(reader.fib().shares_entries(tables.latest().fib()));
  tables.apply({entry(count + 1)});
  EXPECT_EQ(value_of(reader, count + 1), kMapped);
}

}  // namespace
}  // namespace lisper
