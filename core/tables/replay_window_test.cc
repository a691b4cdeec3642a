#include "core/tables/replay_window.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace lisper {
namespace {

/// RFC 4303 3.4.3 in the plainest way.
class Model {
 public:
  explicit Model(std::uint64_t top) : top_(top) {}

  [[nodiscard]] bool accept(std::uint64_t sequence) {
    if (sequence == 0 || (top_ >= ReplayWindow::kSize && sequence <= top_ - ReplayWindow::kSize)) return false;
    top_ = std::max(top_, sequence);
    return seen_.insert(sequence).second;
  }
  [[nodiscard]] std::uint64_t top() const { return top_; }

 private:
  std::uint64_t top_;
  std::set<std::uint64_t> seen_;
};

/// RFC 4303 A2.2, as it is written.
std::uint64_t extend_by_the_book(std::uint64_t top, std::uint32_t low) {
  constexpr auto kW = static_cast<std::uint32_t>(ReplayWindow::kSize);
  const auto tl = static_cast<std::uint32_t>(top);
  const auto th = static_cast<std::uint32_t>(top >> 32);
  std::uint32_t high = 0;
  if (tl >= kW - 1) {
    high = low >= tl - kW + 1 ? th : th + 1;
  } else {
    high = low >= tl - kW + 1 ? th - 1 : th;
  }
  return std::uint64_t{high} << 32 | low;
}

RC_GTEST_PROP(ReplayWindow, AcceptsWhatTheModelDoes, ()) {
  // Near zero, near an overflow of the low half, and near the turn of a word's generation.
  const auto start = *rc::gen::element<std::uint64_t>(0, 0xffff'ff00, 0x1'0000'0000 - 2048, std::uint64_t{1} << 43,
                                                      (std::uint64_t{1} << 43) - 40);
  ReplayWindow window;
  window.start_at(start);
  Model model(start);
  const auto steps = *rc::gen::container<std::vector<int>>(300, rc::gen::inRange(-1100, 1100));
  const auto scale = *rc::gen::element(1, 3, 40);
  for (const int step : steps) {
    const auto offset = static_cast<std::uint64_t>(static_cast<std::int64_t>(step / scale));
    const std::uint64_t sequence = model.top() + offset;
    if (static_cast<std::int64_t>(sequence) < 0) continue;
    const bool may = window.may_accept(sequence, window.edges());
    const bool accepted = model.accept(sequence);
    RC_ASSERT(may == accepted);
    RC_ASSERT(window.accept(sequence) == accepted);
    RC_ASSERT(window.top() == model.top());
  }
}

RC_GTEST_PROP(ReplayWindow, NotesTogetherWhatItWouldAcceptOneByOne, ()) {
  const auto start = *rc::gen::element<std::uint64_t>(0, 1040, 0x1'0000'0000 - 5, (std::uint64_t{1} << 43) - 40);
  ReplayWindow window;
  window.start_at(start);
  const auto near = [&] {
    return start + *rc::gen::inRange<std::uint64_t>(0, 200) - std::min<std::uint64_t>(start, 100);
  };
  for (int i = 0; i < 40; ++i) (void)window.accept(near());
  const std::uint64_t block =
      ReplayWindow::block_of(*rc::gen::element(near(), start - std::min<std::uint64_t>(start, 1023)));
  const auto bits = *rc::gen::arbitrary<std::uint32_t>();
  std::uint32_t fresh = 0;
  for (std::uint64_t i = 0; i < ReplayWindow::kBlock; ++i)
    if (window.may_accept(block * ReplayWindow::kBlock + i, window.edges())) fresh |= std::uint32_t{1} << i;
  RC_ASSERT(window.note(block, bits) == (bits & fresh));
  RC_ASSERT(window.note(block, bits) == 0u);
  RC_ASSERT(window.note(block, ~bits) == (~bits & fresh));
}

RC_GTEST_PROP(ReplayWindow, ExtendsAsTheRfcDoes, ()) {
  const auto near = *rc::gen::element<std::uint64_t>(0x1'0000'0000, 0x2'0000'03ff, 0x7'ffff'ffff, 0x5'8000'0000);
  const std::uint64_t top = near + *rc::gen::inRange<std::uint64_t>(0, 4096);
  const auto low =
      *rc::gen::oneOf(rc::gen::arbitrary<std::uint32_t>(), rc::gen::map(rc::gen::inRange(-2100, 2100), [&](int offset) {
                        return static_cast<std::uint32_t>(top) + static_cast<std::uint32_t>(offset);
                      }));
  ReplayWindow window;
  window.start_at(top);
  RC_ASSERT(window.edges().extend(low) == extend_by_the_book(top, low));
}

TEST(ReplayWindow, BeginsWithOne) {
  ReplayWindow window;
  EXPECT_EQ(window.edges().extend(1), 1u);
  EXPECT_FALSE(window.may_accept(0, window.edges()));
  EXPECT_FALSE(window.accept(0));
  EXPECT_TRUE(window.accept(1));
  EXPECT_FALSE(window.accept(1));
}

TEST(ReplayWindow, ALongAbsenceIsNoReplay) {
  ReplayWindow window;
  EXPECT_TRUE(window.accept(5));
  EXPECT_TRUE(window.accept(5 + 64 * 32));  // the same word, a generation later
  EXPECT_FALSE(window.accept(5));
  EXPECT_TRUE(window.accept(6 + 64 * 32 - ReplayWindow::kSize));
  EXPECT_FALSE(window.accept(5 + 64 * 32 - ReplayWindow::kSize));
}

TEST(ReplayWindow, WorkersAcceptEachNumberOnce) {
  ReplayWindow window;
  constexpr std::uint64_t kCount = 200'000;
  std::array<std::uint64_t, 2> accepted{};
  const auto work = [&](std::size_t worker) {
    for (std::uint64_t sequence = 1; sequence <= kCount; ++sequence) accepted[worker] += window.accept(sequence);
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  EXPECT_EQ(accepted[0] + accepted[1], kCount);
}

}  // namespace
}  // namespace lisper
