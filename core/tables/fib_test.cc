#include "core/tables/fib.h"

#include <gtest/gtest.h>

#include <map>

#include "core/base/random.h"

namespace lisper {
namespace {

FibKey key(std::uint64_t n) { return {NetworkId(1), MacAddress::from_u64(n)}; }

TEST(Fib, KeepsNetworksApart) {
  Fib fib(100);
  const MacAddress mac = MacAddress::from_u64(0xaa05);
  ASSERT_TRUE(fib.set({NetworkId(1), mac}, {FibKind::kLocal, 7}, 3));
  EXPECT_EQ(fib.find({NetworkId(2), mac}), nullptr);
  const Fib::Entry* entry = fib.find({NetworkId(1), mac});
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->load(), (FibValue{FibKind::kLocal, 7}));
  EXPECT_EQ(entry->stamp(), 3);
}

TEST(Fib, RefusesWhatExceedsItsBound) {
  Fib fib(10);
  for (std::uint64_t n = 1; n <= 10; ++n) ASSERT_TRUE(fib.set(key(n), {FibKind::kLocal, 1}, 0));
  EXPECT_FALSE(fib.set(key(11), {FibKind::kLocal, 1}, 0));
  EXPECT_TRUE(fib.set(key(10), {FibKind::kMapped, 2}, 0)) << "replacing needs no room";
  EXPECT_TRUE(fib.erase(key(1)));
  EXPECT_TRUE(fib.set(key(11), {FibKind::kLocal, 1}, 0));
  EXPECT_EQ(fib.size(), 10u);
}

TEST(Fib, AgreesWithAMapThroughRandomChanges) {
  Fib fib(5000);
  std::map<std::uint64_t, FibValue> model;
  Random random(42);
  for (int step = 0; step < 200'000; ++step) {
    const std::uint64_t n = 1 + random.below(6000);
    const FibValue value{FibKind::kMapped, static_cast<std::uint32_t>(random.below(1000))};
    if (random.below(3) == 0) {
      ASSERT_EQ(fib.erase(key(n)), model.erase(n) == 1);
    } else if (fib.set(key(n), value, 0)) {
      model[n] = value;
    } else {
      ASSERT_EQ(model.size(), 5000u);
    }
  }
  EXPECT_EQ(fib.size(), model.size());
  for (std::uint64_t n = 1; n <= 6000; ++n) {
    const Fib::Entry* entry = fib.find(key(n));
    const auto expected = model.find(n);
    ASSERT_EQ(entry != nullptr, expected != model.end()) << n;
    if (entry != nullptr) {
      ASSERT_EQ(entry->load(), expected->second);
    }
  }
  std::size_t visited = 0;
  fib.for_each([&](FibKey, const Fib::Entry&) { ++visited; });
  EXPECT_EQ(visited, model.size());
}

TEST(Fib, ChurnDoesNotGrowTheTable) {
  Fib fib(1'000'000);
  for (std::uint64_t n = 1; n <= 100; ++n) fib.set(key(n), {FibKind::kLocal, 1}, 0);
  const std::size_t before = fib.memory();
  for (std::uint64_t n = 101; n < 100'000; ++n) {
    fib.erase(key(n - 100));
    fib.set(key(n), {FibKind::kLocal, 1}, 0);
  }
  EXPECT_EQ(fib.memory(), before);
}

TEST(Fib, AMillionEntriesTakeAtMost64BytesEach) {
  Fib fib(1u << 20);
  for (std::uint64_t n = 1; n <= 1'000'000; ++n) ASSERT_TRUE(fib.set(key(n * 7919), {FibKind::kLocal, 1}, 0));
  EXPECT_LE(fib.memory(), 64u * 1'000'000u);
}

}  // namespace
}  // namespace lisper
