#include "core/control/mapped_eids.h"

#include <gtest/gtest.h>

#include <map>

#include "core/base/random.h"

namespace lisper {
namespace {

void expect_equal(const MappedEids& eids, const std::map<std::uint64_t, std::uint32_t>& model) {
  std::map<std::uint64_t, std::uint32_t> visited;
  eids.for_each([&](FibKey key, std::uint32_t word) { EXPECT_TRUE(visited.emplace(key.value, word).second); });
  EXPECT_EQ(visited, model);
  EXPECT_EQ(eids.size(), model.size());
}

// Few keys make long runs of neighbours, which erase() has to close up; they wrap around at the table's end.
TEST(MappedEids, AgreesWithAMapThroughRandomChanges) {
  for (const std::uint64_t keys : {8u, 12u, 100u, 5000u}) {
    MappedEids eids;
    std::map<std::uint64_t, std::uint32_t> model;
    Random random(keys);
    for (int step = 0; step < 50'000; ++step) {
      const FibKey key(1 + random.below(keys) * 0x1'0000);
      const auto word = static_cast<std::uint32_t>(random.next());
      if (random.below(2) == 0) {
        ASSERT_EQ(eids.erase(key), model.erase(key.value) == 1);
      } else {
        eids.set(key, word);
        model[key.value] = word;
      }
      const FibKey asked(1 + random.below(keys) * 0x1'0000);
      const auto expected = model.find(asked.value);
      const std::uint32_t* found = eids.find(asked);
      ASSERT_EQ(found != nullptr, expected != model.end());
      if (found != nullptr) {
        ASSERT_EQ(*found, expected->second);
      }
    }
    expect_equal(eids, model);
  }
}

TEST(MappedEids, Grows) {
  MappedEids eids;
  std::map<std::uint64_t, std::uint32_t> model;
  for (std::uint32_t n = 1; n <= 100'000; ++n) {
    eids.set(FibKey(std::uint64_t{n} * 0x9e3779b9), n);
    model[std::uint64_t{n} * 0x9e3779b9] = n;
  }
  expect_equal(eids, model);
}

}  // namespace
}  // namespace lisper
