#include "report/units.h"

#include <gtest/gtest.h>

namespace lisper::report {
namespace {

TEST(Units, ThreeDigitsAndTheRightUnit) {
  EXPECT_EQ(duration_text(0), "0 ns");
  EXPECT_EQ(duration_text(850), "850 ns");
  EXPECT_EQ(duration_text(12'345), "12.3 us");
  EXPECT_EQ(duration_text(1'500'000), "1.50 ms");
  EXPECT_EQ(duration_text(2'000'000'000), "2.00 s");
  EXPECT_EQ(duration_text(7'200'000'000'000), "7200 s");
  EXPECT_EQ(rate_text(99'800'000), "99.8 Mbit/s");
  EXPECT_EQ(bytes_text(1'500'000), "1.50 MB");
}

TEST(Units, RoundingCarriesIntoTheNextUnit) {
  EXPECT_EQ(duration_text(999'400), "999 us");
  EXPECT_EQ(duration_text(999'600), "1.00 ms");
  EXPECT_EQ(duration_text(9'996), "10.0 us");
  EXPECT_EQ(duration_text(99'960), "100 us");
}

TEST(Units, SharesNearTheEndsAreNotRoundedOntoThem) {
  EXPECT_EQ(percent_text(0), "0.00 %");
  EXPECT_EQ(percent_text(1), "100.00 %");
  EXPECT_EQ(percent_text(0.125), "12.50 %");
  EXPECT_EQ(percent_text(1e-6), "<0.01 %");
  EXPECT_EQ(percent_text(1 - 1e-6), ">99.99 %");
}

TEST(Units, ExactKeepsEveryDigit) {
  EXPECT_EQ(exact_duration_text(12'345), "12.345 us");
  EXPECT_EQ(exact_duration_text(1'000'001), "1.000001 ms");
  EXPECT_EQ(exact_rate_text(99'800'001), "99.800001 Mbit/s");
}

}  // namespace
}  // namespace lisper::report
