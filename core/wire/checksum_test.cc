#include "core/wire/checksum.h"

#include <gtest/gtest.h>

#include <array>

namespace lisper::wire {
namespace {

Bytes bytes(const auto& array) { return std::as_bytes(std::span(array)); }

// RFC 1071 3, the worked example.
TEST(Checksum, OfTheRfcsExample) {
  constexpr std::array<std::uint8_t, 8> data{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  EXPECT_EQ(ones_sum(bytes(data)), 0xddf2);
  EXPECT_EQ(checksum(bytes(data)).value(), 0x220d);
}

TEST(Checksum, OddLengthIsPaddedWithZero) {
  constexpr std::array<std::uint8_t, 7> odd{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6};
  constexpr std::array<std::uint8_t, 8> even{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0x00};
  EXPECT_EQ(ones_sum(bytes(odd)), ones_sum(bytes(even)));
}

// The IPv4 header of a frame that a QEMU guest's backend sent (captured).
TEST(Checksum, OfACapturedIpv4Header) {
  constexpr std::array<std::uint8_t, 20> header{0x45, 0x00, 0x00, 0x7a, 0xa5, 0xda, 0x40, 0x00, 0x40, 0x73,
                                                0x80, 0x2a, 0x0a, 0x05, 0x00, 0x01, 0x0a, 0x05, 0x00, 0x02};
  EXPECT_EQ(ones_sum(bytes(header)), 0xffff);
  auto without = header;
  without[10] = without[11] = 0;
  EXPECT_EQ(checksum(bytes(without)).value(), 0x802a);
}

// RFC 1624 4, the worked example.
TEST(Checksum, UpdateOfTheRfcsExample) { EXPECT_EQ(update_checksum(Be16(0xdd2f), 0x5555, 0x3285).value(), 0x0000); }

}  // namespace
}  // namespace lisper::wire
