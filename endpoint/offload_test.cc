#include "endpoint/offload.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

namespace lisper::endpoint {
namespace {

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> result;
  for (const int value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

// RFC 1071 3: the words 0001 f203 f4f5 f6f7 sum to ddf2, so the checksum is 220d. Behind them, a field that holds 0.
TEST(FinishChecksum, IsThatOfRfc1071) {
  auto frame = bytes({0xaa, 0xbb, 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7, 0x00, 0x00});
  const OffloadHeader header{.flags = 1, .checksum_start = 2, .checksum_offset = 8};
  ASSERT_TRUE(finish_checksum(header, frame));
  EXPECT_EQ(frame, bytes({0xaa, 0xbb, 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7, 0x22, 0x0d}));
}

TEST(FinishChecksum, NeverSaysNone) {
  auto frame = bytes({0xff, 0xff, 0x00, 0x00});
  ASSERT_TRUE(finish_checksum({.flags = 1, .checksum_start = 0, .checksum_offset = 2}, frame));
  EXPECT_EQ(frame, bytes({0xff, 0xff, 0xff, 0xff}));
}

TEST(FinishChecksum, LeavesWhatIsDone) {
  auto frame = bytes({0x01, 0x02, 0x03, 0x04});
  ASSERT_TRUE(finish_checksum({.checksum_start = 0, .checksum_offset = 2}, frame));
  EXPECT_EQ(frame, bytes({0x01, 0x02, 0x03, 0x04}));
}

TEST(FinishChecksum, RefusesFieldsOutsideOfTheFrame) {
  auto frame = bytes({0x01, 0x02, 0x03, 0x04});
  EXPECT_FALSE(finish_checksum({.flags = 1, .checksum_start = 0, .checksum_offset = 3}, frame));
  EXPECT_FALSE(finish_checksum({.flags = 1, .checksum_start = 0xffff, .checksum_offset = 0xffff}, frame));
}

TEST(RestoreTag, PutsItBehindTheAddresses) {
  Buffer buffer;
  const auto untagged = bytes({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x08, 0x00, 0xaa, 0xbb});
  buffer.copy(untagged);
  restore_tag({0x8100, 0x6007}, buffer);
  const auto tagged = bytes({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x81, 0x00, 0x60, 0x07, 0x08, 0x00, 0xaa, 0xbb});
  EXPECT_TRUE(std::ranges::equal(buffer.bytes(), tagged));
}

}  // namespace
}  // namespace lisper::endpoint
