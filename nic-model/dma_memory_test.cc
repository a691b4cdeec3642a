#include "nic-model/dma_memory.h"

#include <gtest/gtest.h>

#include <array>

namespace lisper::nic {
namespace {

constexpr std::uint64_t kPage = 4096;

struct Pages {
  alignas(16) std::array<std::byte, kPage> a{};
  alignas(16) std::array<std::byte, kPage> b{};
  std::vector<DmaMemory::Window> windows{{2 * kPage, a}, {kPage, b}};
  unsigned searches = 0;
  DmaMemory memory{[this] {
    ++searches;
    return windows;
  }};
};

TEST(DmaMemory, CrossesAdjacentWindows) {
  Pages pages;
  const std::array<std::byte, 4> data{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  ASSERT_TRUE(pages.memory.write(2 * kPage - 2, data));
  EXPECT_EQ(pages.b[kPage - 1], std::byte{2});
  EXPECT_EQ(pages.a[0], std::byte{3});
  std::array<std::byte, 4> back{};
  ASSERT_TRUE(pages.memory.read(2 * kPage - 2, back));
  EXPECT_EQ(back, data);
}

TEST(DmaMemory, TouchesNothingOfARangeThatLeaves) {
  Pages pages;
  const std::array<std::byte, 4> data{std::byte{9}, std::byte{9}, std::byte{9}, std::byte{9}};
  EXPECT_FALSE(pages.memory.write(3 * kPage - 2, data));
  EXPECT_EQ(pages.a[kPage - 1], std::byte{0});
  EXPECT_FALSE(pages.memory.write(kPage - 2, data));
  EXPECT_FALSE(pages.memory.write(~std::uint64_t{0} - 1, data));
  EXPECT_FALSE(pages.memory.read_descriptor(3 * kPage));
  EXPECT_FALSE(pages.memory.write_descriptor(0, {}));
}

TEST(DmaMemory, FindsPagesThatCameLater) {
  Pages pages;
  std::array<std::byte, 1> byte{};
  EXPECT_FALSE(pages.memory.read(9 * kPage, byte));
  alignas(16) std::array<std::byte, kPage> c{std::byte{7}};
  pages.windows.push_back({9 * kPage, c});
  EXPECT_TRUE(pages.memory.read(9 * kPage, byte));
  EXPECT_EQ(byte[0], std::byte{7});
}

TEST(DmaMemory, GivesUpSearchingForNonsense) {
  Pages pages;
  std::array<std::byte, 1> byte{};
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(pages.memory.read(9 * kPage, byte));
  EXPECT_LT(pages.searches, 100u);
}

}  // namespace
}  // namespace lisper::nic
