#include "core/tables/locator_set.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace lisper {
namespace {

class LocatorSets : public testing::Test {
 protected:
  void fill(std::vector<Locator> locators) {
    set.locators = std::move(locators);
    fill_buckets(set, locations);
  }
  [[nodiscard]] auto share(std::uint32_t location) const {
    return std::ranges::count(set.buckets, LocationId(location));
  }

  std::vector<Location> locations = std::vector<Location>(4);
  LocatorSet set;
};

// The shares that RFC 9301 5.4 gives for weights 30/20/20/10: 37.5, 25, 25 and 12.5 %.
TEST_F(LocatorSets, WeightsShareTheFlows) {
  fill({{LocationId(0), 1, 30}, {LocationId(1), 1, 20}, {LocationId(2), 1, 20}, {LocationId(3), 1, 10}});
  EXPECT_EQ(share(0), 24);
  EXPECT_EQ(share(1), 16);
  EXPECT_EQ(share(2), 16);
  EXPECT_EQ(share(3), 8);
}

TEST_F(LocatorSets, LowestPriorityWinsAnd255IsNeverUsed) {
  fill({{LocationId(0), 2, 50}, {LocationId(1), 1, 50}, {LocationId(2), 255, 50}});
  EXPECT_EQ(share(1), 64);
  fill({{LocationId(2), 255, 50}});
  EXPECT_EQ(set.pick(0), kNoLocation);
}

TEST_F(LocatorSets, WeightsOfZeroAreEqualShares) {
  fill({{LocationId(0), 1, 0}, {LocationId(1), 1, 0}});
  EXPECT_EQ(share(0), 32);
  EXPECT_EQ(share(1), 32);
}

TEST_F(LocatorSets, AFailureMovesOnlyTheFlowsOfTheFailedOne) {
  const std::vector<Locator> locators{
      {LocationId(0), 1, 1}, {LocationId(1), 1, 1}, {LocationId(2), 1, 1}, {LocationId(3), 2, 1}};
  fill(locators);
  const auto before = set.buckets;
  locations[1].up = false;
  fill(locators);
  EXPECT_EQ(share(1), 0);
  EXPECT_EQ(share(3), 0) << "a worse priority is not used while a better one is up";
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_TRUE(before[i] == LocationId(1) || set.buckets[i] == before[i]) << i;
  locations[1].up = true;
  fill(locators);
  EXPECT_EQ(set.buckets, before);
}

TEST_F(LocatorSets, TheNextPriorityTakesOverWhenAllOfTheBestAreDown) {
  locations[0].up = locations[1].up = false;
  fill({{LocationId(0), 1, 50}, {LocationId(1), 1, 50}, {LocationId(2), 2, 50}});
  EXPECT_EQ(share(2), 64);
  locations[2].up = false;
  fill(set.locators);
  EXPECT_EQ(set.pick(123), kNoLocation);
}

}  // namespace
}  // namespace lisper
